package journal

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// HAR is entries as an HTTP Archive 1.2, the file that a browser's developer
// tools import.
type HAR struct {
	Log HARLog `json:"log"`
}

// HARLog is what an archive is about.
type HARLog struct {
	Version string     `json:"version"`
	Creator HARCreator `json:"creator"`
	Comment string     `json:"comment,omitempty"`
	Entries []HAREntry `json:"entries"`
}

// HARCreator is the program that wrote an archive.
type HARCreator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// HAREntry is one answered call. Its time is that of the sandbox clock.
type HAREntry struct {
	StartedDateTime time.Time   `json:"startedDateTime"`
	Time            float64     `json:"time"` // milliseconds
	Request         HARRequest  `json:"request"`
	Response        HARResponse `json:"response"`
	Cache           struct{}    `json:"cache"`
	Timings         HARTimings  `json:"timings"`
	Comment         string      `json:"comment,omitempty"`
	// Stagedoor is what HAR has no word for; other programs leave such alone.
	Stagedoor HARStagedoor `json:"_stagedoor"`
}

// HARStagedoor is what the journal knows of a call besides.
type HARStagedoor struct {
	ID        string    `json:"id"`
	System    string    `json:"system"`
	Operation string    `json:"operation"`
	Outcome   string    `json:"outcome"`
	Forced    Forced    `json:"forced"`
	Findings  []Finding `json:"findings"`
}

// HARRequest is a call as it came.
type HARRequest struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"` // absolute
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []HARPair `json:"cookies"`
	Headers     []HARPair `json:"headers"`
	QueryString []HARPair `json:"queryString"`
	PostData    *HARPost  `json:"postData,omitempty"`
	HeadersSize int       `json:"headersSize"` // -1: not known
	BodySize    int       `json:"bodySize"`
}

// HARPost is the body of a request.
type HARPost struct {
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
}

// HARResponse is the answer as it went out.
type HARResponse struct {
	Status      int        `json:"status"`
	StatusText  string     `json:"statusText"`
	HTTPVersion string     `json:"httpVersion"`
	Cookies     []HARPair  `json:"cookies"`
	Headers     []HARPair  `json:"headers"`
	Content     HARContent `json:"content"`
	RedirectURL string     `json:"redirectURL"`
	HeadersSize int        `json:"headersSize"` // -1: not known
	BodySize    int        `json:"bodySize"`
}

// HARContent is the body of a response.
type HARContent struct {
	Size     int    `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
	Encoding string `json:"encoding,omitempty"` // "base64" for what is no text
}

// HARPair is a header or a parameter of a query.
type HARPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// HARTimings are the phases of a call, in milliseconds: all of it is waiting.
type HARTimings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

// NewHAR makes an archive of entries. Tokens, one-time codes and credentials are
// replaced by placeholders, the same by the same, unless keepSecrets; passwords
// are in no entry.
func NewHAR(creator HARCreator, entries []Entry, keepSecrets bool) HAR {
	log := HARLog{Version: "1.2", Creator: creator, Entries: []HAREntry{}}
	mask := func(e Entry) Entry { return e }
	if !keepSecrets {
		mask = newMasker(entries).entry
		log.Comment = "Tokens, one-time codes and credentials are replaced; the same placeholder stands for the same value."
	}
	for _, e := range entries {
		log.Entries = append(log.Entries, harEntry(mask(e)))
	}
	return HAR{Log: log}
}

func harEntry(e Entry) HAREntry {
	return HAREntry{
		StartedDateTime: e.At, Time: e.DurationMS, Timings: HARTimings{Wait: e.DurationMS}, Comment: e.Reason,
		Request: harRequest(e.Request), Response: harResponse(e),
		Stagedoor: HARStagedoor{ID: e.ID, System: e.System, Operation: e.Operation, Outcome: e.Outcome, Forced: e.Forced, Findings: e.Findings},
	}
}

func harRequest(r Request) HARRequest {
	out := HARRequest{
		Method: r.Method, URL: r.Origin + r.URL, HTTPVersion: r.Proto, Cookies: []HARPair{},
		Headers: harHeaders(r.Headers), QueryString: harQuery(r.URL), HeadersSize: -1, BodySize: len(r.Body),
	}
	if len(r.Body) > 0 {
		out.PostData = &HARPost{MimeType: mediaType(r.Headers), Text: strings.ToValidUTF8(string(r.Body), "\uFFFD")}
	}
	return out
}

func harResponse(e Entry) HARResponse {
	content := HARContent{Size: len(e.Reply.Body), MimeType: mediaType(e.Reply.Headers), Text: string(e.Reply.Body)}
	if !utf8.Valid(e.Reply.Body) {
		content.Text, content.Encoding = base64.StdEncoding.EncodeToString(e.Reply.Body), "base64"
	}
	return HARResponse{
		Status: e.Status, StatusText: http.StatusText(e.Status), HTTPVersion: e.Request.Proto, Cookies: []HARPair{},
		Headers: harHeaders(e.Reply.Headers), Content: content, HeadersSize: -1, BodySize: len(e.Reply.Body),
	}
}

// mediaType is the Content-Type as it is written. An archive has to name one.
func mediaType(headers map[string][]string) string {
	if values := headers["Content-Type"]; len(values) > 0 {
		return values[0]
	}
	return "application/octet-stream"
}

func harHeaders(headers map[string][]string) []HARPair {
	pairs := []HARPair{}
	for _, name := range sortedNames(headers) {
		for _, value := range headers[name] {
			pairs = append(pairs, HARPair{name, strings.ToValidUTF8(value, "\uFFFD")})
		}
	}
	return pairs
}

// harQuery are the parameters of a URL in their order.
func harQuery(u string) []HARPair {
	pairs := []HARPair{}
	_, query, _ := strings.Cut(u, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		pairs = append(pairs, HARPair{queryUnescaped(name), queryUnescaped(value)})
	}
	return pairs
}

func queryUnescaped(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return plain
}

func sortedNames(headers map[string][]string) []string {
	return slices.Sorted(maps.Keys(headers))
}
