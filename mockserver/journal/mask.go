package journal

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// masker puts placeholders where secrets are: tokens, one-time codes and
// credentials, by the names they stand under and, where they are long enough not
// to be something else by chance, wherever else they show. One secret has one
// placeholder, so that it stays visible which calls carry the same.
type masker struct {
	placeholders map[string]string
	anywhere     *strings.Replacer // the long ones; nil while they are collected
}

// newMasker learns the secrets of all entries, in the order in which they show.
func newMasker(entries []Entry) *masker {
	m := &masker{placeholders: map[string]string{}}
	for _, e := range entries {
		m.entry(e)
	}
	// Shorter than this, a secret may be part of a word, or of a number.
	const telling = 8
	var long []string
	for secret := range m.placeholders {
		if len(secret) >= telling {
			long = append(long, secret)
		}
	}
	// One may begin with another.
	slices.SortFunc(long, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, secret := range long {
		pairs = append(pairs, secret, m.placeholders[secret])
	}
	m.anywhere = strings.NewReplacer(pairs...)
	return m
}

// entry is the entry without its secrets.
func (m *masker) entry(e Entry) Entry {
	e.Request.URL = m.url(e.Request.URL)
	e.Request.Headers = m.headers(e.Request.Headers)
	e.Request.Body = m.body(e.Request.Body, e.Request.Headers, inRequest)
	e.Reply.Headers = m.headers(e.Reply.Headers)
	e.Reply.Body = m.body(e.Reply.Body, e.Reply.Headers, inReply)
	e.Reason = m.text(e.Reason)
	return e
}

// hide is the placeholder of a secret. What has been redacted already stays so.
func (m *masker) hide(secret string) string {
	if secret == "" || strings.Contains(secret, redacted) {
		return secret
	}
	p, known := m.placeholders[secret]
	if !known {
		p = fmt.Sprintf("redacted-%d", len(m.placeholders)+1)
		m.placeholders[secret] = p
	}
	return p
}

var jsonWebToken = regexp.MustCompile(`eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*`)

// text hides what gives itself away by its form, or is known from elsewhere.
func (m *masker) text(s string) string {
	s = jsonWebToken.ReplaceAllStringFunc(s, m.hide)
	if m.anywhere != nil {
		s = m.anywhere.Replace(s)
	}
	return s
}

// The parts of a call: "code" is a one-time code in a request, and says how the
// call went in a reply.
type part bool

const (
	inRequest part = false
	inReply   part = true
)

// secret says whether a value under a name is one to hide.
func (where part) secret(name string) bool {
	name = fold(name)
	switch name {
	case "otp", "key", "reset_code", "login_code", "customerid", "companyid", "verificationid", "verficationid":
		return true
	case "code":
		return where == inRequest
	}
	return strings.Contains(name, "token")
}

func secretHeader(name string) bool {
	name = fold(name)
	return slices.ContainsFunc([]string{"token", "authorization", "cookie", "companyid", "key", "secret"}, func(part string) bool {
		return strings.Contains(name, part)
	})
}

func (m *masker) headers(headers map[string][]string) map[string][]string {
	out := make(map[string][]string, len(headers))
	// In order, as a header may be where a secret shows first.
	for _, name := range sortedNames(headers) {
		for _, value := range headers[name] {
			switch {
			case name == "Referer" || name == "Location":
				value = m.url(value)
			case name == "Authorization":
				value = m.credential(value)
			case secretHeader(name):
				value = m.hide(value)
			default:
				value = m.text(value)
			}
			out[name] = append(out[name], value)
		}
	}
	return out
}

// credential hides what Authorization holds but for the word that says how it is
// to be taken, so that the token of "Bearer TOKEN" is the same as elsewhere.
func (m *masker) credential(value string) string {
	scheme, token, found := strings.Cut(value, " ")
	if !found {
		return m.hide(value)
	}
	return scheme + " " + m.hide(token)
}

// url hides the segment of a path that follows "token", and what the query has
// under secret names.
func (m *masker) url(u string) string {
	path, query, found := strings.Cut(u, "?")
	segments := strings.Split(path, "/")
	for i := 1; i < len(segments); i++ {
		if segments[i-1] == "token" {
			segments[i] = m.hide(pathUnescaped(segments[i]))
		}
	}
	path = m.text(strings.Join(segments, "/"))
	if !found {
		return path
	}
	return path + "?" + m.form(query, inRequest)
}

func pathUnescaped(segment string) string {
	plain, err := url.PathUnescape(segment)
	if err != nil {
		return segment
	}
	return plain
}

// form hides secrets in name=value pairs.
func (m *masker) form(query string, where part) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, found := strings.Cut(pair, "=")
		if found && where.secret(unescaped(name)) {
			pairs[i] = name + "=" + m.hide(unescaped(value))
		}
	}
	return m.text(strings.Join(pairs, "&"))
}

func (m *masker) body(b Body, headers map[string][]string, where part) Body {
	switch {
	case len(b) == 0:
		return b
	case json.Valid(b):
		return Body(m.text(string(m.json(b, where))))
	case strings.HasPrefix(contentType(headers), "application/x-www-form-urlencoded"):
		return Body(m.form(string(b), where))
	}
	// Where a secret could be is anybody's guess.
	return fmt.Appendf(nil, "[redacted: %d bytes that are no JSON]", len(b))
}

// json hides the values of secret names in JSON that is valid, at any depth, and
// keeps everything else as it is written.
func (m *masker) json(b []byte, where part) []byte {
	var out []byte
	kept := 0
	for i := 0; i < len(b); {
		if b[i] != '"' {
			i++
			continue
		}
		start := i
		i, _ = stringEnd(b, start)
		colon := skipSpace(b, i)
		if colon == len(b) || b[colon] != ':' || !where.secret(jsonText(b[start:i])) {
			continue
		}
		value := skipSpace(b, colon+1)
		end := valueEnd(b, value)
		if b[value] == '{' || bytes.Equal(b[value:end], []byte("null")) {
			continue // the names inside tell
		}
		quoted, _ := json.Marshal(m.hide(jsonText(bytes.TrimSpace(b[value:end])))) // a string always encodes
		out = append(append(out, b[kept:value]...), quoted...)
		i, kept = end, end
	}
	return append(out, b[kept:]...)
}

// jsonText is the text of a JSON string, and any other value as it is written.
func jsonText(value []byte) string {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return string(value)
	}
	return text
}
