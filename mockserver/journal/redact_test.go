package journal_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"stagedoor/mockserver/journal"
)

// keep returns the request body as the journal keeps it.
func keep(body, contentType string) string {
	e := entry(body)
	e.Request.Headers = map[string][]string{"Content-Type": {contentType}}
	return string(journal.New(1).Append(e).Request.Body)
}

func TestPasswordsInJSONAreHidden(t *testing.T) {
	for body, want := range map[string]string{
		`{"password":"hunter2"}`:                         `{"password":"[redacted]"}`,
		`{"a":1, "password" : "hunter2" ,"b":2}`:         `{"a":1, "password" : "[redacted]" ,"b":2}`,
		`{"newPassword":"hunter2"}`:                      `{"newPassword":"[redacted]"}`,
		`{"old_password":"hunter2","new_password":"h"}`:  `{"old_password":"[redacted]","new_password":"[redacted]"}`,
		`{"PassWord":"hunter2"}`:                         `{"PassWord":"[redacted]"}`,
		`{"credentials":{"pin":"4711"},"type":"pin"}`:    `{"credentials":{"pin":"[redacted]"},"type":"pin"}`,
		`{"PIN":4711}`:                                   `{"PIN":"[redacted]"}`,
		`{"key":"c2VjcmV0"}`:                             `{"key":"[redacted]"}`,
		`[{"pin":[4,7,{"a":"b]"}]},{"pin":null}]`:        `[{"pin":"[redacted]"},{"pin":"[redacted]"}]`,
		`{"password":"with \"quotes\" and \\","b":"ok"}`: `{"password":"[redacted]","b":"ok"}`,
		`{"pass\u0077ord":"hunter2"}`:                    `{"pass\u0077ord":"[redacted]"}`,
		`{"paſſword":"hunter2","PaſSword":"h"}`:          `{"paſſword":"[redacted]","PaſSword":"[redacted]"}`,
		"{\"\u212aey\":\"hunter2\"}":                     "{\"\u212aey\":\"[redacted]\"}",
		`{"password":{"is":"hunter2"},"b":[1]}`:          `{"password":"[redacted]","b":[1]}`,
		`{"password":12}`:                                `{"password":"[redacted]"}`,
		`{"password":"hunter2"`:                          `{"password":"[redacted]"`,
		`{"password":"hunter2`:                           `{"password":"[redacted]"`,
		`{"password":`:                                   `{"password":"[redacted]"`,
		`{"type":"password","email":"ann@example.com"}`:  `{"type":"password","email":"ann@example.com"}`,
		`{"keyboard":"a","spin":"b","monkey":"c"}`:       `{"keyboard":"a","spin":"b","monkey":"c"}`,
	} {
		if got := keep(body, "application/json"); got != want {
			t.Errorf("%s\nis kept as %s\nwant       %s", body, got, want)
		}
	}
}

// What cannot be read is cut, not trusted.
func TestPasswordsInBrokenBodiesAreHidden(t *testing.T) {
	for _, body := range []string{
		`{password: "hunter2"}`,
		`{'password': 'hunter2'}`,
		`{"email": "ann, "password": "hunter2"}`,
		`{"a": "x"" ,"password":"hunter2"}`,
		`{"password":"one"hunter2"}`,
		`"password": hunter2`,
		`password: hunter2`,
		`PASSWORD hunter2`,
		`pin: hunter2`,
		`<key>hunter2</key>`,
		`<pass\u0077ord>hunter2`,
		`{"pass\u0077ord: "hunter2"}`,
		`{"password:"4711"}`,
		"İ password hunter2",
		"ȺȺȺȺȺȺȺȺȺȺȺȺ password hunter2", // letters that grow when folded
		"{\"a\":\"\xff\", password: hunter2}",
	} {
		for _, kind := range []string{"application/json", "text/plain", ""} {
			if got := keep(body, kind); strings.Contains(got, "hunter2") || strings.Contains(got, "4711") {
				t.Errorf("%s as %q is kept as %s", body, kind, got)
			}
		}
	}
	if got := keep(`not json, shopping for a keyboard`, "text/plain"); got != `not json, shopping for a keyboard` {
		t.Errorf("a harmless text is kept as %s", got)
	}
}

func TestPasswordsInFormsAreHidden(t *testing.T) {
	const form = "application/x-www-form-urlencoded; charset=utf-8"
	for body, want := range map[string]string{
		"email=ann%40example.com&password=hunter2&x=1": "email=ann%40example.com&password=[redacted]&x=1",
		"p%61ssword=hunter2":                           "p%61ssword=[redacted]",
		"key=hunter2":                                  "key=[redacted]",
		"monkey=1&pins=2":                              "monkey=1&pins=2",
		`{"password":"hunter2"}`:                       `{"password":"[redacted]"}`,
	} {
		if got := keep(body, form); got != want {
			t.Errorf("%s is kept as %s, want %s", body, got, want)
		}
		if got := keep(body, ""); strings.Contains(got, "hunter2") {
			t.Errorf("%s without its type is kept as %s", body, got)
		}
	}
	if got := keep("--b\r\nname=\"password\"\r\n\r\nhunter2", "multipart/form-data; boundary=b"); got != "[redacted]" {
		t.Errorf("a multipart body is kept as %q", got)
	}
}

func TestKeyInTheQueryIsHidden(t *testing.T) {
	for url, want := range map[string]string{
		"/auth/v1/authentication/token?customerId=C&key=aHVudGVyMg==&scope=NEW": "/auth/v1/authentication/token?customerId=C&key=[redacted]&scope=NEW",
		"/x?KEY=s":       "/x?KEY=[redacted]",
		"/x?k%65y=s":     "/x?k%65y=[redacted]",
		"/x?a=1&monkey=": "/x?a=1&monkey=",
		"/x/key=s":       "/x/key=s",
	} {
		e := entry("")
		e.Request.URL = url
		if got := journal.New(1).Append(e).Request.URL; got != want {
			t.Errorf("%s is kept as %s, want %s", url, got, want)
		}
	}
}

func TestBasicCredentialsAreHiddenAndTokensShown(t *testing.T) {
	e := entry("")
	headers := map[string][]string{"Authorization": {"basic YW5uOmh1bnRlcjI=", "Token abc"}, "Accesstoken": {"tok"}}
	e.Request.Headers = headers
	kept := journal.New(1).Append(e).Request.Headers
	if got := kept["Authorization"]; got[0] != "basic [redacted]" || got[1] != "Token abc" {
		t.Errorf("authorization is kept as %q", got)
	}
	if got := kept["Accesstoken"]; got[0] != "tok" {
		t.Errorf("the mock's own token is kept as %q", got)
	}
	if headers["Authorization"][0] != "basic YW5uOmh1bnRlcjI=" {
		t.Error("the caller's headers were changed")
	}
}

func TestSecretsInRepliesAreHidden(t *testing.T) {
	e := entry("")
	e.Reply.Body = journal.Body(`{"echo":{"password":"hunter2"},"otp":"1234"}`)
	if got := string(journal.New(1).Append(e).Reply.Body); got != `{"echo":{"password":"[redacted]"},"otp":"1234"}` {
		t.Errorf("kept as %s", got)
	}
}

// However a document is nested, spaced and cut off, a password in it does not
// get through, and a whole one is still the same document otherwise.
func TestNoPasswordGetsThrough(t *testing.T) {
	const secret = "hunter2"
	names := rapid.SampledFrom([]string{"password", "Old_Password", "pin", "key", "a", "otp", `q"uote`, "ü"})
	rapid.Check(t, func(t *rapid.T) {
		var build func(depth int) any
		build = func(depth int) any {
			switch kind := rapid.IntRange(0, 4).Draw(t, "kind"); {
			case kind == 0 && depth < 4:
				object := map[string]any{}
				for range rapid.IntRange(0, 4).Draw(t, "fields") {
					name := names.Draw(t, "name")
					switch strings.ToLower(name) {
					case "password", "old_password", "pin", "key":
						object[name] = []any{secret, map[string]any{"deep": secret}}[rapid.IntRange(0, 1).Draw(t, "form")]
					default:
						object[name] = build(depth + 1)
					}
				}
				return object
			case kind == 1 && depth < 4:
				return []any{build(depth + 1), build(depth + 1)}
			case kind == 2:
				return rapid.SampledFrom([]any{nil, true, false, 12.5, -3}).Draw(t, "literal")
			}
			return rapid.StringOf(rapid.SampledFrom([]rune(`ab"\{}[]:, ü`))).Draw(t, "text")
		}
		body, err := json.Marshal(build(0))
		if err != nil {
			t.Fatal(err)
		}
		got := keep(string(body), "application/json")
		if strings.Contains(got, secret) || !json.Valid([]byte(got)) {
			t.Fatalf("%s\nis kept as %s", body, got)
		}
		cut := body[:rapid.IntRange(0, len(body)).Draw(t, "cut")]
		if got := keep(string(cut), "application/json"); strings.Contains(got, secret) {
			t.Fatalf("%s\nis kept as %s", cut, got)
		}
	})
}
