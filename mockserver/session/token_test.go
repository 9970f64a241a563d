package session_test

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"stagedoor/mockserver/session"
)

var (
	signer = session.Signer{Key: []byte("0123456789abcdef0123456789abcdef"), Sandbox: "default"}
	claims = session.Claims{
		ID: "s1.1", IssuedAt: now, ExpiresAt: now.Add(5 * time.Minute),
		UserData: json.RawMessage(`{"id":123,"devices":{"osVersion":16.1}}`),
	}
)

func sign(t testing.TB, s session.Signer, c session.Claims) string {
	t.Helper()
	token, err := s.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func part(t *testing.T, token string, n int) string {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[n])
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func TestTokenSaysWhatTheContractSays(t *testing.T) {
	token := sign(t, signer, claims)
	if got, want := part(t, token, 0), `{"alg":"HS256","kid":"default","typ":"JWT"}`; got != want {
		t.Errorf("header %s, want %s", got, want)
	}
	want := `{"userData":{"id":123,"devices":{"osVersion":16.1}},"jti":"s1.1","iat":1905249600,"exp":1905249900}`
	if got := part(t, token, 1); got != want {
		t.Errorf("payload %s\nwant    %s", got, want)
	}
	refreshed := claims
	refreshed.Audience = "refresh"
	if got := part(t, sign(t, signer, refreshed), 1); !strings.Contains(got, `"aud":"refresh"`) {
		t.Errorf("payload with an audience: %s", got)
	}
	if got := session.Sandbox(token); got != "default" {
		t.Errorf("it names the sandbox %q", got)
	}
}

func TestVerifyReturnsWhatWasSigned(t *testing.T) {
	got, err := signer.Verify(sign(t, signer, claims), "", now)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != claims.ID || string(got.UserData) != string(claims.UserData) ||
		!got.IssuedAt.Equal(now.Truncate(time.Second)) || !got.ExpiresAt.Equal(claims.ExpiresAt.Truncate(time.Second)) {
		t.Errorf("got %+v", got)
	}
}

// An independent implementation reads the tokens too.
func TestTokenIsAnOrdinaryJWT(t *testing.T) {
	token, err := jwt.Parse(sign(t, signer, claims), func(*jwt.Token) (any, error) { return signer.Key, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithTimeFunc(func() time.Time { return now }), jwt.WithExpirationRequired())
	if err != nil || !token.Valid {
		t.Errorf("the library says: %v", err)
	}
}

func TestTokenExpiresAtTheVeryInstant(t *testing.T) {
	token := sign(t, signer, claims)
	expiry := claims.ExpiresAt.Truncate(time.Second)
	if _, err := signer.Verify(token, "", expiry.Add(-1)); err != nil {
		t.Errorf("just before: %v", err)
	}
	for _, late := range []time.Duration{0, time.Nanosecond, time.Hour} {
		if _, err := signer.Verify(token, "", expiry.Add(late)); !errors.Is(err, session.ErrExpired) {
			t.Errorf("%v after: %v, want ErrExpired", late, err)
		}
	}
}

func TestForgedTokensAreRefused(t *testing.T) {
	good := sign(t, signer, claims)
	parts := strings.Split(good, ".")
	head, body := parts[0], parts[1]
	signed := func(header, payload string) string {
		text := encode(header) + "." + encode(payload)
		signature, err := jwt.SigningMethodHS256.Sign(text, signer.Key)
		if err != nil {
			t.Fatal(err)
		}
		return text + "." + base64.RawURLEncoding.EncodeToString(signature)
	}
	hs512 := func() string {
		text := encode(`{"alg":"HS512","kid":"default","typ":"JWT"}`) + "." + body
		mac := hmac.New(sha512.New, signer.Key)
		mac.Write([]byte(text))
		return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	refresh := claims
	refresh.Audience = "refresh"
	expired := claims
	expired.ExpiresAt = now.Add(-time.Hour)
	payload := part(t, good, 1)
	last := good[len(good)-1]
	for name, token := range map[string]string{
		"empty":              "",
		"no token":           "garbled",
		"two parts":          head + "." + body,
		"four parts":         good + ".",
		"truncated":          good[:len(good)-1],
		"no signature":       head + "." + body + ".",
		"alg none":           encode(`{"alg":"none","kid":"default","typ":"JWT"}`) + "." + body + ".",
		"alg none, signed":   encode(`{"alg":"none","kid":"default","typ":"JWT"}`) + "." + body + "." + parts[2],
		"alg none in header": signed(`{"alg":"none","kid":"default","typ":"JWT"}`, payload),
		"another algorithm":  hs512(),
		"another key":        sign(t, session.Signer{Key: []byte("another key, quite as long as it"), Sandbox: "default"}, claims),
		"another sandbox":    sign(t, session.Signer{Key: signer.Key, Sandbox: "other"}, claims),
		"no sandbox":         signed(`{"alg":"HS256","typ":"JWT"}`, payload),
		"another payload":    head + "." + encode(strings.Replace(payload, "123", "124", 1)) + "." + parts[2],
		"another use":        sign(t, signer, refresh),
		"payload no object":  signed(`{"alg":"HS256","kid":"default"}`, `[]`),
		"no expiry":          signed(`{"alg":"HS256","kid":"default"}`, `{"jti":"s1.1"}`),
		"spare bits set":     good[:len(good)-1] + string(last+1),
		"padded":             good + "=",
		"forged and expired": sign(t, session.Signer{Key: []byte("x"), Sandbox: "default"}, expired),
	} {
		if _, err := signer.Verify(token, "", now); !errors.Is(err, session.ErrForged) || errors.Is(err, session.ErrExpired) {
			t.Errorf("%s: %v, want ErrForged", name, err)
		}
	}
}

func TestAudiencesDoNotMix(t *testing.T) {
	for _, made := range []string{"", "access", "refresh"} {
		c := claims
		c.Audience = made
		token := sign(t, signer, c)
		for _, asked := range []string{"", "access", "refresh"} {
			got, err := signer.Verify(token, asked, now)
			if made == asked && (err != nil || got.Audience != made) {
				t.Errorf("made and asked for %q: %+v, %v", made, got, err)
			}
			if made != asked && !errors.Is(err, session.ErrForged) {
				t.Errorf("made for %q, asked for %q: %v, want ErrForged", made, asked, err)
			}
		}
	}
}

func TestSandboxOfAGarbledTokenIsNone(t *testing.T) {
	for _, token := range []string{"", "x", "x.y.z", "!.y.z", encode("[]") + ".y.z", encode(`{"kid":7}`) + ".y", encode(`{}`) + ".y"} {
		if got := session.Sandbox(token); got != "" {
			t.Errorf("%q names %q", token, got)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sign(b, signer, claims)
	}
}

func BenchmarkVerify(b *testing.B) {
	token := sign(b, signer, claims)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := signer.Verify(token, "", now); err != nil {
			b.Fatal(err)
		}
	}
}
