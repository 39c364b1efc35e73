package letmepost

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"testing"
	"time"
)

var (
	uuid  = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	hello = PostBody{Targets: []TargetBody{{Platform: "bluesky"}}, Text: Ptr("Hello")}
	post1 = answer{body: `{"id": "post_1"}`}
)

func TestATemporaryFailureIsTriedAgainWithTheSameKey(t *testing.T) {
	for what, failed := range map[string]answer{
		"a connection that breaks before the answer": {cut: "before"},
		"a connection that breaks within the answer": {cut: "within"},
		"a 500":            temporary(500, "internal_error"),
		"a 503 of a proxy": {status: 503, body: "<html>"},
		"a 429":            temporary(429, "rate_limited"),
	} {
		t.Run(what, func(t *testing.T) {
			server := serverThat(t, failed, failed, post1)
			batch, err := server.client().Posts.Create(background, hello)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, batch.ID, "post_1")
			equal(t, len(server.asked), 3)
			for _, each := range server.asked {
				equal(t, each.header.Get("Idempotency-Key"), server.keys()[0])
				equal(t, each.body, `{"text":"Hello","targets":[{"platform":"bluesky"}]}`)
			}
			if !uuid.MatchString(server.keys()[0]) {
				t.Fatal(server.keys()[0])
			}
		})
	}
}

func TestAFirstRequestThatStillRunsIsWaitedForAfterALostAnswerAndOnlyThen(t *testing.T) {
	runs := answer{
		status: 409, headers: map[string]string{"Retry-After": "0"},
		body: envelope("idempotency_conflict", map[string]any{"rule": inProgress}),
	}
	server := serverThat(t, answer{cut: "before"}, runs, post1, runs)
	client := server.client()
	if _, err := client.Posts.Create(background, hello); err != nil {
		t.Fatal(err)
	}
	var conflict *IdempotencyConflictError
	if _, err := client.Posts.Create(background, hello); !errors.As(err, &conflict) {
		t.Fatal(err)
	}
	equal(t, len(server.asked), 4)
}

func TestEveryWriteHasAKeyOfItsOwnAndAGetHasNone(t *testing.T) {
	server := serverThat(t, answer{})
	client := server.client()
	_, _ = client.Posts.Cancel(background, "post_1")
	_, _ = client.Posts.Cancel(background, "post_1")
	_, _ = client.Posts.Create(background, hello, IdempotencyKey("mine"))
	_, _ = client.Posts.Get(background, "post_1")
	keys := server.keys()
	if keys[0] == keys[1] {
		t.Fatal("two calls have one key")
	}
	equal(t, keys[2], "mine")
	equal(t, keys[3], "")
}

func TestAnErrorOfTheRequestIsFinal(t *testing.T) {
	for _, status := range []int{301, 400, 401, 403, 404, 409, 413, 422} {
		server := serverThat(t, answer{
			status: status, headers: map[string]string{"Location": "/elsewhere"},
			body: envelope("validation_failed", nil),
		})
		_, err := server.client().Posts.Create(background, hello)
		var failure *LetmepostError
		if !errors.As(err, &failure) {
			t.Fatal(err)
		}
		equal(t, failure.Status, status)
		equal(t, len(server.asked), 1)
	}
}

func TestA5xxThatTheServerCallsFinalIsFinal(t *testing.T) {
	server := serverThat(t, answer{status: 502, body: envelope("platform_rejected", nil)})
	_, err := server.client().Posts.Create(background, hello)
	var rejected *PlatformRejectedError
	if !errors.As(err, &rejected) {
		t.Fatal(err)
	}
	equal(t, len(server.asked), 1)
}

func TestThreeRetriesAreMadeUnlessAnotherNumberIsGiven(t *testing.T) {
	server := serverThat(t, temporary(500, "internal_error"))
	_, _ = server.client().Posts.Get(background, "post_1")
	equal(t, len(server.asked), 4)
	_, _ = server.client(WithRetries(1)).Posts.Get(background, "post_1")
	equal(t, len(server.asked), 6)
	_, _ = server.client().Posts.Get(background, "post_1", Retries(0))
	equal(t, len(server.asked), 7)
}

func TestANetworkFailureHasStatus0AndTheCodeInternalError(t *testing.T) {
	server := serverThat(t, answer{cut: "before"})
	_, err := server.client(WithRetries(0)).Posts.Get(background, "post_1")
	var failure *InternalError
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	equal(t, failure.Status, 0)
	equal(t, failure.Code, "internal_error")
	equal(t, failure.Retryable, true)
	if errors.Unwrap(&failure.LetmepostError) == nil {
		t.Fatal("it does not say what it came from")
	}
}

func TestARateLimitedErrorSaysHowLongToWaitAndNoRetryAfterWaitsLongerThanAllowed(t *testing.T) {
	limited := temporary(429, "rate_limited")
	limited.headers = map[string]string{"Retry-After": "86400"}
	server := serverThat(t, limited)
	_, err := server.client(WithRetryAfterMax(time.Millisecond)).Posts.Get(background, "post_1")
	var failure *RateLimitedError
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	equal(t, failure.RetryAfterSeconds, 86400)
	equal(t, len(server.asked), 4)
}

func TestARetryAfterIsWaitedForInPlaceOfTheBackoff(t *testing.T) {
	limited := answer{status: 429, headers: map[string]string{"Retry-After": "0"}}
	server := serverThat(t, limited, post1)
	// With a backoff of hours, only the header can have ended the wait.
	_, err := server.client(WithRetryBase(time.Hour)).Posts.Get(background, "post_1")
	if err != nil {
		t.Fatal(err)
	}
}

func TestAContextEndsAWaitBetweenTwoTries(t *testing.T) {
	server := serverThat(t, temporary(500, "internal_error"))
	ctx, stop := context.WithCancel(background)
	client := server.client(WithRetryBase(time.Hour), WithHTTPClient(&http.Client{
		Transport: afterwards{&http.Transport{}, stop},
	}))
	if _, err := client.Posts.Get(ctx, "post_1"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	equal(t, len(server.asked), 1)
}

func TestAContextThatHasEndedMakesNoCall(t *testing.T) {
	server := serverThat(t, answer{})
	ctx, stop := context.WithCancel(background)
	stop()
	if _, err := server.client().Posts.Get(ctx, "post_1"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	equal(t, len(server.asked), 0)
}

// afterwards does something once an answer has been read.
type afterwards struct {
	http.RoundTripper
	do func()
}

func (a afterwards) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := a.RoundTripper.RoundTrip(request)
	if err == nil {
		response.Body = closing{response.Body, a.do}
	}
	return response, err
}

func TestTheBackoffDoublesUpTo8SecondsAndHalfOfItIsRandom(t *testing.T) {
	base := 500 * time.Millisecond
	for try, want := range []float64{0.5, 1, 2, 4, 8, 8, 8} {
		equal(t, backoff(try, base, 1).Seconds(), want)
	}
	equal(t, backoff(1_000_000, base, 1), maxBackoff)
	equal(t, backoff(2, base, 0), time.Second)
	if number := random(); number < 0 || number >= 1 {
		t.Fatal(number)
	}
}

func TestRetryAfterIsReadInSecondsAndAsADate(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]float64{
		"7": 7, "Tue, 24 Nov 2026 12:00:09 GMT": 9, "Tue, 24 Nov 2026 11:00:00 GMT": 0,
		"soon": -1, "-5": -1, "": -1, "99999999999": -1,
	} {
		wait, isSaid := retryAfter(http.Header{"Retry-After": {value}}, now)
		if !isSaid {
			wait = -time.Second
		}
		equal(t, wait.Seconds(), want)
	}
}

func TestTheLastAnswerIsShownWithItsHeaders(t *testing.T) {
	replayed := answer{headers: map[string]string{"Idempotency-Replayed": "true"}}
	server := serverThat(t, temporary(500, "internal_error"), replayed)
	shown := []string{}
	_, err := server.client().Posts.Create(background, hello, OnResponse(func(r *http.Response) {
		shown = append(shown, r.Header.Get("Idempotency-Replayed"))
	}))
	if err != nil || len(shown) != 1 {
		t.Fatal(err, shown)
	}
	equal(t, shown[0], "true")
}
