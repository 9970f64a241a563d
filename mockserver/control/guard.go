package control

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// guard decides whom the control API answers. The API can do anything to the
// mock and listens where every page in a browser can reach it, so two things
// are kept out: a page that has had its own name resolved to this address, by
// the Host header, and a page that simply sends a form or a fetch here, by what
// the browser says of where it comes from.
type guard struct {
	token string
	hosts []string
	pages *http.CrossOriginProtection
}

func newGuard(token string, hosts []string) guard {
	g := guard{token: token, hosts: []string{"localhost"}, pages: http.NewCrossOriginProtection()}
	for _, host := range hosts {
		g.hosts = append(g.hosts, hostname(host))
	}
	return g
}

// check refuses a call, or returns nil.
func (g guard) check(r *http.Request) error {
	if g.token != "" {
		if g.carriesToken(r) {
			return nil // no foreign page knows it
		}
		if !g.serves(r.Host) {
			return g.foreignHost(r)
		}
		p := refuse(http.StatusUnauthorized, "Authorization: send the control token as in \"Authorization: Bearer TOKEN\"")
		p.header.Set("WWW-Authenticate", `Bearer realm="stagedoor control"`)
		return p
	}
	if !g.serves(r.Host) {
		return g.foreignHost(r)
	}
	if g.pages.Check(r) != nil {
		return refuse(http.StatusForbidden, "Origin: a page of another site may not change anything here; call from a program, or from a page of this address")
	}
	return nil
}

func (g guard) foreignHost(r *http.Request) error {
	return refuse(http.StatusForbidden, "Host: %q is not a name of this server; call it by its IP address, start it with --control-host, or send the control token", r.Host)
}

// serves says whether a Host header names this server: nobody can make an IP
// address or localhost resolve to elsewhere.
func (g guard) serves(host string) bool {
	name := hostname(host)
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return slices.Contains(g.hosts, name)
}

// hostname is a Host header without port and brackets, as names are compared.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func (g guard) carriesToken(r *http.Request) bool {
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return false
	}
	// Digests are of one length, so that the time tells nothing of the token's.
	got, want := sha256.Sum256([]byte(strings.TrimSpace(token))), sha256.Sum256([]byte(g.token))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}
