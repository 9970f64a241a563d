package spec_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"stagedoor/spec"
)

var loaded = sync.OnceValues(spec.Load)

func contract(t testing.TB) *spec.Contract {
	t.Helper()
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// operation finds "subscriber.login".
func operation(t testing.TB, name string) *spec.Operation {
	t.Helper()
	found := contract(t).Operations(name)
	if len(found) != 1 {
		t.Fatalf("%d operations are named %s", len(found), name)
	}
	return found[0]
}

// outcome finds an outcome of an operation, "subscriber.login" and "loggedIn".
func outcome(t testing.TB, operationName, name string) *spec.Outcome {
	t.Helper()
	o := operation(t, operationName).Outcome(name)
	if o == nil {
		t.Fatalf("%s has no outcome %s", operationName, name)
	}
	return o
}

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

func outcomeNames(outcomes []*spec.Outcome) []string {
	names := make([]string, len(outcomes))
	for i, o := range outcomes {
		names[i] = o.Name
	}
	return names
}

func TestContractHoldsTheFourSystemsInOrder(t *testing.T) {
	want := map[string]int{"subscriber": 22, "digipay": 2, "watch": 9, "verifynow": 3}
	c := contract(t)
	var names []string
	for _, s := range c.Systems {
		names = append(names, s.Name)
		if got := len(s.Operations); got != want[s.Name] {
			t.Errorf("%s has %d operations, not %d", s.Name, got, want[s.Name])
		}
	}
	if !slices.Equal(names, []string{"subscriber", "digipay", "watch", "verifynow"}) {
		t.Errorf("the systems are %v", names)
	}
}

func TestOperationsStandInTheOrderOfTheFile(t *testing.T) {
	for _, s := range contract(t).Systems {
		last := -1
		for _, o := range s.Operations {
			at := strings.Index(string(s.Source), "operationId: "+o.ID+"\n")
			if at < last {
				t.Errorf("%s comes after an operation that is written below it", o.Name())
			}
			last = at
		}
	}
}

func TestEveryOperationCanFailAndSucceed(t *testing.T) {
	for _, s := range contract(t).Systems {
		for _, o := range s.Operations {
			if !o.Outcomes[0].Successful() {
				t.Errorf("the first outcome of %s is %s, which is no success", o.Name(), o.Outcomes[0].Name)
			}
			if o.Outcome(spec.OutcomeServerError) == nil {
				t.Errorf("%s has no outcome %s", o.Name(), spec.OutcomeServerError)
			}
			if o.Outcome(s.DefaultRefusal).Successful() {
				t.Errorf("%s refuses with a success", o.Name())
			}
		}
	}
}

func TestSystemsKnowTheirPaths(t *testing.T) {
	for path, want := range map[string]string{
		"/api/v1/anything":            "subscriber",
		"/api/v1":                     "subscriber",
		"/api/v12":                    "",
		"/digipay/v3/auth/verify_otp": "digipay",
		"/v2/watch/auth/login":        "watch",
		"/auth/v1/no/such/path":       "verifynow",
		"/verification/v3/send":       "verifynow",
		"/verification":               "",
		"/":                           "",
	} {
		got := ""
		for _, s := range contract(t).Systems {
			if s.Holds(path) {
				got += s.Name
			}
		}
		if got != want {
			t.Errorf("%s belongs to %q, not %q", path, got, want)
		}
	}
}

func TestRouteEscapesItsParameters(t *testing.T) {
	got := operation(t, "subscriber.login").Route(map[string]string{"token": "a/b c", "device": "tv", "platform": "ios"})
	if want := "/api/v1/user/login/token/a%2Fb%20c/device/tv/platform/ios"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOperationsAreFoundByBothNames(t *testing.T) {
	c := contract(t)
	if got := len(c.Operations("login")); got != 2 {
		t.Errorf("login names %d operations, not those of subscriber and watch", got)
	}
	if got := c.Operations("watch.login"); len(got) != 1 || got[0].System.Name != "watch" {
		t.Errorf("watch.login names %v", got)
	}
	if got := c.Operations("logni"); got != nil {
		t.Errorf("logni names %v", got)
	}
	if names := c.OperationNames(); len(names) != 36 || !slices.Contains(names, "digipay.sendOtp") {
		t.Errorf("the names are %v", names)
	}
}
