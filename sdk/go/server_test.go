package letmepost

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// answer is what one request is answered with. cut breaks the connection, before the answer or
// within it.
type answer struct {
	status  int
	headers map[string]string
	body    string
	cut     string
}

// asked is one request as it came.
type asked struct {
	method, url string
	header      http.Header
	body        string
}

// testServer gives its answers in order, the last one again and again.
type testServer struct {
	t       *testing.T
	url     string
	mutex   sync.Mutex
	answers []answer
	asked   []asked
}

func serverThat(t *testing.T, answers ...answer) *testServer {
	t.Helper()
	made := &testServer{t: t, answers: answers}
	server := httptest.NewServer(made)
	t.Cleanup(server.Close)
	made.url = server.URL
	return made
}

func (s *testServer) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.asked = append(s.asked, asked{request.Method, request.RequestURI, request.Header, string(body)})
	number := len(s.asked)
	if number > len(s.answers) {
		number = len(s.answers)
	}
	next := s.answers[number-1]
	if next.cut == "before" {
		panic(http.ErrAbortHandler)
	}
	if next.body == "" {
		next.body = "{}"
	}
	for name, value := range next.headers {
		response.Header().Set(name, value)
	}
	if next.cut == "within" {
		response.Header().Set("Content-Length", fmt.Sprint(len(next.body)+100))
	}
	if next.status != 0 {
		response.WriteHeader(next.status)
	}
	_, _ = io.WriteString(response, next.body)
	if next.cut == "within" {
		panic(http.ErrAbortHandler)
	}
}

func (s *testServer) client(options ...ClientOption) *Client {
	s.t.Helper()
	given := []ClientOption{
		WithAPIKey("lmp_test_key"), WithBaseURL(s.url), WithRetryBase(time.Millisecond),
		// Of its own, so that a connection that was cut is not met again in another test.
		WithHTTPClient(&http.Client{Transport: &http.Transport{}}),
	}
	client, err := New(append(given, options...)...)
	if err != nil {
		s.t.Fatal(err)
	}
	return client
}

func (s *testServer) keys() []string {
	var keys []string
	for _, each := range s.asked {
		keys = append(keys, each.header.Get("Idempotency-Key"))
	}
	return keys
}

// envelope is the body of an error as the server writes it.
func envelope(code string, more map[string]any) string {
	fields := map[string]any{
		"code": code, "message": "It went wrong.", "remediation": "Do it otherwise.",
		"docUrl": "http://127.0.0.1/docs/errors/" + code, "requestId": "req_1", "retryable": false,
	}
	for name, value := range more {
		fields[name] = value
	}
	written, err := json.Marshal(map[string]any{"error": fields})
	if err != nil {
		panic(err)
	}
	return string(written)
}

func temporary(status int, code string) answer {
	return answer{status: status, body: envelope(code, map[string]any{"retryable": true})}
}

func equal[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}

var background = context.Background()
