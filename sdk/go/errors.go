package letmepost

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

const (
	internalError = "internal_error"
	// No code of the server: who answered is somebody else.
	unknown = "unknown"
)

// LetmepostError is a call that failed. Branch on the type of the error, or on Code and Rule; never
// on the message. What the server did not say is zero.
//
// Each code that this version knows has a type of its own, such as *PreflightFailedError; a code
// that it does not know comes as *LetmepostError itself.
type LetmepostError struct {
	// The HTTP status; 0 when no answer came.
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
	// The rule that was broken, or the dotted path of the field that is wrong.
	Rule            string `json:"rule,omitempty"`
	Platform        string `json:"platform,omitempty"`
	PlatformVersion string `json:"platformVersion,omitempty"`
	// What the platform answered, in its own words.
	PlatformResponse any `json:"platformResponse,omitempty"`
	// What to do about it.
	Remediation string `json:"remediation,omitempty"`
	DocURL      string `json:"docUrl,omitempty"`
	RuleURL     string `json:"ruleUrl,omitempty"`
	// Finds this call in the server's log.
	RequestID string `json:"requestId,omitempty"`
	// Whether the same call may succeed later.
	Retryable bool `json:"retryable"`
	// How long to wait before that: from the answer's body, else from its Retry-After.
	RetryAfterSeconds float64 `json:"retryAfterSeconds,omitempty"`
	RetryAfterSource  string  `json:"retryAfterSource,omitempty"`
	// Every broken rule, not only the first.
	Violations []Violated `json:"violations,omitempty"`
	// The post that a refused call has left behind.
	PostID string `json:"postId,omitempty"`

	cause error
}

// Error gives the message with the code, and what to do about it.
func (e *LetmepostError) Error() string {
	text := fmt.Sprintf("letmepost: %s: %s", e.Code, e.Message)
	if e.Remediation != "" {
		text += " " + e.Remediation
	}
	return text
}

// Unwrap gives what the failure came from, such as the fault of the connection.
func (e *LetmepostError) Unwrap() error { return e.cause }

// networkFailure is the error of a call that got no answer.
func networkFailure(cause error) *LetmepostError {
	reason := cause
	// The address may hold the signature of an upload.
	var failed *url.Error
	if errors.As(cause, &failed) {
		reason = failed.Err
	}
	return &LetmepostError{
		Code:        internalError,
		Message:     fmt.Sprintf("The server did not answer: %v.", reason),
		Remediation: "Check the address and the connection, then try again with the same key.",
		Retryable:   true,
		cause:       cause,
	}
}

// answeredFailure is the error of an answer that is not 2xx, whoever wrote it: the server, or a
// proxy before it.
func answeredFailure(response *http.Response, body []byte) *LetmepostError {
	var sent struct {
		Error LetmepostError `json:"error"`
	}
	if json.Unmarshal(body, &sent) != nil || sent.Error.Code == "" {
		sent.Error = LetmepostError{
			Code:      unknown,
			Message:   fmt.Sprintf("The answer has status %d and no error in its body.", response.StatusCode),
			Retryable: response.StatusCode == http.StatusTooManyRequests || response.StatusCode >= 500,
		}
	}
	failure := &sent.Error
	failure.Status = response.StatusCode
	if failure.RequestID == "" {
		failure.RequestID = response.Header.Get("X-Request-Id")
	}
	if wait, said := retryAfter(response.Header, time.Now()); said && failure.RetryAfterSeconds == 0 {
		failure.RetryAfterSeconds = wait.Seconds()
	}
	return failure
}

// unreadableAnswer is the error of a 2xx answer that is not the JSON that it should be.
func unreadableAnswer(response *http.Response, cause error) *LetmepostError {
	return &LetmepostError{
		Status:  response.StatusCode,
		Code:    unknown,
		Message: "The answer is not what this call should give. Is the base URL that of a letmepost server?",
		cause:   cause,
	}
}
