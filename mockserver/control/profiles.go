package control

import (
	"net/http"
	"net/http/pprof"
)

// profilesUnder is where net/http/pprof wants to be.
const profilesUnder = "/debug/pprof/"

// profiles are those of the Go runtime.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(profilesUnder, pprof.Index)
	mux.HandleFunc(profilesUnder+"cmdline", pprof.Cmdline)
	mux.HandleFunc(profilesUnder+"profile", pprof.Profile)
	mux.HandleFunc(profilesUnder+"symbol", pprof.Symbol)
	mux.HandleFunc(profilesUnder+"trace", pprof.Trace)
	return mux
}
