package letmepost

import (
	"fmt"
	"net/http"
	"time"
)

type callSettings struct {
	idempotencyKey string
	retries        int
	headers        http.Header
	onResponse     func(*http.Response)
}

// CallOption changes one call. A context ends it, waits included.
type CallOption func(*callSettings)

// IdempotencyKey gives the key of a call that changes something; a new UUID without it.
func IdempotencyKey(key string) CallOption {
	return func(s *callSettings) { s.idempotencyKey = key }
}

// Retries says how often this call is sent again, in place of the client's number.
func Retries(times int) CallOption { return func(s *callSettings) { s.retries = times } }

// Header adds a header to this call; it wins over the client's.
func Header(name, value string) CallOption {
	return func(s *callSettings) { s.headers.Set(name, value) }
}

// WaitAtMost says how long the server may wait for the platforms before it answers: up to 120
// seconds, and not at all with 0. The server's own choice is 30 seconds.
func WaitAtMost(wait time.Duration) CallOption {
	if wait == 0 {
		return Header("Prefer", "respond-async")
	}
	return Header("Prefer", fmt.Sprintf("wait=%d", int(wait.Seconds())))
}

// OnResponse is shown the last answer: its status and headers, such as Idempotency-Replayed. Its
// body has been read.
func OnResponse(show func(*http.Response)) CallOption {
	return func(s *callSettings) { s.onResponse = show }
}
