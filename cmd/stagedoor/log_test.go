package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// logged is the line of a record without its time.
func logged(t *testing.T, coloured bool, level slog.Level, message string, attrs ...slog.Attr) string {
	t.Helper()
	var out strings.Builder
	h := &lineHandler{lock: &sync.Mutex{}, w: &out, coloured: coloured}
	log := slog.New(h).With("port", 1).WithGroup("g")
	if message == "call" {
		log = slog.New(h)
	}
	log.LogAttrs(context.Background(), level, message, attrs...)
	line, ok := strings.CutSuffix(out.String(), "\n")
	if !ok || strings.Contains(line, "\n") {
		t.Fatalf("want one line, got %q", out.String())
	}
	_, line, _ = strings.Cut(line, " ")
	return line
}

func TestLogHasALinePerCall(t *testing.T) {
	call := []slog.Attr{
		slog.String("method", "POST"), slog.String("path", "/p"), slog.Int("status", 200),
		slog.Duration("duration", 1234567*time.Nanosecond), slog.String("request", "7"),
		slog.String("operation", "subscriber.login"), slog.String("outcome", "otpSent"), slog.String("sandbox", "s-1"),
		slog.String("forced", "prefer"), slog.String("reason", "because\x1b[2J"), slog.String("to", "919876500001"), slog.String("code", "1234"),
	}
	got := strings.Join(strings.Fields(logged(t, false, slog.LevelInfo, "call", call...)), " ")
	want := "subscriber.login otpSent 200 1.23ms in s-1, forced by prefer, because?[2J, to 919876500001, code 1234"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := logged(t, true, slog.LevelInfo, "call", call...); !strings.Contains(got, "\x1b[32m200\x1b[0m") {
		t.Errorf("a success is not green: %q", got)
	}
}

func TestLogShowsOtherRecordsWithTheirAttributes(t *testing.T) {
	if got, want := logged(t, false, slog.LevelInfo, "listening", slog.String("api", "a")), "listening port=1 g.api=a"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := logged(t, false, slog.LevelError, "failed\nbadly"), "ERROR failed?badly port=1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLogKeepsTheTime(t *testing.T) {
	var out strings.Builder
	h := &lineHandler{lock: &sync.Mutex{}, w: &out}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := h.Handle(context.Background(), slog.NewRecord(at, slog.LevelInfo, "listening", 0)); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "03:04:05 listening\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
