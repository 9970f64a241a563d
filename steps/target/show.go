package target

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// redacted stands for a secret wherever an exchange is shown.
const redacted = "[redacted]"

const maxShown = 4 << 10

var (
	secretField   = regexp.MustCompile(`(?i)("(?:password|newpassword|old_password|new_password|pin|key)"\s*:\s*)("(?:[^"\\]|\\.)*"|[^,}\s]+)`)
	secretSegment = regexp.MustCompile(`/token/[^/?]+`)
	secretHeaders = []string{"Accesstoken", "Authtoken", "Authorization"}
)

// Dump is the exchange for people: request and reply, without passwords and
// credentials.
func (x *Exchange) Dump() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", x.Method, x.mask(x.URL))
	writeHeader(&b, x.Header)
	fmt.Fprintf(&b, "%s\n\nHTTP %d %s\n", x.shown(x.Body), x.Status, http.StatusText(x.Status))
	writeHeader(&b, x.ReplyHeader)
	b.WriteString(x.shown(x.ReplyBody))
	return b.String()
}

// Curl is a line that repeats the call, with placeholders for what is secret.
func (x *Exchange) Curl() string {
	line := []string{"curl", "-i", "-X", x.Method, quote(x.mask(x.URL))}
	for _, name := range slices.Sorted(maps.Keys(x.Header)) {
		for _, value := range x.Header[name] {
			line = append(line, "-H", quote(name+": "+maskHeader(name, value)))
		}
	}
	if x.Body != nil {
		line = append(line, "--data-raw", quote(x.shown(x.Body)))
	}
	return strings.Join(line, " ")
}

func writeHeader(b *strings.Builder, header http.Header) {
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			fmt.Fprintf(b, "%s: %s\n", name, maskHeader(name, value))
		}
	}
}

func maskHeader(name, value string) string {
	if slices.Contains(secretHeaders, http.CanonicalHeaderKey(name)) {
		return redacted
	}
	return value
}

func (x *Exchange) shown(body []byte) string {
	text := x.mask(secretField.ReplaceAllString(string(body), `${1}"`+redacted+`"`))
	if len(text) > maxShown {
		text = text[:maxShown] + "…"
	}
	return text
}

// mask takes the app token out of an address, and every known secret out of
// anything.
func (x *Exchange) mask(text string) string {
	for _, secret := range x.Secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, redacted)
			text = strings.ReplaceAll(text, url.QueryEscape(secret), redacted)
		}
	}
	return secretSegment.ReplaceAllString(text, "/token/"+redacted)
}

func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
