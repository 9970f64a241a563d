package pipeline

import "net/http"

const (
	allowedHeaders = "AccessToken, authToken, CompanyID, ClientID, Authorization, Prefer, Content-Type"
	exposed        = "Retry-After, Allow, Stagedoor-Outcome, Stagedoor-Reason, Stagedoor-Forced, Stagedoor-Request"
)

// preflight answers a CORS preflight: any origin may use the API.
func preflight(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodOptions || r.Header.Get("Origin") == "" || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
	h.Set("Access-Control-Allow-Headers", allowedHeaders)
	h.Set("Access-Control-Max-Age", "600")
	h.Set("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
	w.WriteHeader(http.StatusNoContent)
	return true
}
