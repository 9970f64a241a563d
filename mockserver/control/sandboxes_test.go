package control_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"stagedoor/mockserver/control"
)

func TestCreateSandboxTakesNoBodyAtAll(t *testing.T) {
	c := start(t, control.Config{})
	made := c.call("POST", "/sandboxes", "").is(http.StatusCreated)
	var s sandboxShown
	made.into(http.StatusCreated, &s)
	if made.header.Get("Location") != "/sandboxes/"+s.ID || s.ID == "" {
		t.Errorf("id %q, Location %q", s.ID, made.header.Get("Location"))
	}
	cr := s.Credentials
	if cr.Subscriber.AppToken == "" || cr.Digipay.CompanyID == "" || cr.Watch.APIKey == "" || cr.VerifyNow.Key == "" {
		t.Errorf("credentials are missing: %+v", cr)
	}
	if !s.Clock.Now.Equal(noon()) || s.Clock.Frozen {
		t.Errorf("clock %+v", s.Clock)
	}
	if other := c.makeSandbox("{}"); other.Credentials.Subscriber.AppToken == cr.Subscriber.AppToken || other.ID == s.ID {
		t.Error("two sandboxes share an id or a credential")
	}
}

func TestCreateSandboxFollowsEverySetting(t *testing.T) {
	c := start(t, control.Config{})
	var raw map[string]any
	const settings = `"name":"n","seed":7,"otp":{"mode":"fixed","code":"123456","maxAttempts":3},"accessToken":{"ttl":"24h"},` +
		`"readings":{"S2":"result","status.otpVerificationFailed":401},"quota":{"perDay":5},"verifynow":{"sendsPerDay":2}`
	c.call("POST", "/sandboxes", "{"+settings+`,"accounts":[{"email":"ann@example.com"}]}`).into(http.StatusCreated, &raw)
	var want map[string]any
	if err := json.Unmarshal([]byte("{"+settings+"}"), &want); err != nil {
		t.Fatal(err)
	}
	for name, value := range want {
		if fmt.Sprint(raw[name]) != fmt.Sprint(value) {
			t.Errorf("%s is %v, want %v", name, raw[name], value)
		}
	}
	var list struct{ Accounts []struct{ Email string } }
	c.call("GET", fmt.Sprintf("/sandboxes/%s/accounts", raw["id"]), "").into(http.StatusOK, &list)
	if len(list.Accounts) != 1 || list.Accounts[0].Email != "ann@example.com" {
		t.Errorf("accounts %+v", list.Accounts)
	}
}

func TestSandboxBodiesAreRefusedByField(t *testing.T) {
	c := start(t, control.Config{})
	for _, w := range []struct {
		body  string
		parts []string
	}{
		{`[]`, []string{"body", "object"}},
		{`{`, []string{"body", "JSON"}},
		{`{} {}`, []string{"body", "after"}},
		{`{"name":"a","name":"b"}`, []string{"name", "twice"}},
		{`{"Name":"a"}`, []string{"Name: there is no such field", "did you mean name?"}},
		{`{"sead":1}`, []string{"sead", "did you mean seed?"}},
		{`{"frobnicate":1}`, []string{"frobnicate", "there is accessToken, accounts"}},
		{`{"otp":{"mod":"fixed"}}`, []string{"otp.mod", "did you mean mode?"}},
		{`{"otp":{"mode":"fixd"}}`, []string{"otp.mode", "did you mean fixed?"}},
		{`{"otp":{"mode":"fixed"}}`, []string{"otp.code"}},
		{`{"otp":{"code":"123456"}}`, []string{"otp.code", "fixed"}},
		{`{"otp":{"mode":"fixed","code":"0123"}}`, []string{"otp.code", "for example 12345678"}},
		{`{"accessToken":{"ttl":"a day"}}`, []string{"accessToken.ttl", "for example 24h"}},
		{`{"accessToken":{"ttl":"10ms"}}`, []string{"accessToken.ttl", "at least 1s"}},
		{`{"seed":1.5}`, []string{"seed", "integer"}},
		{`{"seed":99999999999999999999}`, []string{"seed"}},
		{`{"readings":{"S999":"x"}}`, []string{"readings", "S999"}},
		{`{"readings":{"S2":"perhaps"}}`, []string{"readings", "S2", "perhaps"}},
		{`{"credentials":{"watch":{"key":"x"}}}`, []string{"credentials.watch.key"}},
		{`{"credentials":{"watch":{"apiKey":"a b"}}}`, []string{"credentials.watch.apiKey"}},
		{`{"credentials":{"watch":{"apiKey":"x","revokedApiKey":"x"}}}`, []string{"credentials.watch.revokedApiKey", "credentials.watch.apiKey"}},
		{`{"credentials":{"subscriber":{"signingKey":"c2hvcnQ="}}}`, []string{"credentials.subscriber.signingKey", "32 bytes"}},
		{`{"accounts":[{"email":"a@b"},{"emai":"a@b"}]}`, []string{"accounts[1].emai", "did you mean email?"}},
		{`{"accounts":[{"devices":[{"deviceId":"1","OSs":"x"}],"pin":"1"}]}`, []string{"accounts[0].devices[0].OSs", "did you mean OS?"}},
		{`{"accounts":[{"firstName":"Ann"}]}`, []string{"accounts[0]", "needs one of email, phone, username, pin"}},
		{`{"accounts":[{"email":"nobody"}]}`, []string{"accounts[0].email", "for example ann@example.com"}},
		{`{"accounts":[{"email":"a@b"},{"email":"A@B"}]}`, []string{"accounts[1].email", "accounts[0]"}},
		{`{"accounts":[{"id":5,"email":"a@b"},{"id":5,"email":"c@d"}]}`, []string{"accounts[1].id", "accounts[0]"}},
		{`{"accounts":[{"generate":0}]}`, []string{"accounts[0].generate", "at least 1"}},
		{`{"accounts":[{"generate":1,"email":"a@b"}]}`, []string{"accounts[0].generate"}},
	} {
		c.call("POST", "/sandboxes", w.body).refused(http.StatusBadRequest, w.parts...)
		c.call("PUT", "/sandboxes/chosen", w.body).refused(http.StatusBadRequest, w.parts...)
	}
	c.call("GET", "/sandboxes/chosen", "").is(http.StatusNotFound)
	var all struct{ Sandboxes []sandboxShown }
	c.call("GET", "/sandboxes", "").into(http.StatusOK, &all)
	if len(all.Sandboxes) != 1 || all.Sandboxes[0].ID != "default" {
		t.Errorf("refused sandboxes were made: %+v", all.Sandboxes)
	}
}

func TestPutSandboxTwiceLeavesWhatOnceLeaves(t *testing.T) {
	c := start(t, control.Config{})
	const body = `{"name":"a","seed":3,"credentials":{"digipay":{"companyId":"00112233445566778899aabbccddeeff"}},"accounts":[{"pin":"1234"}]}`
	first := c.call("PUT", "/sandboxes/team-a", body).is(http.StatusCreated)
	again := c.call("PUT", "/sandboxes/team-a", body).is(http.StatusOK)
	if first.body != again.body {
		t.Errorf("first %s\nthen %s", first.body, again.body)
	}
	accounts := c.call("GET", "/sandboxes/team-a/accounts", "").is(http.StatusOK).body
	if strings.Count(accounts, `"pin"`) != 1 {
		t.Errorf("accounts %s", accounts)
	}
	// Settings are replaced; credentials and accounts stay where the body has none.
	var s sandboxShown
	c.call("PUT", "/sandboxes/team-a", `{"quota":{"perDay":1}}`).into(http.StatusOK, &s)
	if s.Name != "" || s.Quota.PerDay != 1 || s.Credentials.Digipay.CompanyID != "00112233445566778899aabbccddeeff" {
		t.Errorf("after a PUT without a name: %+v", s)
	}
	if got := c.call("GET", "/sandboxes/team-a/accounts", "").body; got != accounts {
		t.Errorf("accounts were %s, are %s", accounts, got)
	}
}

func TestRacingPutsOfOneSandboxAllSucceed(t *testing.T) {
	c := newClient(t, control.Config{})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			a := c.call("PUT", "/sandboxes/raced", `{"seed":1,"accounts":[{"id":1,"email":"ann@example.com"},{"generate":500}]}`)
			if a.status != http.StatusOK && a.status != http.StatusCreated {
				t.Errorf("a racing PUT: %d %s", a.status, a.body)
			}
		})
	}
	group.Wait()
	if got := c.call("GET", "/sandboxes/raced/accounts", "").is(http.StatusOK).body; strings.Count(got, `"id"`) != 501 {
		t.Errorf("%d accounts", strings.Count(got, `"id"`))
	}
}

func TestChangeIsWholeWhenTheClientHasLeft(t *testing.T) {
	c := newClient(t, control.Config{})
	gone, leave := context.WithCancel(t.Context())
	leave()
	c.callIn(gone, "PUT", "/sandboxes/left", `{"accounts":[{"pin":"1"}]}`).is(http.StatusCreated)
	c.callIn(gone, "POST", "/sandboxes/left/accounts", `{"pin":"2"}`).is(http.StatusCreated)
	if got := c.call("GET", "/sandboxes/left/accounts", "").is(http.StatusOK).body; strings.Count(got, `"pin"`) != 2 {
		t.Errorf("accounts %s", got)
	}
}

// TestRefusedPutChangesNothing is about every way in which a PUT can fail.
func TestRefusedPutChangesNothing(t *testing.T) {
	c := start(t, control.Config{})
	c.call("PUT", "/sandboxes/other", `{"credentials":{"watch":{"apiKey":"taken"}}}`).is(http.StatusCreated)
	c.call("PUT", "/sandboxes/kept", `{"name":"before","accounts":[{"email":"ann@example.com"}]}`).is(http.StatusCreated)
	state := func() string {
		return c.call("GET", "/sandboxes/kept", "").body + c.call("GET", "/sandboxes/kept/accounts", "").body + c.call("GET", "/sandboxes/other", "").body
	}
	before := state()
	for body, status := range map[string]int{
		`{"name":"after","credentials":{"subscriber":{"appToken":"new"},"watch":{"apiKey":"taken"}},"accounts":[]}`: http.StatusConflict,
		`{"name":"after","accounts":[{"email":"bob@example.com"},{"email":"BOB@example.com"}]}`:                     http.StatusBadRequest,
		`{"name":"after","accounts":[{"email":"bob@example.com"},{"phone":"letters"}]}`:                             http.StatusBadRequest,
		`{"name":"after","accounts":[],"readings":{"S2":"perhaps"}}`:                                                http.StatusBadRequest,
	} {
		c.call("PUT", "/sandboxes/kept", body).is(status)
		if after := state(); after != before {
			t.Errorf("after %s:\n%s\nbefore:\n%s", body, after, before)
		}
	}
	// The credential that the refused PUT wanted besides is still free.
	c.call("PUT", "/sandboxes/third", `{"credentials":{"subscriber":{"appToken":"new"}}}`).is(http.StatusCreated)
}

func TestCredentialsOfAnotherSandboxAreAConflict(t *testing.T) {
	c := start(t, control.Config{})
	const body = `{"credentials":{"verifynow":{"customerId":"C-1"}}}`
	c.call("PUT", "/sandboxes/one", body).is(http.StatusCreated)
	c.call("PUT", "/sandboxes/two", body).refused(http.StatusConflict, "credentials.verifynow.customerId", "choose another")
	c.call("POST", "/sandboxes", body).refused(http.StatusConflict, "credentials.verifynow.customerId")
	c.call("GET", "/sandboxes/two", "").is(http.StatusNotFound)
	c.call("DELETE", "/sandboxes/one", "").is(http.StatusNoContent)
	c.call("PUT", "/sandboxes/two", body).is(http.StatusCreated)
}

func TestPatchSandboxMergesSettings(t *testing.T) {
	c := start(t, control.Config{})
	s := c.makeSandbox(`{"name":"n","seed":9007199254740993,"otp":{"mode":"fixed","code":"123456"},"readings":{"S2":"result"}}`)
	at := "/sandboxes/" + s.ID
	for range 2 { // the second time changes nothing
		var got sandboxShown
		c.call("PATCH", at, `{"quota":{"perDay":9},"name":null,"readings":{"S2":null}}`, "Content-Type: application/merge-patch+json").into(http.StatusOK, &got)
		if got.Quota.PerDay != 9 || got.Name != "" || got.OTP.Code != "123456" || len(got.Readings) != 0 {
			t.Errorf("patched: %+v", got)
		}
		if got.Seed != 9007199254740993 {
			t.Errorf("the seed became %d", got.Seed)
		}
		if got.Credentials != s.Credentials {
			t.Error("credentials changed")
		}
	}
	var got sandboxShown
	c.call("PATCH", at, `{"otp":null,"seed":null}`).into(http.StatusOK, &got)
	if got.OTP.Mode != "" || got.Seed == 9007199254740993 {
		t.Errorf("settings were not put back: %+v", got)
	}
	for body, part := range map[string]string{
		`{}`: "at least 1", `null`: "null", `{"credentials":{}}`: "credentials", `{"accounts":[]}`: "accounts",
		`{"otp":{"code":"123456"}}`: "otp.code", `{"quota":{"perDay":-1}}`: "quota.perDay", `{"readings":{"S2":"x"}}`: "S2",
		`{"acessToken":{}}`: "did you mean accessToken?",
	} {
		c.call("PATCH", at, body).refused(http.StatusBadRequest, part)
	}
	c.call("PATCH", at, "").refused(http.StatusBadRequest, "body", "required")
}

func TestDeleteSandboxFreesEverything(t *testing.T) {
	c := start(t, control.Config{})
	c.call("PUT", "/sandboxes/short", `{"accounts":[{"email":"ann@example.com"}]}`).is(http.StatusCreated)
	c.sendCode("short", "919999900000", 1<<40)
	c.call("DELETE", "/sandboxes/short", "").is(http.StatusNoContent)
	c.call("DELETE", "/sandboxes/short", "").refused(http.StatusNotFound, `"short"`)
	c.call("PUT", "/sandboxes/short", `{}`).is(http.StatusCreated)
	for _, path := range []string{"/accounts", "/messages"} {
		if body := c.call("GET", "/sandboxes/short"+path, "").is(http.StatusOK).body; strings.Contains(body, `"id"`) {
			t.Errorf("%s outlived its sandbox: %s", path, body)
		}
	}
	c.call("DELETE", "/sandboxes/default", "").refused(http.StatusConflict, "default", "reset")
}

func TestResetBringsBackTheAccounts(t *testing.T) {
	c := start(t, control.Config{})
	s := c.makeSandbox(`{"name":"kept","accounts":[{"id":7,"email":"ann@example.com"}]}`)
	at := "/sandboxes/" + s.ID
	c.call("PATCH", at+"/accounts/7", `{"firstName":"Ann"}`).is(http.StatusOK)
	c.call("POST", at+"/accounts", `{"pin":"1"}`).is(http.StatusCreated)
	c.call("PATCH", at+"/clock", `{"advance":"1h","frozen":true}`).is(http.StatusOK)
	c.sendCode(s.ID, "919999900000", 1<<40)

	var got sandboxShown
	c.call("POST", at+"/reset", "").into(http.StatusOK, &got)
	if got.Name != "kept" || got.Credentials != s.Credentials || got.Seed != s.Seed || !got.Clock.Frozen {
		t.Errorf("the reset went too far: %+v", got)
	}
	accounts := c.call("GET", at+"/accounts", "").body
	if strings.Contains(accounts, "Ann") || strings.Count(accounts, `"id"`) != 1 {
		t.Errorf("accounts %s", accounts)
	}
	if messages := c.call("GET", at+"/messages", "").body; strings.Contains(messages, "code") {
		t.Errorf("messages %s", messages)
	}
	c.call("GET", at+"/code", "").is(http.StatusNotFound)
}

func TestSandboxesAreIsolated(t *testing.T) {
	c := start(t, control.Config{})
	a, b := c.makeSandbox(`{"accounts":[{"email":"ann@example.com"}]}`), c.makeSandbox(`{}`)
	c.call("POST", "/sandboxes/"+b.ID+"/accounts", `{"id":1001,"email":"ann@example.com","firstName":"Other"}`).is(http.StatusCreated)
	code := c.sendCode(a.ID, "919999900000", 1<<40).Code
	c.call("PATCH", "/sandboxes/"+b.ID+"/clock", `{"advance":"48h"}`).is(http.StatusOK)
	c.call("DELETE", "/sandboxes/"+b.ID+"/accounts/1001", "").is(http.StatusNoContent)
	c.call("POST", "/sandboxes/"+b.ID+"/reset", "").is(http.StatusOK)

	if got := c.call("GET", "/sandboxes/"+a.ID+"/code", "").is(http.StatusOK).body; got != code {
		t.Errorf("code %q, want %q", got, code)
	}
	c.call("GET", "/sandboxes/"+b.ID+"/code", "").is(http.StatusNotFound)
	if got := c.call("GET", "/sandboxes/"+a.ID+"/accounts", "").body; !strings.Contains(got, "ann@example.com") || strings.Contains(got, "Other") {
		t.Errorf("accounts %s", got)
	}
	var shown sandboxShown
	c.call("GET", "/sandboxes/"+a.ID, "").into(http.StatusOK, &shown)
	if !shown.Clock.Now.Equal(noon()) {
		t.Errorf("the clock of one sandbox moved that of another to %v", shown.Clock.Now)
	}
}

func TestListSandboxesBeginsWithTheDefault(t *testing.T) {
	c := start(t, control.Config{})
	for _, id := range []string{"z", "a"} {
		c.call("PUT", "/sandboxes/"+id, `{}`).is(http.StatusCreated)
	}
	var all struct{ Sandboxes []sandboxShown }
	c.call("GET", "/sandboxes", "").into(http.StatusOK, &all)
	var ids []string
	for _, s := range all.Sandboxes {
		ids = append(ids, s.ID)
	}
	if strings.Join(ids, " ") != "default a z" {
		t.Errorf("sandboxes %v", ids)
	}
}

func TestGeneratedAccountsFollowFromTheSeed(t *testing.T) {
	c := start(t, control.Config{})
	accounts := func(body string) string {
		s := c.makeSandbox(body)
		before := c.call("GET", "/sandboxes/"+s.ID+"/accounts", "").is(http.StatusOK).body
		c.call("POST", "/sandboxes/"+s.ID+"/reset", "").is(http.StatusOK)
		if after := c.call("GET", "/sandboxes/"+s.ID+"/accounts", "").body; after != before {
			t.Errorf("%s: other accounts after a reset", body)
		}
		return before
	}
	first := accounts(`{"seed":5,"accounts":[{"generate":20},{"id":7,"email":"ann@example.com"},{"generate":10}]}`)
	if strings.Count(first, `"password"`) != 30 || strings.Count(first, `"id"`) != 31 {
		t.Errorf("accounts %s", first)
	}
	if again := accounts(`{"seed":5,"accounts":[{"id":7,"email":"ann@example.com"},{"generate":30}]}`); again != first {
		t.Error("one seed made different people")
	}
	if other := accounts(`{"seed":6,"accounts":[{"id":7,"email":"ann@example.com"},{"generate":30}]}`); other == first {
		t.Error("two seeds made the same people")
	}
}
