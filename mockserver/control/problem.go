package control

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/sandbox"
)

// problem is an error that a client is told as it is: a problem document
// (RFC 9457). Its detail begins with the field, parameter or header that is to
// be mended.
type problem struct {
	status int
	detail string
	header http.Header
}

// Error is the detail.
func (p *problem) Error() string { return p.detail }

func refuse(status int, format string, args ...any) *problem {
	return &problem{status: status, detail: fmt.Sprintf(format, args...), header: http.Header{}}
}

// problemOf is the problem that an error is told as. What it does not know is a
// failure of the store and none of the client's business.
func problemOf(err error) *problem {
	var known *problem
	var document *sandbox.Problem
	var taken *account.Taken
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &document):
		return refuse(http.StatusBadRequest, "%s", document.Error())
	case errors.As(err, &taken):
		return refuse(http.StatusConflict, "%s: %s; choose another, or delete that one", taken.Identity.Kind, taken.Error())
	case errors.Is(err, sandbox.ErrConflict):
		return refuse(http.StatusConflict, "%s; choose another, or delete the sandbox that has it", err.Error())
	case errors.Is(err, sandbox.ErrDefault):
		return refuse(http.StatusConflict, "id: %s", err.Error())
	case errors.Is(err, sandbox.ErrNotFound), errors.Is(err, account.ErrNotFound):
		return refuse(http.StatusNotFound, "%s", err.Error())
	}
	return refuse(http.StatusInternalServerError, "the store does not answer; the log of the server says why")
}

// fail answers with the problem that err is, and logs what it does not show.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	if p.status >= http.StatusInternalServerError {
		a.config.Log.Error("the control API failed to answer", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	body, err := encode(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{"about:blank", http.StatusText(p.status), p.status, oneLine(p.detail)})
	if err != nil {
		a.config.Log.Error("the control API failed to word a problem", "error", err)
	}
	answer := reply{status: p.status, header: http.Header{"Content-Type": {"application/problem+json"}}, body: body}
	maps.Copy(answer.header, p.header)
	answer.send(w)
}

// oneLine puts joined errors side by side.
func oneLine(detail string) string { return strings.ReplaceAll(detail, "\n", "; ") }
