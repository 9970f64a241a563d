package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/fault"
	"stagedoor/mockserver/otp"
)

// DocumentVersion is the version of the state document that this package
// reads and writes.
const DocumentVersion = 1

// Document is the state document: everything that a sandbox is made of, or a
// part of it. It is what fixtures ship and what a team checks in.
type Document struct {
	// Version is 1; a document without one is taken as current.
	Version int `json:"version,omitempty"`
	Settings
	// Credentials to use; absent ones are made.
	Credentials *Credentials `json:"credentials,omitempty"`
	Clock       *ClockState  `json:"clock,omitempty"`
	// Faults replaces the fault rules; nil leaves them. Their hits are not taken
	// over; Counters has them.
	Faults fault.Rules `json:"faults,omitempty"`
	// Accounts replaces the accounts; nil leaves them.
	Accounts []account.Account `json:"accounts,omitzero"`
	// Generate is how many made-up accounts follow them. In JSON it stands
	// among the accounts: {"generate": 1000}.
	Generate int `json:"-"`
	// Challenges are pending OTPs by system.
	Challenges map[string][]otp.Challenge `json:"challenges,omitempty"`
	// Counters are what the next call's codes, ids and refusals follow from.
	Counters Counters `json:"counters,omitzero"`
}

// Settings are what a tester may choose for a sandbox.
type Settings struct {
	Name string `json:"name,omitempty"`
	// Seed makes codes, tokens and ids reproducible.
	Seed        *int64            `json:"seed,omitempty"`
	OTP         OTPSettings       `json:"otp,omitzero"`
	AccessToken AccessSettings    `json:"accessToken,omitzero"`
	Readings    Readings          `json:"readings,omitempty"`
	Quota       QuotaSettings     `json:"quota,omitzero"`
	VerifyNow   VerifyNowSettings `json:"verifynow,omitzero"`
}

// OTP modes.
const (
	OTPRandom = "random"
	OTPFixed  = "fixed"
)

// OTPSettings choose the codes.
type OTPSettings struct {
	// Mode is "random" (the default) or "fixed".
	Mode string `json:"mode,omitempty"`
	// Code gives the digits of fixed codes: as many of its first as a system's codes have.
	Code string `json:"code,omitempty"`
	// MaxAttempts is the number of wrong codes that void a challenge; 0 means 5 (G4).
	MaxAttempts int `json:"maxAttempts,omitempty"`
}

// AccessSettings choose the lifetime of access tokens; 0 means as the
// documents have it.
type AccessSettings struct {
	TTL clock.Duration `json:"ttl,omitempty"`
}

// QuotaSettings limit the calls per day of a credential; 0 means no limit (G6).
type QuotaSettings struct {
	PerDay int `json:"perDay,omitempty"`
}

// VerifyNowSettings are for the verifynow system.
type VerifyNowSettings struct {
	// SendsPerDay limits the OTPs per number and day; 0 means no limit.
	SendsPerDay int `json:"sendsPerDay,omitempty"`
}

// Readings are chosen options by reading id. In JSON an option may be a number.
type Readings map[string]string

// UnmarshalJSON takes strings and integers as options.
func (r *Readings) UnmarshalJSON(data []byte) error {
	var raw map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&raw); err != nil {
		return err
	}
	*r = make(Readings, len(raw))
	for id, option := range raw {
		switch option := option.(type) {
		case string:
			(*r)[id] = option
		case json.Number:
			(*r)[id] = option.String()
		default:
			return fmt.Errorf("reading %s: want an option's name or number", id)
		}
	}
	return nil
}

// MarshalJSON writes the options of status and code readings as integers.
func (r Readings) MarshalJSON() ([]byte, error) {
	out := make(map[string]any, len(r))
	for id, option := range r {
		if number, err := strconv.Atoi(option); err == nil && strings.Contains(id, ".") {
			out[id] = number
		} else {
			out[id] = option
		}
	}
	return json.Marshal(out)
}

// Problem is something wrong with a document or a setting: where, and what to
// do about it. It is the caller's to mend.
type Problem struct {
	Field  string
	Detail string
}

// Error is "field: detail".
func (p *Problem) Error() string {
	if p.Field == "" {
		return p.Detail
	}
	return p.Field + ": " + p.Detail
}

// DecodeDocument reads a state document strictly: an unknown field is an
// error that names it, so that a misspelt setting is never half applied.
func DecodeDocument(data []byte) (Document, error) {
	var raw struct {
		Document
		Accounts accountList `json:"accounts"` // in place of the document's
	}
	if err := decodeStrict(data, &raw); err != nil {
		return Document{}, err
	}
	d := raw.Document
	d.Accounts, d.Generate = raw.Accounts.accounts, raw.Accounts.generate
	if d.Version != 0 && d.Version != DocumentVersion {
		return Document{}, &Problem{Field: "version", Detail: fmt.Sprintf("%d is unknown; this build reads version %d", d.Version, DocumentVersion)}
	}
	return d, d.Settings.check()
}

func decodeStrict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return jsonProblem(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return &Problem{Detail: "there is something after the JSON value"}
	}
	return nil
}

// jsonProblem words an error of encoding/json without Go's type names.
func jsonProblem(err error) error {
	var mismatch *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &mismatch):
		return &Problem{Field: jsonField(mismatch.Field), Detail: "cannot be a " + mismatch.Value}
	case errors.As(err, &syntax):
		return &Problem{Detail: fmt.Sprintf("not JSON: byte %d is out of place", syntax.Offset)}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Problem{Detail: "not JSON: it ends too early"}
	}
	var problem *Problem
	if errors.As(err, &problem) {
		return problem
	}
	if rule, ok := errors.AsType[*fault.Problem](err); ok {
		return &Problem{Field: "faults" + rule.Field, Detail: rule.Detail}
	}
	return &Problem{Detail: err.Error()}
}

// jsonField drops the names of embedded structs, which the JSON does not have.
func jsonField(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, "Document."), "Settings.")
}

// check refuses settings that could not be followed.
func (s Settings) check() error {
	switch s.OTP.Mode {
	case "", OTPRandom:
		if s.OTP.Code != "" {
			return &Problem{Field: "otp.code", Detail: `a code needs "mode": "fixed"`}
		}
	case OTPFixed:
		if err := CheckFixedCode(s.OTP.Code); err != nil {
			return &Problem{Field: "otp.code", Detail: err.Error()}
		}
	default:
		return &Problem{Field: "otp.mode", Detail: fmt.Sprintf("%q is unknown; use random or fixed", s.OTP.Mode)}
	}
	switch {
	case s.OTP.MaxAttempts < 0:
		return &Problem{Field: "otp.maxAttempts", Detail: "must not be negative"}
	case s.AccessToken.TTL < 0 || s.AccessToken.TTL > 0 && s.AccessToken.TTL.Std() < time.Second:
		return &Problem{Field: "accessToken.ttl", Detail: "must be at least 1s"}
	case s.Quota.PerDay < 0:
		return &Problem{Field: "quota.perDay", Detail: "must not be negative; 0 means no quota"}
	case s.VerifyNow.SendsPerDay < 0:
		return &Problem{Field: "verifynow.sendsPerDay", Detail: "must not be negative; 0 means no limit"}
	}
	return nil
}

// CheckFixedCode says whether digits can serve as the fixed code of every
// system: 8 digits for the longest, the first of them not 0 (S25).
func CheckFixedCode(code string) error {
	if len(code) < 4 || len(code) > 8 {
		return fmt.Errorf("%q must have 4 to 8 digits; a system takes as many of the first as its codes have", code)
	}
	for i, c := range code {
		if c < '0' || c > '9' || i == 0 && c == '0' {
			return fmt.Errorf("%q must be digits, the first of them not 0", code)
		}
	}
	return nil
}
