package letmepost

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// request is complete: every try of it is the same.
type request struct {
	method  string
	address string
	headers http.Header
	body    body
}

// body is what a request carries; each try begins it anew.
type body interface {
	// begin gives the bytes, their number or -1, and their type.
	begin() (io.Reader, int64, string, error)
	// repeatable tells whether it can begin more than once.
	repeatable() bool
}

// jsonBody is a document that is sent.
type jsonBody []byte

func (b jsonBody) begin() (io.Reader, int64, string, error) {
	return bytes.NewReader(b), int64(len(b)), "application/json", nil
}

func (b jsonBody) repeatable() bool { return true }

// call sends a request with a document in it, or none, and gives its answer.
func call[A any](
	ctx context.Context, client *Client, method, path string, query url.Values, document any,
	options []CallOption,
) (*A, error) {
	var sent body
	if document != nil {
		written, err := json.Marshal(document)
		if err != nil {
			return nil, fmt.Errorf("letmepost: the request cannot be written: %w", err)
		}
		if brokenText.Match(written) {
			return nil, ErrNotUTF8
		}
		sent = jsonBody(written)
	}
	return send[A](ctx, client, method, path, query, sent, options)
}

// send sends a request to the API, and gives its answer.
func send[A any](
	ctx context.Context, client *Client, method, path string, query url.Values, sent body,
	options []CallOption,
) (*A, error) {
	if path == "" {
		return nil, ErrNoID
	}
	settings := client.settings(options)
	address := client.baseURL + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	complete := request{method, address, client.headers(method, &settings), sent}
	response, read, err := client.answered(ctx, complete, settings)
	if err != nil {
		return nil, err
	}
	answer := new(A)
	if err := json.Unmarshal(read, answer); err != nil {
		return nil, typed(*unreadableAnswer(response, err))
	}
	return answer, nil
}

// put sends bytes to an address that needs no key, perhaps of another server.
func (c *Client) put(
	ctx context.Context, address string, headers map[string]string, sent body, options []CallOption,
) error {
	complete := request{http.MethodPut, address, http.Header{}, sent}
	for name, value := range headers {
		complete.headers.Set(name, value)
	}
	_, _, err := c.answered(ctx, complete, c.settings(options))
	return err
}

// answered sends a request until it is answered with 2xx or no try is left.
func (c *Client) answered(
	ctx context.Context, complete request, settings callSettings,
) (*http.Response, []byte, error) {
	lastTry := settings.retries
	if complete.body != nil && !complete.body.repeatable() {
		lastTry = 0
	}
	for try := 0; ; try++ {
		response, read, err := c.try(ctx, complete)
		if err != nil && ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if errors.Is(err, errUnsendable) {
			return nil, nil, err
		}
		var failure *LetmepostError
		wait := backoff(try, c.retryBase, random())
		switch {
		case err != nil:
			failure = networkFailure(err)
		case response.StatusCode < 300:
			settings.show(response)
			return response, read, nil
		default:
			failure = answeredFailure(response, read)
			if asked, isAsked := retryAfter(response.Header, time.Now()); isAsked {
				wait = shorter(asked, c.retryAfterMax)
			}
		}
		if try >= lastTry || !worthRetrying(failure, try) {
			settings.show(response)
			return nil, nil, typed(*failure)
		}
		if err := sleep(ctx, wait); err != nil {
			return nil, nil, err
		}
	}
}

// ErrNotUTF8 says that a text is not UTF-8: what is broken would be published as U+FFFD.
var ErrNotUTF8 = errors.New("letmepost: a text is not UTF-8")

// How encoding/json writes a byte that is no character; U+FFFD itself stands as it is.
var brokenText = regexp.MustCompile(`(?:^|[^\\])(?:\\\\)*\\ufffd`)

// ErrNoID says that an id is empty, or none: it would lead to another address.
var ErrNoID = errors.New("letmepost: the id is empty or a part of a path")

var errUnsendable = errors.New("letmepost: the request cannot be sent")

// try makes one try. A connection that breaks, be it within the answer, is no answer.
func (c *Client) try(ctx context.Context, complete request) (*http.Response, []byte, error) {
	sent, err := http.NewRequestWithContext(ctx, complete.method, complete.address, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %v", errUnsendable, err)
	}
	sent.Header = complete.headers.Clone()
	if complete.body != nil {
		reader, size, contentType, err := complete.body.begin()
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %v", errUnsendable, err)
		}
		guarded := &guardedBody{reader: reader}
		// What is still read in the background must not be begun anew.
		defer guarded.end()
		sent.Body, sent.ContentLength = guarded, size
		if contentType != "" {
			sent.Header.Set("Content-Type", contentType)
		}
	}
	response, err := c.http.Do(sent)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, nil, err
	}
	return response, read, nil
}

func (c *Client) settings(options []CallOption) callSettings {
	settings := callSettings{retries: c.retries, headers: http.Header{}}
	for _, option := range options {
		option(&settings)
	}
	return settings
}

func (c *Client) headers(method string, settings *callSettings) http.Header {
	headers := http.Header{}
	headers.Set("Accept", "application/json")
	headers.Set("Authorization", "Bearer "+c.apiKey())
	if method != http.MethodGet {
		// One key for every try: what the first one did is not done again.
		if settings.idempotencyKey == "" {
			settings.idempotencyKey = newUUID()
		}
		headers.Set("Idempotency-Key", settings.idempotencyKey)
	}
	for _, more := range []http.Header{c.defaultHeaders, settings.headers} {
		for name, values := range more {
			headers[name] = values
		}
	}
	return headers
}

func (s *callSettings) show(response *http.Response) {
	if s.onResponse != nil && response != nil {
		s.onResponse(response)
	}
}

// newUUID makes a random UUID, version 4.
func newUUID() string {
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		panic(err) // A system without randomness can make no key.
	}
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

func shorter(one, other time.Duration) time.Duration {
	if one < other {
		return one
	}
	return other
}

// random is a number from 0 to 1 that no other process has too.
func random() float64 {
	var bits [8]byte
	if _, err := rand.Read(bits[:]); err != nil {
		return 1
	}
	return float64(binary.BigEndian.Uint64(bits[:])) / (1 << 64)
}

// at puts an id into a path between its first part and its others. It is empty where the id would
// lead to another address.
func at(before, id string, after ...string) string {
	if before == "" || id == "" || id == "." || id == ".." {
		return ""
	}
	path := before + url.PathEscape(id)
	for _, part := range after {
		path += part
	}
	return path
}
