package journal

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// redacted stands where a secret was.
const redacted = "[redacted]"

// Secret says whether the value under a name is hidden: every kind of
// password, a PIN, a key. Case is folded the way encoding/json folds it when it
// matches names, so that no spelling the mock accepts escapes.
func Secret(name string) bool {
	if len(name) < len("pin") {
		return false
	}
	name = fold(name)
	return name == "pin" || name == "key" || strings.Contains(name, "password")
}

// fold returns s in one case; every letter as the smallest of its fold orbit, in
// lower case. (The long s and the Kelvin sign are the letters that matter.)
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII {
			return unicode.ToLower(r)
		}
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return unicode.ToLower(least)
	}, s)
}

// redactBody returns body without secrets: body itself when there are none.
func redactBody(body []byte, headers map[string][]string) []byte {
	if len(body) == 0 {
		return body
	}
	switch kind := contentType(headers); {
	case strings.HasPrefix(kind, "multipart/"):
		// No API here speaks it, and its parts are not worth parsing.
		return []byte(redacted)
	case strings.HasPrefix(kind, "application/x-www-form-urlencoded") && !looksJSON(body):
		return redactForm(body)
	}
	if out, ok := redactJSON(body); ok {
		return out
	}
	if !looksJSON(body) && bytes.IndexByte(body, '=') >= 0 {
		body = redactForm(body)
	}
	return redactText(body)
}

func contentType(headers map[string][]string) string {
	values := headers["Content-Type"]
	if len(values) == 0 {
		return ""
	}
	return strings.ToLower(values[0])
}

func looksJSON(body []byte) bool {
	i := skipSpace(body, 0)
	return i < len(body) && (body[i] == '{' || body[i] == '[')
}

// redactJSON hides the values of secret names at any depth. It reads tokens, not
// grammar, which is enough and quick; false when it meets something that JSON
// never has outside a string, as then it cannot tell what is a string.
func redactJSON(b []byte) ([]byte, bool) {
	var out []byte
	kept := 0
	for i := 0; i < len(b); {
		if b[i] != '"' {
			if !structural(b[i]) {
				return nil, false
			}
			i++
			continue
		}
		start := i
		end, closed := stringEnd(b, start)
		if !closed {
			return nil, false
		}
		i = end
		colon := skipSpace(b, end)
		if colon == len(b) || b[colon] != ':' || !secretQuoted(b[start:end]) {
			continue
		}
		value := skipSpace(b, colon+1)
		i = valueEnd(b, value)
		out = append(append(append(out, b[kept:value]...), '"'), redacted...)
		out = append(out, '"')
		kept = i
	}
	if out == nil {
		return b, true
	}
	return append(out, b[kept:]...), true
}

// structural says whether JSON has a byte outside its strings: punctuation,
// numbers, the letters of its literals and white space.
func structural(c byte) bool {
	switch c {
	case '{', '}', '[', ']', ':', ',', ' ', '\t', '\r', '\n',
		'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '+', '-', '.', 'E', 'e',
		't', 'r', 'u', 'f', 'a', 'l', 's', 'n':
		return true
	}
	return false
}

// stringEnd returns the place after the string that starts at b[start], and
// whether it is closed.
func stringEnd(b []byte, start int) (int, bool) {
	for i := start + 1; ; i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return len(b), false
		}
		i += n
		escapes := 0
		for b[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1, true
		}
	}
}

// secretQuoted says whether a quoted name is secret. Nearly all are settled by
// their length or the want of a "w", without a copy.
func secretQuoted(quoted []byte) bool {
	name := quoted[1 : len(quoted)-1]
	plain := true
	for _, c := range name {
		plain = plain && c < utf8.RuneSelf && c != '\\'
	}
	if !plain {
		var text string
		return json.Unmarshal(quoted, &text) != nil || Secret(text)
	}
	return (len(name) == len("pin") || bytes.ContainsAny(name, "wW")) && Secret(string(name))
}

// valueEnd returns the place after the value that starts at b[i]: a string, an
// object or array with all in it, or a literal.
func valueEnd(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i, _ = stringEnd(b, i)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return len(b)
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// redactText hides everything after the first mention of a secret name. It is
// for bodies of no known form, where the place of a value is anybody's guess.
func redactText(b []byte) []byte {
	if bytes.Contains(b, []byte(`\u`)) {
		// A name may be hidden in escapes.
		return []byte(redacted)
	}
	text := fold(string(b))
	end := len(text) + 1
	for _, name := range []string{"password", "pin", "key"} {
		if i := indexWord(text, name); i >= 0 {
			end = min(end, i+len(name))
		}
	}
	if end > len(text) {
		return b
	}
	if len(text) != len(b) {
		// Folding moved the places.
		return []byte(redacted)
	}
	return append(bytes.Clone(b[:end]), redacted...)
}

// indexWord finds a secret name: "password" anywhere, the short ones only where
// no letter is beside them.
func indexWord(text, name string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return -1
		}
		i += from
		from = i + len(name)
		if len(name) > 3 || !letterAt(text, i-1) && !letterAt(text, from) {
			return i
		}
	}
}

func letterAt(text string, i int) bool {
	return i >= 0 && i < len(text) && 'a' <= text[i] && text[i] <= 'z'
}

// redactForm hides the values of secret names in name=value pairs.
func redactForm(b []byte) []byte {
	pairs := bytes.Split(b, []byte("&"))
	changed := false
	for i, pair := range pairs {
		name, _, found := bytes.Cut(pair, []byte("="))
		if !found || !Secret(unescaped(string(name))) {
			continue
		}
		pairs[i] = slices.Concat(name, []byte("="+redacted))
		changed = true
	}
	if !changed {
		return b
	}
	return bytes.Join(pairs, []byte("&"))
}

func unescaped(name string) string {
	plain, err := url.QueryUnescape(name)
	if err != nil {
		return name
	}
	return strings.TrimSpace(plain)
}

// redactURL hides secrets in the query.
func redactURL(u string) string {
	path, query, found := strings.Cut(u, "?")
	if !found {
		return u
	}
	return path + "?" + string(redactForm([]byte(query)))
}

// redactHeaders hides Basic credentials, which hold a password in the clear.
func redactHeaders(headers map[string][]string) map[string][]string {
	values := headers["Authorization"]
	if !slices.ContainsFunc(values, basic) {
		return headers
	}
	out := maps.Clone(headers)
	safe := slices.Clone(values)
	for i, value := range safe {
		if basic(value) {
			safe[i] = value[:len("Basic ")] + redacted
		}
	}
	out["Authorization"] = safe
	return out
}

func basic(value string) bool {
	return len(value) > len("Basic ") && strings.EqualFold(value[:len("Basic ")], "Basic ")
}
