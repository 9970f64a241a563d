package otp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"stagedoor/mockserver/otp"
	"stagedoor/mockserver/store"
)

var now = time.Date(2030, 5, 17, 12, 0, 0, 0, time.UTC)

const lifetime = 2 * time.Minute

func policy() otp.Policy { return otp.Policy{Digits: 4, Lifetime: lifetime} }

func request() otp.Request {
	return otp.Request{
		Purpose: otp.Login, Channel: "sms", Recipient: "919999900000", Subject: "1001",
		Payload: json.RawMessage(`{"device":"d1"}`), Policy: policy(),
	}
}

// bench is an engine with a random source of its own.
type bench struct {
	t   testing.TB
	e   otp.Engine
	rng *rand.Rand
}

func newBench(t testing.TB) bench { return seeded(t, 1) }

func seeded(t testing.TB, seed uint64) bench {
	return bench{t, otp.New(store.NewMemory(), "otp"), rand.New(rand.NewPCG(seed, seed))}
}

func (b bench) issue(at time.Time, r otp.Request) otp.Challenge {
	b.t.Helper()
	c, err := b.e.Issue(context.Background(), at, b.rng, r)
	if err != nil {
		b.t.Fatalf("issue: %v", err)
	}
	return c
}

// verify tries a code for Login, as anybody.
func (b bench) verify(at time.Time, token, code string) error {
	_, err := b.e.Verify(context.Background(), at, otp.Attempt{Token: token, Code: code, Purpose: otp.Login})
	return err
}

// want fails the test unless err is a refusal for the reason; "" is no error.
func want(t testing.TB, what string, err error, reason otp.Reason) {
	t.Helper()
	if reason == "" {
		if err != nil {
			t.Errorf("%s: %v, want it accepted", what, err)
		}
		return
	}
	refused, ok := errors.AsType[*otp.Refused](err)
	if !ok || refused.Reason != reason {
		t.Errorf("%s: %v, want it refused as %s", what, err, reason)
	}
}

// other returns a code of the same length that is not code.
func other(code string) string {
	last := code[len(code)-1]
	return code[:len(code)-1] + string('0'+(last-'0'+1)%10)
}

func TestIssueSaysEverythingOfTheChallenge(t *testing.T) {
	b := newBench(t)
	c := b.issue(now, request())
	if len(c.Token) != 40 || strings.Trim(c.Token, "0123456789abcdef") != "" {
		t.Errorf("token %q is not 40 hex digits", c.Token)
	}
	if c.State != otp.Live || !c.ExpiresAt.Equal(now.Add(lifetime)) || c.MaxAttempts != 5 || c.Subject != "1001" {
		t.Errorf("issued %+v", c)
	}
	peeked, err := b.e.Peek(t.Context(), c.Token)
	if err != nil || peeked.Code != c.Code || string(peeked.Payload) != `{"device":"d1"}` || !peeked.IssuedAt.Equal(now) {
		t.Errorf("peeked at %+v, %v", peeked, err)
	}
	_, err = b.e.Peek(t.Context(), "no token")
	want(t, "peeking at nothing", err, otp.Unknown)
}

func TestIssueRefusesAPolicyWithoutSense(t *testing.T) {
	b := newBench(t)
	for _, p := range []otp.Policy{
		{Digits: 0, Lifetime: lifetime}, {Digits: 19, Lifetime: lifetime}, {Digits: -1, Lifetime: lifetime},
		{Digits: 4}, {Digits: 4, Lifetime: -1},
	} {
		r := request()
		r.Policy = p
		if c, err := b.e.Issue(t.Context(), now, b.rng, r); err == nil {
			t.Errorf("%+v gave %+v", p, c)
		}
	}
}

func TestCodesHaveTheirDigitsAndNoLeadingZero(t *testing.T) {
	b := newBench(t)
	for _, digits := range []int{1, 4, 6, 8, 18} {
		seen := map[string]bool{}
		for range 100 {
			r := request()
			r.Policy.Digits = digits
			code := b.issue(now, r).Code
			if len(code) != digits || code[0] == '0' || strings.Trim(code, "0123456789") != "" {
				t.Fatalf("a code of %d digits is %q", digits, code)
			}
			seen[code] = true
		}
		if len(seen) < 5 {
			t.Errorf("100 codes of %d digits were only %d different ones", digits, len(seen))
		}
	}
}

func TestFixedCodeGivesItsFirstDigits(t *testing.T) {
	b := newBench(t)
	for want, p := range map[string]otp.Policy{
		"1234":     {Digits: 4, FixedCode: "123456"},
		"123456":   {Digits: 6, FixedCode: "123456"},
		"12345612": {Digits: 8, FixedCode: "123456"},
		"0000":     {Digits: 4, FixedCode: "0"},
	} {
		r := request()
		p.Lifetime = lifetime
		r.Policy = p
		if got := b.issue(now, r).Code; got != want {
			t.Errorf("%+v gives %q, want %q", p, got, want)
		}
	}
}

func TestOneSeedGivesTheSameTokensAndCodes(t *testing.T) {
	draw := func(seed uint64) string {
		b := seeded(t, seed)
		all := []string{}
		for range 10 {
			c := b.issue(now, request())
			again, err := b.e.Resend(t.Context(), now, b.rng, c.Token, otp.Login, policy())
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, c.Token, c.Code, again.Token, again.Code)
		}
		return strings.Join(all, " ")
	}
	first, again, other := draw(1), draw(1), draw(2)
	if first != again {
		t.Error("one seed gave different codes")
	}
	if first == other {
		t.Error("two seeds gave the same codes")
	}
}

// A random source that is wound back draws the token of a challenge that is
// still there. It must not be overwritten.
func TestTokenInUseIsDrawnAnew(t *testing.T) {
	b := newBench(t)
	first := b.issue(now, request())
	b.rng = rand.New(rand.NewPCG(1, 1))
	r := request()
	r.Recipient = "919999900001"
	second := b.issue(now, r)
	if first.Token == second.Token {
		t.Fatal("two challenges have one token")
	}
	want(t, "the first", b.verify(now, first.Token, first.Code), "")
}

func TestVerifyAcceptsACodeOnce(t *testing.T) {
	b := newBench(t)
	c := b.issue(now, request())
	done, err := b.e.Verify(t.Context(), now, otp.Attempt{Token: c.Token, Code: c.Code, Purpose: otp.Login, Subject: "1001"})
	if err != nil || done.State != otp.Used || string(done.Payload) != `{"device":"d1"}` {
		t.Errorf("the right code: %+v, %v", done, err)
	}
	want(t, "the same code again", b.verify(now, c.Token, c.Code), otp.AlreadyUsed)
	want(t, "a wrong one after it", b.verify(now, c.Token, other(c.Code)), otp.AlreadyUsed)
	want(t, "the same code, too late", b.verify(now.Add(lifetime), c.Token, c.Code), otp.AlreadyUsed)
	want(t, "an unknown token", b.verify(now, strings.Repeat("0", 40), c.Code), otp.Unknown)
	want(t, "no token", b.verify(now, "", c.Code), otp.Unknown)
}

func TestCodeExpiresAtTheVeryInstant(t *testing.T) {
	b := newBench(t)
	for after, reason := range map[time.Duration]otp.Reason{
		0: "", lifetime - 1: "", lifetime: otp.Expired, lifetime + time.Hour: otp.Expired,
	} {
		c := b.issue(now, request())
		if c.LiveAt(now.Add(after)) != (reason == "") || c.ExpiredAt(now.Add(after)) != (reason != "") {
			t.Errorf("after %v the challenge itself thinks otherwise", after)
		}
		want(t, "after "+after.String(), b.verify(now.Add(after), c.Token, c.Code), reason)
	}
}

func TestFifthWrongCodeStillSaysWrongAndVoids(t *testing.T) {
	b := newBench(t)
	c := b.issue(now, request())
	for n := 1; n <= 5; n++ {
		err := b.verify(now, c.Token, other(c.Code))
		want(t, "a wrong code", err, otp.WrongCode)
		if refused, ok := errors.AsType[*otp.Refused](err); ok && refused.Challenge.Wrong != n {
			t.Errorf("after %d wrong codes %d are counted", n, refused.Challenge.Wrong)
		}
	}
	want(t, "the right code after five wrong ones", b.verify(now, c.Token, c.Code), otp.TooManyWrong)
	_, err := b.e.Resend(t.Context(), now, b.rng, c.Token, otp.Login, policy())
	want(t, "resending what is locked", err, otp.TooManyWrong)
}

func TestFourWrongCodesDoNotVoid(t *testing.T) {
	b := newBench(t)
	c := b.issue(now, request())
	for _, wrong := range []string{other(c.Code), "", c.Code[:3], c.Code + "0"} {
		want(t, "wrong code "+wrong, b.verify(now, c.Token, wrong), otp.WrongCode)
	}
	want(t, "the right code", b.verify(now, c.Token, c.Code), "")
}

func TestPolicySetsTheAttemptLimit(t *testing.T) {
	b := newBench(t)
	r := request()
	r.Policy.MaxAttempts = 1
	c := b.issue(now, r)
	want(t, "the only wrong code", b.verify(now, c.Token, other(c.Code)), otp.WrongCode)
	want(t, "the right code", b.verify(now, c.Token, c.Code), otp.TooManyWrong)
}

func TestOnlyWrongCodesAreCounted(t *testing.T) {
	b := newBench(t)
	c := b.issue(now, request())
	for range 10 {
		_, err := b.e.Verify(t.Context(), now, otp.Attempt{Token: c.Token, Code: other(c.Code), Purpose: otp.Signup})
		want(t, "another purpose", err, otp.OtherPurpose)
		_, err = b.e.Verify(t.Context(), now, otp.Attempt{Token: c.Token, Code: other(c.Code), Purpose: otp.Login, Subject: "1002"})
		want(t, "another subject", err, otp.OtherSubject)
		want(t, "too late", b.verify(now.Add(lifetime), c.Token, other(c.Code)), otp.Expired)
	}
	want(t, "the right code", b.verify(now, c.Token, c.Code), "")
}

func TestRightCodeForAnotherPurposeOrSubjectIsRefused(t *testing.T) {
	b := newBench(t)
	c := b.issue(now, request())
	_, err := b.e.Verify(t.Context(), now, otp.Attempt{Token: c.Token, Code: c.Code, Purpose: otp.AccountDeletion})
	want(t, "another purpose", err, otp.OtherPurpose)
	_, err = b.e.Verify(t.Context(), now, otp.Attempt{Token: c.Token, Code: c.Code, Purpose: otp.Login, Subject: "1002"})
	want(t, "another subject", err, otp.OtherSubject)
	_, err = b.e.Resend(t.Context(), now, b.rng, c.Token, otp.Signup, policy())
	want(t, "resending for another purpose", err, otp.OtherPurpose)
	want(t, "its own", b.verify(now, c.Token, c.Code), "")

	nobodys := request()
	nobodys.Subject = ""
	c = b.issue(now, nobodys)
	_, err = b.e.Verify(t.Context(), now, otp.Attempt{Token: c.Token, Code: c.Code, Purpose: otp.Login, Subject: "1001"})
	want(t, "nobody's challenge for somebody", err, otp.OtherSubject)
}

func TestForeseeSpendsAndCountsNothing(t *testing.T) {
	b := newBench(t)
	c := b.issue(now, request())
	foresee := func(code string) error {
		got, err := b.e.Foresee(t.Context(), now, otp.Attempt{Token: c.Token, Code: code, Purpose: otp.Login})
		if err == nil && got.Token != c.Token {
			t.Errorf("foreseen %+v", got)
		}
		return err
	}
	for range 10 {
		want(t, "a wrong code, foreseen", foresee(other(c.Code)), otp.WrongCode)
		want(t, "the right code, foreseen", foresee(c.Code), "")
	}
	want(t, "the right code", b.verify(now, c.Token, c.Code), "")
	want(t, "the right code, foreseen after it", foresee(c.Code), otp.AlreadyUsed)
}

func TestRefusalDoesNotTellTheCode(t *testing.T) {
	b := newBench(t)
	r := request()
	r.Policy.Digits = 12
	c := b.issue(now, r)
	for _, err := range []error{
		b.verify(now, c.Token, other(c.Code)), b.verify(now, "x", ""), b.verify(now.Add(lifetime), c.Token, c.Code),
	} {
		if text := err.Error(); strings.Contains(text, c.Code) || text == "" {
			t.Errorf("it says %q", text)
		}
	}
}

func TestResendReplacesTokenAndCode(t *testing.T) {
	b := newBench(t)
	old := b.issue(now, request())
	want(t, "a wrong code", b.verify(now, old.Token, other(old.Code)), otp.WrongCode)
	late := now.Add(lifetime + time.Hour) // expired ones may be resent
	long := policy()
	long.Lifetime = 5 * time.Minute
	c, err := b.e.Resend(t.Context(), late, b.rng, old.Token, otp.Login, long)
	if err != nil {
		t.Fatal(err)
	}
	if c.Token == old.Token || c.Recipient != old.Recipient || c.Subject != old.Subject || c.Rival != old.Rival ||
		string(c.Payload) != string(old.Payload) || c.Wrong != 0 || !c.ExpiresAt.Equal(late.Add(5*time.Minute)) {
		t.Errorf("resent %+v", c)
	}
	want(t, "the old code", b.verify(now, old.Token, old.Code), otp.Replaced)
	_, err = b.e.Resend(t.Context(), late, b.rng, old.Token, otp.Login, long)
	want(t, "resending the old one again", err, otp.Replaced)
	want(t, "the new code", b.verify(late, c.Token, c.Code), "")
	_, err = b.e.Resend(t.Context(), late, b.rng, c.Token, otp.Login, long)
	want(t, "resending what was used", err, otp.AlreadyUsed)
	_, err = b.e.Resend(t.Context(), late, b.rng, "no token", otp.Login, long)
	want(t, "resending nothing", err, otp.Unknown)
}

func TestResendVoidsTheOldCodeEvenWhereEarlierOnesAreKept(t *testing.T) {
	b := newBench(t)
	keep := policy()
	keep.KeepEarlier = true
	r := request()
	r.Policy = keep
	first, second := b.issue(now, r), b.issue(now, r)
	third, err := b.e.Resend(t.Context(), now, b.rng, second.Token, otp.Login, keep)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "the resent one", b.verify(now, second.Token, second.Code), otp.Replaced)
	want(t, "the one before it", b.verify(now, first.Token, first.Code), "")
	want(t, "the new one", b.verify(now, third.Token, third.Code), "")
}

func TestGrantIsRedeemedOnceAndNeverVerified(t *testing.T) {
	b := newBench(t)
	r := request()
	r.Purpose = otp.ResetGrant
	g, err := b.e.Grant(t.Context(), now, b.rng, r)
	if err != nil || g.Code != "" {
		t.Fatalf("grant: %+v, %v", g, err)
	}
	_, err = b.e.Verify(t.Context(), now, otp.Attempt{Token: g.Token, Code: "", Purpose: otp.ResetGrant})
	want(t, "verifying a grant with no code", err, otp.OtherPurpose)
	_, err = b.e.Resend(t.Context(), now, b.rng, g.Token, otp.ResetGrant, policy())
	want(t, "resending a grant", err, otp.OtherPurpose)
	_, err = b.e.Redeem(t.Context(), now, g.Token, otp.PasswordReset)
	want(t, "redeeming it for something else", err, otp.OtherPurpose)
	_, err = b.e.Redeem(t.Context(), now.Add(lifetime), g.Token, otp.ResetGrant)
	want(t, "redeeming it too late", err, otp.Expired)
	got, err := b.e.Redeem(t.Context(), now, g.Token, otp.ResetGrant)
	if err != nil || got.Subject != "1001" {
		t.Errorf("redeem: %+v, %v", got, err)
	}
	_, err = b.e.Redeem(t.Context(), now, g.Token, otp.ResetGrant)
	want(t, "redeeming it again", err, otp.AlreadyUsed)
	_, err = b.e.Redeem(t.Context(), now, "no token", otp.ResetGrant)
	want(t, "redeeming nothing", err, otp.Unknown)
}

func TestRedeemDoesNotGetAroundACode(t *testing.T) {
	b := newBench(t)
	c := b.issue(now, request())
	_, err := b.e.Redeem(t.Context(), now, c.Token, otp.Login)
	want(t, "redeeming a challenge that has a code", err, otp.OtherPurpose)
	want(t, "its code", b.verify(now, c.Token, c.Code), "")
}

func BenchmarkIssueAndVerify(b *testing.B) {
	bn := newBench(b)
	b.ReportAllocs()
	for b.Loop() {
		c := bn.issue(now, request())
		if err := bn.verify(now, c.Token, c.Code); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPolicyMakesTokensOfItsOwnForm(t *testing.T) {
	b := newBench(t)
	r := request()
	// The second draw meets a token that is taken.
	draws := []string{"1", "1", "2"}
	r.Policy.NewToken = func(*rand.Rand) string {
		defer func() { draws = draws[1:] }()
		return draws[0]
	}
	first, second := b.issue(now, r), b.issue(now, r)
	if first.Token != "1" || second.Token != "2" {
		t.Errorf("tokens %q and %q, want 1 and 2", first.Token, second.Token)
	}
	want(t, "the second", b.verify(now, "2", second.Code), "")
}

func TestRefusalsOfOneReasonAreAlike(t *testing.T) {
	err := fmt.Errorf("verify: %w", &otp.Refused{Reason: otp.Expired, Challenge: otp.Challenge{Token: "1"}})
	if !errors.Is(err, &otp.Refused{Reason: otp.Expired}) || errors.Is(err, &otp.Refused{Reason: otp.WrongCode}) {
		t.Errorf("%v is not told apart by its reason", err)
	}
}
