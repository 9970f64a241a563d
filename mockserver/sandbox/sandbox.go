package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/fault"
	"stagedoor/mockserver/feed"
	"stagedoor/mockserver/inbox"
	"stagedoor/mockserver/journal"
	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/session"
	"stagedoor/mockserver/store"
	"stagedoor/spec"
)

// DefaultID is the id of the sandbox that exists from the start.
const DefaultID = "default"

// record is what the store keeps of a sandbox.
type record struct {
	ID          string        `json:"id"`
	CreatedAt   time.Time     `json:"createdAt"`
	Settings    Settings      `json:"settings"`
	Credentials Credentials   `json:"credentials"`
	Entropy     int64         `json:"entropy"` // the seed where Settings has none
	Clock       clock.Virtual `json:"clock"`
	Faults      fault.Rules   `json:"faults,omitempty"`
	FaultSet    uint64        `json:"faultSet,omitempty"` // counts the changes of Faults
}

func (r record) seed() int64 {
	if r.Settings.Seed != nil {
		return *r.Settings.Seed
	}
	return r.Entropy
}

// Sandbox is one universe as it stands at a moment. It is read only: changes
// go through the [Registry] and show in the next one that it hands out.
type Sandbox struct {
	ID          string
	CreatedAt   time.Time
	Settings    Settings
	Credentials Credentials
	Readings    *spec.ReadingSet
	Accounts    account.Accounts
	Inbox       *inbox.Inbox
	Journal     *journal.Journal
	Coverage    *journal.Coverage
	// Clocks is what the clock showed when this process moved, stopped or started
	// it.
	Clocks *feed.Feed[ClockState]

	seed       int64
	clock      clock.Virtual
	faults     fault.Rules
	faultSet   uint64
	signingKey []byte
	driver     store.Driver
	renew      *atomic.Int64
}

// prefix is where the store keeps what belongs to a sandbox.
func prefix(id string) string { return "sandbox/" + id + "/" }

// countPrefix is where its counters are.
func countPrefix(id string) string { return prefix(id) + "count/" }

func newSandbox(r record, readings *spec.ReadingSet, driver store.Driver, feeds *feeds) *Sandbox {
	// Credentials.check has seen that the key is Base64.
	key, _ := base64.StdEncoding.DecodeString(r.Credentials.Subscriber.SigningKey)
	return &Sandbox{
		ID: r.ID, CreatedAt: r.CreatedAt, Settings: r.Settings, Credentials: r.Credentials, Readings: readings,
		Accounts: account.New(driver, prefix(r.ID)+"account"),
		Inbox:    feeds.inbox, Journal: feeds.journal, Coverage: feeds.coverage, Clocks: feeds.clocks,
		seed: r.seed(), clock: r.Clock, faults: r.Faults, faultSet: r.FaultSet, signingKey: key, driver: driver, renew: &feeds.renew,
	}
}

// Now is the sandbox's time at a moment of the real one.
func (s *Sandbox) Now(real time.Time) time.Time { return s.clock.At(real) }

// Clock is the sandbox's clock at a moment of the real time.
func (s *Sandbox) Clock(real time.Time) ClockState {
	return ClockState{Now: s.Now(real), Frozen: s.clock.Frozen()}
}

// Seed is what the sandbox's codes, tokens and ids follow from.
func (s *Sandbox) Seed() int64 { return s.seed }

// OTP is the engine of the challenges of one system.
func (s *Sandbox) OTP(system string) otp.Engine {
	return otp.New(s.driver, prefix(s.ID)+"otp/"+system)
}

// Policy is what the sandbox says of codes with this length and lifetime.
func (s *Sandbox) Policy(digits int, lifetime time.Duration) otp.Policy {
	p := otp.Policy{Digits: digits, Lifetime: lifetime, MaxAttempts: s.Settings.OTP.MaxAttempts}
	if p.MaxAttempts == 0 {
		p.MaxAttempts = otp.DefaultMaxAttempts
	}
	if s.Settings.OTP.Mode == OTPFixed {
		p.FixedCode = s.Settings.OTP.Code
	}
	return p
}

// Signer signs and verifies the tokens that name this sandbox.
func (s *Sandbox) Signer() session.Signer {
	return session.Signer{Key: s.signingKey, Sandbox: s.ID}
}

// Draw is the next source of randomness. The n-th draw of a seed is always
// the same, whichever call asks for it.
func (s *Sandbox) Draw(ctx context.Context) (*rand.Rand, error) {
	n, err := s.Count(ctx, drawCounter)
	if err != nil {
		return nil, err
	}
	var material [16]byte
	binary.BigEndian.PutUint64(material[:8], uint64(s.seed))
	binary.BigEndian.PutUint64(material[8:], n)
	return rand.New(rand.NewChaCha8(sha256.Sum256(material[:]))), nil
}

// Count adds one to a named counter of the sandbox and returns it: 1 the first
// time.
func (s *Sandbox) Count(ctx context.Context, name string) (uint64, error) {
	return store.Count(ctx, s.driver, countPrefix(s.ID)+name)
}

// Counted returns a named counter of the sandbox as Count left it.
func (s *Sandbox) Counted(ctx context.Context, name string) (uint64, error) {
	return store.Counted(ctx, s.driver, countPrefix(s.ID)+name)
}
