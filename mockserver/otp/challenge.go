package otp

import (
	"encoding/json"
	"math/rand/v2"
	"time"
)

// Purpose is what a code is good for. A code of one purpose is never accepted
// for another.
type Purpose string

// The purposes of codes; ResetGrant is what a verified PasswordReset turns into
// where the reset is a step of its own.
const (
	Login           Purpose = "login"
	Signup          Purpose = "signup"
	PasswordReset   Purpose = "password_reset"
	FeedbackEmail   Purpose = "feedback_email"
	EmailUpdate     Purpose = "email_update"
	PhoneUpdate     Purpose = "phone_update"
	AccountDeletion Purpose = "account_deletion"
	Verification    Purpose = "verify"
	ResetGrant      Purpose = "reset_grant"
	QRLogin         Purpose = "qr_login" // a device's QR code, for a phone to scan
	QRToken         Purpose = "qr_token" // what a scanned QR code turns into
)

// State is how far a challenge has come.
type State string

// The states of a challenge. All but Live are final.
const (
	Live       State = "live"
	Used       State = "used"
	Superseded State = "superseded"
	Locked     State = "locked"
)

// DefaultMaxAttempts is how many wrong codes void a challenge where a policy
// does not say: the fifth is still answered as wrong.
const DefaultMaxAttempts = 5

// Policy is how codes are made and how long they are good.
type Policy struct {
	Digits   int           // length of the code, 1 to 18
	Lifetime time.Duration // more than zero
	// MaxAttempts is how many wrong codes void the challenge; below 1 it is
	// DefaultMaxAttempts.
	MaxAttempts int
	// FixedCode, if set, is what every code begins with: its first digits, and
	// over again where it is too short.
	FixedCode string
	// KeepEarlier leaves earlier challenges of the same rivalry alive. Otherwise
	// a new one voids them.
	KeepEarlier bool
	// NewToken draws a token, for a system whose tokens have a form of their
	// own; nil draws 40 hex digits. One that is taken is drawn again.
	NewToken func(*rand.Rand) string
}

// Request asks for a challenge.
type Request struct {
	Purpose   Purpose
	Channel   string
	Recipient string
	// Subject is who the challenge belongs to, such as an account's id; it may
	// be empty.
	Subject string
	// Rival names the challenges of which only the newest counts. Empty, it is
	// made of purpose and recipient.
	Rival string
	// Sole has the request refused, as StillPending, while a challenge of the
	// rivalry could be completed. Of racing requests one is granted.
	Sole bool
	// Payload is kept for the caller until the code is spent.
	Payload json.RawMessage
	Policy  Policy
}

// Challenge is the life of one code.
type Challenge struct {
	Token       string          `json:"token"`
	Code        string          `json:"code,omitempty"` // empty for a grant
	Purpose     Purpose         `json:"purpose"`
	Channel     string          `json:"channel,omitempty"`
	Recipient   string          `json:"recipient,omitempty"`
	Subject     string          `json:"subject,omitempty"`
	Rival       string          `json:"rival"`
	Payload     json.RawMessage `json:"payload,omitempty"`
	IssuedAt    time.Time       `json:"issuedAt"`
	ExpiresAt   time.Time       `json:"expiresAt"`
	Wrong       int             `json:"wrong,omitempty"`
	MaxAttempts int             `json:"maxAttempts"`
	State       State           `json:"state"`
}

// ExpiredAt says whether the challenge's time is over; the instant of the expiry
// itself is too late.
func (c Challenge) ExpiredAt(now time.Time) bool { return !now.Before(c.ExpiresAt) }

// LiveAt says whether the challenge could still be completed.
func (c Challenge) LiveAt(now time.Time) bool { return c.State == Live && !c.ExpiredAt(now) }

// Reason says why a challenge was refused.
type Reason string

// The reasons of refusals, in the order in which they are looked for.
const (
	Unknown      Reason = "unknown"    // no challenge has this token
	OtherPurpose Reason = "purpose"    // the code is for something else
	OtherSubject Reason = "subject"    // it is somebody else's
	AlreadyUsed  Reason = "used"       // it was spent before
	Replaced     Reason = "superseded" // a newer one was sent
	TooManyWrong Reason = "locked"     // wrong codes have voided it
	Expired      Reason = "expired"    // at or past its expiry
	WrongCode    Reason = "wrong"      // counted, and the last one allowed locks
)

// StillPending is why a sole challenge is not issued: the refusal has the one
// that is in its way.
const StillPending Reason = "pending"

// Refused is the error for a challenge that is not accepted, or not issued.
type Refused struct {
	Reason    Reason
	Challenge Challenge // as it is after the refusal; zero if unknown
}

// Is says whether target is a refusal for the same reason.
func (r *Refused) Is(target error) bool {
	other, ok := target.(*Refused)
	return ok && other.Reason == r.Reason
}

// Error names the reason, never the code.
func (r *Refused) Error() string { return "the one-time code was refused: " + r.Reason.phrase() }

// phrase puts the reason in words.
func (r Reason) phrase() string {
	switch r {
	case Unknown:
		return "no challenge has this token"
	case OtherPurpose:
		return "it is for another purpose"
	case OtherSubject:
		return "it belongs to somebody else"
	case AlreadyUsed:
		return "it was used before"
	case Replaced:
		return "a newer one was sent"
	case TooManyWrong:
		return "too many wrong codes were tried"
	case Expired:
		return "it has expired"
	case WrongCode:
		return "the code is wrong"
	case StillPending:
		return "an earlier one could still be verified"
	}
	return string(r)
}

// settled returns the reason for which a challenge that is not live is refused.
func (s State) settled() Reason {
	switch s {
	case Used:
		return AlreadyUsed
	case Superseded:
		return Replaced
	}
	return TooManyWrong
}
