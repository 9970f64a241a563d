package pipeline

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"stagedoor/mockserver/clock"
	"stagedoor/mockserver/fault"
)

// transfer sends a reply the way a fault rule has it, or drops the connection:
// by http.ErrAbortHandler, on which net/http closes it, or ends the stream of
// HTTP/2, and logs nothing. A server other than that of net/http must let this
// panic pass.
func (x *exchange) transfer(w http.ResponseWriter) {
	if x.status == 0 {
		panic(http.ErrAbortHandler)
	}
	s := x.struck
	w.Header().Set("Content-Length", strconv.Itoa(s.length))
	w.WriteHeader(x.status)
	if slow := s.Effect.SlowBody.Std(); slow > 0 {
		dribble(x.request.Context(), w, x.reply, slow)
	} else {
		_, _ = w.Write(x.reply)
	}
	if s.Effect.Drop == fault.DropMiddle {
		// What was written so far is to arrive. A client that has gone, or a
		// writer that cannot flush, is no reason to go on.
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// dribble sends a head at once and a body in pieces over a time. It stops when
// the client goes.
func dribble(ctx context.Context, w http.ResponseWriter, body []byte, over time.Duration) {
	const most = 20
	pieces := min(max(len(body), 1), most)
	flush := http.NewResponseController(w).Flush
	_ = flush()
	for i := range pieces {
		if clock.Sleep(ctx, over/time.Duration(pieces)) != nil {
			return
		}
		_, _ = w.Write(body[i*len(body)/pieces : (i+1)*len(body)/pieces])
		_ = flush()
	}
}
