package mockserver_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"stagedoor/mockserver"
	"stagedoor/mockserver/mocktest"
	"stagedoor/mockserver/sandbox"
)

// scraped are the metrics of a mock, line by line.
func scraped(t *testing.T, mock *mocktest.Mock) string {
	t.Helper()
	resp, err := http.Get(mock.ControlURL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", resp.Status, err)
	}
	return "\n" + string(text)
}

func TestMetricsCountWhatIsAnswered(t *testing.T) {
	mock := mocktest.Start(t, mockserver.Config{})
	u := newUniverse(t, mock, sandbox.Settings{})
	sent := u.must("otpSent", "login", u.byPhone("9876500001"))
	wrong := u.answer(sent)
	wrong["otp"] = "0000"
	u.must("otpVerificationFailed", "verifyLoginOtp", wrong)
	u.must("verified", "verifyLoginOtp", u.answer(sent))
	u.must("otpVerificationFailed", "verifyLoginOtp", u.answer(sent))
	u.request("GET", "/nowhere/of/any/system")
	u.request("GET", "/api/v1/nothing")

	text := scraped(t, mock)
	for _, line := range []string{
		`stagedoor_requests_total{operation="login",outcome="otpSent",system="subscriber"} 1`,
		`stagedoor_requests_total{operation="verifyLoginOtp",outcome="otpVerificationFailed",system="subscriber"} 2`,
		`stagedoor_requests_total{operation="",outcome="notFound",system="subscriber"} 1`,
		`stagedoor_request_duration_seconds_count{operation="verifyLoginOtp",system="subscriber"} 3`,
		`stagedoor_request_duration_seconds_bucket{operation="login",system="subscriber",le="+Inf"} 1`,
		`stagedoor_otps_issued_total{purpose="login",system="subscriber"} 1`,
		`stagedoor_otps_refused_total{reason="wrong",system="subscriber"} 1`,
		`stagedoor_otps_refused_total{reason="used",system="subscriber"} 1`,
		`stagedoor_sandboxes 2`,
		`stagedoor_journal_entries 6`,
		`stagedoor_inbox_messages 1`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("there is no line %s", line)
		}
	}
	if !strings.Contains(text, "\ngo_goroutines ") {
		t.Error("the Go runtime is not measured")
	}
	if t.Failed() {
		t.Log(text)
	}
}

// Two mocks in one process have nothing of each other in their metrics, which a
// global registry would mix.
func TestMetricsAreOfOneMock(t *testing.T) {
	first, second := mocktest.Start(t, mockserver.Config{}), mocktest.Start(t, mockserver.Config{})
	newUniverse(t, first, sandbox.Settings{}).must("otpSent", "login", newUniverse(t, first, sandbox.Settings{}).byPhone("9876500001"))
	if text := scraped(t, second); strings.Contains(text, `operation="login"`) {
		t.Error("the second mock shows a call of the first")
	}
}

func TestProfilesAreServedWhereTheyAreWanted(t *testing.T) {
	for wanted, status := range map[bool]int{false: http.StatusNotFound, true: http.StatusOK} {
		mock := mocktest.Start(t, mockserver.Config{Pprof: wanted, ControlToken: "let-me-in"})
		for _, path := range []string{"/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/heap", "/debug/pprof/symbol"} {
			for token, want := range map[string]int{"": http.StatusUnauthorized, "Bearer let-me-in": status} {
				r, err := http.NewRequest("GET", mock.ControlURL+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Authorization", token)
				resp, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if resp.StatusCode != want {
					t.Errorf("wanted %v, token %q: %s is answered with %d, want %d", wanted, token, path, resp.StatusCode, want)
				}
			}
		}
	}
}
