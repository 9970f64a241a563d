package journal_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stagedoor/mockserver/journal"
)

// jwt has the form of an access token.
const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJhIn0.c2lnbmF0dXJl"

// conversation is a login by code, as the journal has it.
func conversation() []journal.Entry {
	at := time.Date(2030, 5, 17, 12, 0, 0, 0, time.UTC)
	jsonOnly := map[string][]string{"Content-Type": {"application/json"}}
	return []journal.Entry{
		{
			ID: "1", At: at, System: "subscriber", Operation: "login", Outcome: "otpSent", Status: 200, DurationMS: 1.25, Findings: []journal.Finding{},
			Request: journal.Request{
				Method: "POST", URL: "/api/v1/user/login/token/app-token-1/device/tv/platform/tizen", Origin: "http://127.0.0.1:4010", Proto: "HTTP/1.1",
				Headers: map[string][]string{"Content-Type": {"application/json"}, "Companyid": {"company-1234"}},
				Body:    journal.Body(`{"phone": "9999900000", "otherdetails": {"push_device_token": "push-device-1"}}`),
			},
			Reply: journal.Reply{Headers: jsonOnly, Body: journal.Body(`{"code":11,"otpVerificationToken":"challenge-token-1"}`)},
		},
		{
			ID: "2", At: at, System: "subscriber", Operation: "verifyLoginOtp", Outcome: "verified", Status: 200, Reason: "of challenge-token-1", Findings: []journal.Finding{},
			Request: journal.Request{
				Method: "POST", URL: "/api/v1/user/login/verify/otp/token/app-token-1/device/tv/platform/tizen?otp=4821&x=%C3%A4+b", Origin: "http://127.0.0.1:4010", Proto: "HTTP/1.1",
				Headers: map[string][]string{"Content-Type": {"application/json; charset=utf-8"}, "Authorization": {"Bearer " + jwt}},
				Body:    journal.Body(`{"OTPverificationToken": "challenge-token-1", "otp": 4821}`),
			},
			Reply: journal.Reply{Headers: jsonOnly, Body: journal.Body(`{"code":1,"result":{"access_token":{"token":"` + jwt + `","expiry":300}}}`)},
		},
	}
}

func archive(t interface{ Fatal(...any) }, entries []journal.Entry, keep bool) (journal.HAR, string) {
	har := journal.NewHAR(journal.HARCreator{Name: "Stagedoor", Version: "1"}, entries, keep)
	data, err := json.Marshal(har)
	if err != nil {
		t.Fatal(err)
	}
	return har, string(data)
}

func TestArchiveKeepsSecretsWhereAsked(t *testing.T) {
	har, text := archive(t, conversation(), true)
	second := har.Log.Entries[1]
	if second.Request.URL != "http://127.0.0.1:4010/api/v1/user/login/verify/otp/token/app-token-1/device/tv/platform/tizen?otp=4821&x=%C3%A4+b" {
		t.Errorf("URL %s", second.Request.URL)
	}
	if q := second.Request.QueryString; len(q) != 2 || q[0] != (journal.HARPair{Name: "otp", Value: "4821"}) || q[1] != (journal.HARPair{Name: "x", Value: "ä b"}) {
		t.Errorf("query %v", q)
	}
	if p := second.Request.PostData; p == nil || p.MimeType != "application/json; charset=utf-8" || p.Text != `{"OTPverificationToken": "challenge-token-1", "otp": 4821}` {
		t.Errorf("post data %+v", p)
	}
	if first := har.Log.Entries[0]; first.Time != 1.25 || first.Timings.Wait != 1.25 || first.Response.StatusText != "OK" || first.Response.HTTPVersion != "HTTP/1.1" {
		t.Errorf("first entry %+v", first)
	}
	for _, secret := range []string{"app-token-1", jwt, "4821", "push-device-1", "company-1234"} {
		if !strings.Contains(text, secret) {
			t.Errorf("%s is not there", secret)
		}
	}
}

func TestArchiveHidesSecretsAndShowsWhichAreTheSame(t *testing.T) {
	har, text := archive(t, conversation(), false)
	for _, secret := range []string{"app-token-1", "challenge-token-1", jwt, "4821", "push-device-1", "company-1234"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows in %s", secret, text)
		}
	}
	first, second := har.Log.Entries[0], har.Log.Entries[1]
	placeholder := func(text, before, after string) string {
		t.Helper()
		_, rest, found := strings.Cut(text, before)
		name, _, closed := strings.Cut(rest, after)
		if !found || !closed || !strings.HasPrefix(name, "redacted-") {
			t.Errorf("%s has no placeholder after %s", text, before)
		}
		return name
	}
	app := placeholder(first.Request.URL, "/token/", "/")
	if again := placeholder(second.Request.URL, "/token/", "/"); again != app {
		t.Errorf("the app token is %s and %s", app, again)
	}
	challenge := placeholder(first.Response.Content.Text, `"otpVerificationToken":"`, `"`)
	if again := placeholder(second.Request.PostData.Text, `"OTPverificationToken": "`, `"`); again != challenge || challenge == app || second.Comment != "of "+challenge {
		t.Errorf("the challenge is %s, then %s (%s); the app token %s", challenge, again, second.Comment, app)
	}
	code := placeholder(second.Request.PostData.Text, `"otp": "`, `"`)
	if code != second.Request.QueryString[0].Value {
		t.Errorf("the code is %s in the body and %s in the query", code, second.Request.QueryString[0].Value)
	}
	access := placeholder(second.Response.Content.Text, `"token":"`, `"`)
	if got := second.Request.Headers[0].Value; got != "Bearer "+access {
		t.Errorf("Authorization %q, want that of %s", got, access)
	}
	if !strings.Contains(first.Response.Content.Text, `"code":11`) || !strings.Contains(second.Response.Content.Text, `"expiry":300`) {
		t.Error("what is no secret is hidden")
	}
	if _, err := url.Parse(second.Request.URL); err != nil {
		t.Error(err)
	}
	if _, again := archive(t, conversation(), false); again != text {
		t.Error("the same entries are hidden in another way")
	}
}

func TestArchiveHidesBodiesThatItCannotRead(t *testing.T) {
	for _, body := range []string{`{"otp": "4821"`, "otp is 4821", "\xff\xfe4821"} {
		e := conversation()[0]
		e.Request.Body, e.Reply.Body = journal.Body(body), journal.Body(body)
		if _, text := archive(t, []journal.Entry{e}, false); strings.Contains(text, "4821") {
			t.Errorf("%q shows in %s", body, text)
		}
	}
	e := conversation()[0]
	e.Reply.Body = journal.Body("\xff\xfe")
	har, _ := archive(t, []journal.Entry{e}, true)
	if c := har.Log.Entries[0].Response.Content; c.Encoding != "base64" || c.Text != "//4=" || c.Size != 2 {
		t.Errorf("bytes that are no text: %+v", c)
	}
	e.Request.Headers = map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}}
	e.Request.Body = journal.Body("code=4821&to=ann")
	har, _ = archive(t, []journal.Entry{e}, false)
	if got := har.Log.Entries[0].Request.PostData.Text; !strings.HasPrefix(got, "code=redacted-") || !strings.HasSuffix(got, "&to=ann") {
		t.Errorf("a form: %q", got)
	}
}

// Whatever stands under a secret name, however deep and with whatever beside it,
// is not in the archive, and the JSON around it stays JSON.
func TestArchiveNeverShowsWhatStandsUnderASecretName(t *testing.T) {
	names := []string{"otp", "token", "access_token", "OTPverificationToken", "refresh_token", "login_code", "reset_code", "verificationId", "Push_Device_TOKEN"}
	rapid.Check(t, func(t *rapid.T) {
		secret := "s3cret" + rapid.StringMatching(`[a-z"\\/<é]{0,6}`).Draw(t, "secret")
		value := any(secret)
		for range rapid.IntRange(0, 3).Draw(t, "depth") {
			value = map[string]any{rapid.SampledFrom(names).Draw(t, "inner"): value, rapid.String().Draw(t, "beside"): rapid.String().Draw(t, "other")}
		}
		body, err := json.Marshal(map[string]any{"a": []any{1, "b", map[string]any{rapid.SampledFrom(names).Draw(t, "name"): value}}})
		if err != nil {
			t.Fatal(err)
		}
		e := conversation()[0]
		e.Request.Body, e.Reply.Body = body, body
		har, text := archive(t, []journal.Entry{e}, false)
		if strings.Contains(text, "s3cret") {
			t.Fatalf("%s shows in %s", secret, text)
		}
		for _, b := range []string{har.Log.Entries[0].Request.PostData.Text, har.Log.Entries[0].Response.Content.Text} {
			if !json.Valid([]byte(b)) {
				t.Fatalf("%s became %s", body, b)
			}
		}
	})
}
