package control_test

import (
	"net/http"
	"testing"

	"stagedoor/mockserver/control"
)

func TestHostMustBeThisServer(t *testing.T) {
	c := start(t, control.Config{Hosts: []string{"Mock.test", "other.test:4011"}})
	for host, ok := range map[string]bool{
		"127.0.0.1": true, "127.0.0.1:4011": true, "10.1.2.3:1": true, "[::1]:4011": true, "[::1]": true, "[fe80::1]:80": true,
		"localhost": true, "LOCALHOST:4011": true, "localhost.": true, "mock.test": true, "MOCK.test:99": true, "other.test": true,
		"evil.example": false, "evil.example:4011": false, "127.0.0.1.evil.example": false, "localhost.evil.example": false,
		"xlocalhost": false, "notmock.test": false, "sub.mock.test": false, "1.2.3": false,
	} {
		a := c.call("GET", "/sandboxes", "", "Host: "+host)
		if ok {
			a.is(http.StatusOK)
		} else {
			a.refused(http.StatusForbidden, "Host", host, "--control-host")
		}
		for _, path := range []string{"/healthz", "/readyz"} {
			c.call("GET", path, "", "Host: "+host).is(http.StatusOK)
		}
	}
	// A token is no way in where the server has none.
	c.call("GET", "/sandboxes", "", "Host: evil.example", "Authorization: Bearer ").is(http.StatusForbidden)
	c.call("GET", "/nowhere", "", "Host: evil.example").is(http.StatusForbidden)
	c.call("PATCH", "/sandboxes", "", "Host: evil.example").is(http.StatusForbidden)
}

func TestTokenIsWantedWhereThereIsOne(t *testing.T) {
	c := start(t, control.Config{Token: token, Hosts: []string{"mock.test"}})
	for header, ok := range map[string]bool{
		"Bearer " + token: true, "bearer " + token: true, "BEARER  " + token + " ": true,
		"": false, "Bearer": false, "Bearer ": false, "Bearer wrong": false, "Basic " + token: false, token: false,
		"Bearer " + token + "x": false, "Bearer " + token[1:]: false, "Bearer Let-me-in": false,
	} {
		for _, host := range []string{"127.0.0.1", "mock.test", "evil.example"} {
			a := c.call("GET", "/sandboxes", "", "Authorization: "+header, "Host: "+host)
			switch {
			case ok:
				a.is(http.StatusOK) // whatever the name
			case host == "evil.example":
				a.refused(http.StatusForbidden, "control token")
			default:
				a.refused(http.StatusUnauthorized, "Authorization", "Bearer")
				if a.header.Get("WWW-Authenticate") == "" {
					t.Error("a 401 without WWW-Authenticate")
				}
			}
		}
	}
	c.call("GET", "/nowhere", "").is(http.StatusUnauthorized)
	c.call("PATCH", "/sandboxes", "").is(http.StatusUnauthorized)
	c.call("GET", "/healthz", "").is(http.StatusOK)
	c.call("GET", "/readyz", "").is(http.StatusOK)
	c.call("GET", "/healthz/", "").is(http.StatusUnauthorized)
}

func TestPagesOfOtherSitesChangeNothing(t *testing.T) {
	c := start(t, control.Config{})
	own := "Origin: " + c.url
	for _, h := range []string{"Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"} {
		c.call("POST", "/sandboxes/default/reset", "", h).refused(http.StatusForbidden, "another site")
		c.call("DELETE", "/sandboxes/default/requests", "", h).is(http.StatusForbidden)
		c.call("GET", "/sandboxes", "", h).is(http.StatusOK) // which the page cannot read: there is no CORS here
	}
	for _, h := range []string{own, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none", "X-Nothing: at all"} {
		c.call("POST", "/sandboxes/default/reset", "", h).is(http.StatusOK)
	}
	guarded := start(t, control.Config{Token: token})
	guarded.call("POST", "/sandboxes/default/reset", "", "Origin: https://evil.example").is(http.StatusUnauthorized)
	guarded.call("POST", "/sandboxes/default/reset", "", "Origin: https://evil.example", "Authorization: Bearer "+token).is(http.StatusOK)
}

func TestWrongPathsAndMethodsAreProblems(t *testing.T) {
	c := start(t, control.Config{})
	for _, path := range []string{
		"/nowhere", "/", "/sandboxes/", "//sandboxes", "/sandboxes/default/", "/sandboxes/default/nothing", "/sandboxes/..%2Fdefault",
		"/sandboxes/default/../default", "/Sandboxes", "/openapi/", "/openapi", "/sandboxes/%ff", "/sandboxes/record%2Fdefault",
	} {
		c.call("GET", path, "").refused(http.StatusNotFound)
	}
	for path, allow := range map[string]string{
		"/healthz": "GET, HEAD", "/sandboxes": "GET, HEAD, POST", "/sandboxes/default": "DELETE, GET, HEAD, PATCH, PUT",
		"/sandboxes/default/reset": "POST", "/sandboxes/default/requests": "DELETE, GET, HEAD",
	} {
		a := c.call("OPTIONS", path, "")
		a.refused(http.StatusMethodNotAllowed, "OPTIONS", allow)
		if got := a.header.Get("Allow"); got != allow {
			t.Errorf("%s: Allow %q, want %q", path, got, allow)
		}
	}
}

func TestHeadIsAnsweredWhereGetIs(t *testing.T) {
	c := start(t, control.Config{})
	for path, status := range map[string]int{
		"/healthz": http.StatusOK, "/sandboxes/default": http.StatusOK, "/sandboxes/nobody": http.StatusNotFound, "/sandboxes/default/reset": http.StatusMethodNotAllowed,
	} {
		if a := c.call("HEAD", path, "").is(status); a.body != "" {
			t.Errorf("%s: body %q", path, a.body)
		}
	}
}

func TestRepliesAreNotKept(t *testing.T) {
	c := start(t, control.Config{})
	for _, path := range []string{"/sandboxes", "/nowhere", "/healthz"} {
		a := c.call("GET", path, "")
		if a.header.Get("Cache-Control") != "no-store" || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, a.header)
		}
	}
}

func TestBodiesAreTakenAsJSON(t *testing.T) {
	c := start(t, control.Config{})
	const at = "/sandboxes/default"
	for contentType, status := range map[string]int{
		"": http.StatusOK, "application/json": http.StatusOK, "application/json; charset=utf-8": http.StatusOK, "Application/JSON": http.StatusOK,
		"application/merge-patch+json": http.StatusOK, "text/plain": http.StatusUnsupportedMediaType, "json": http.StatusUnsupportedMediaType,
		"application/x-www-form-urlencoded": http.StatusUnsupportedMediaType, "application/json;;": http.StatusUnsupportedMediaType,
	} {
		c.call("PATCH", at, `{"name":"x"}`, "Content-Type: "+contentType).is(status)
	}
	c.call("PUT", at, `{}`, "Content-Type: application/merge-patch+json").is(http.StatusUnsupportedMediaType)
	c.call("PUT", at, ``).refused(http.StatusBadRequest, "body", "required")
	c.call("PATCH", at, "{\"name\":\"\xff\"}").refused(http.StatusBadRequest, "body", "UTF-8")
}
