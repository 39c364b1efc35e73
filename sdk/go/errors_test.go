package letmepost

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestEveryFieldOfTheEnvelopeIsCarried(t *testing.T) {
	carried := map[string]bool{}
	mine := reflect.TypeOf(LetmepostError{})
	for i := 0; i < mine.NumField(); i++ {
		name, _, _ := strings.Cut(mine.Field(i).Tag.Get("json"), ",")
		carried[name] = true
	}
	fields := reflect.TypeOf(ErrorFields{})
	for i := 0; i < fields.NumField(); i++ {
		if name := fields.Field(i).Tag.Get("json"); !carried[name] {
			t.Errorf("%s is not carried", name)
		}
	}
}

func TestAnErrorHasTheTypeOfItsCodeAndTheFieldsOfTheAnswer(t *testing.T) {
	server := serverThat(t, answer{status: 400, body: envelope("preflight_failed", map[string]any{
		"rule": "bluesky.text.max_graphemes", "platform": "bluesky", "retryAfterSeconds": 1.5,
		"platformResponse": map[string]any{"httpStatus": 400}, "postId": "post_1",
		"violations": []any{map[string]any{
			"rule": "bluesky.text.max_graphemes", "field": "text", "message": "Too long.", "limit": 300,
		}},
	})})
	_, err := server.client().Posts.Create(background, hello)
	var failed *PreflightFailedError
	if !errors.As(err, &failed) {
		t.Fatal(err)
	}
	equal(t, failed.Status, 400)
	equal(t, failed.Rule, "bluesky.text.max_graphemes")
	equal(t, failed.Platform, "bluesky")
	equal(t, failed.RetryAfterSeconds, 1.5)
	equal(t, failed.RequestID, "req_1")
	equal(t, failed.PostID, "post_1")
	equal(t, failed.Violations[0].Field, "text")
	equal(t, failed.Error(), "letmepost: preflight_failed: It went wrong. Do it otherwise.")
	var plain *LetmepostError
	if !errors.As(err, &plain) || plain.Code != "preflight_failed" {
		t.Fatal("it is no *LetmepostError")
	}
	var other *ValidationError
	if errors.As(err, &other) {
		t.Fatal("it is a *ValidationError as well")
	}
}

func TestAnUnknownCodeIsTheTypeThatAllHaveInCommon(t *testing.T) {
	server := serverThat(t, answer{status: 418, body: envelope("from_the_future", nil)})
	_, err := server.client().Posts.Get(background, "post_1")
	failure, isPlain := err.(*LetmepostError)
	if !isPlain {
		t.Fatalf("%T", err)
	}
	equal(t, failure.Code, "from_the_future")
}

func TestAnErrorWithoutAnEnvelopeHasItsStatusAndTheCodeUnknown(t *testing.T) {
	for _, body := range []string{"<html>", "null", "[]", `{"error": "no"}`, `{"error": {"code": 5}}`, "{}"} {
		server := serverThat(t, answer{
			status: 404, body: body, headers: map[string]string{"X-Request-Id": "req_2"},
		})
		_, err := server.client().Posts.Get(background, "post_1")
		var failure *LetmepostError
		if !errors.As(err, &failure) {
			t.Fatal(err)
		}
		equal(t, failure.Code, "unknown")
		equal(t, failure.Status, 404)
		equal(t, failure.RequestID, "req_2")
	}
}

func TestAnAnswerThatIsNotJSONIsAnErrorWithItsStatus(t *testing.T) {
	server := serverThat(t, answer{body: "<html>"})
	_, err := server.client().Posts.Get(background, "post_1")
	var failure *LetmepostError
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	equal(t, failure.Status, 200)
}
