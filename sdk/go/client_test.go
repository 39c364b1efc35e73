package letmepost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// closing does something when a body is closed.
type closing struct {
	io.ReadCloser
	do func()
}

func (c closing) Close() error {
	c.do()
	return c.ReadCloser.Close()
}

func answering(body string, seen func(*http.Request)) *http.Client {
	return &http.Client{Transport: roundTrip(func(request *http.Request) (*http.Response, error) {
		seen(request)
		content := io.NopCloser(strings.NewReader(body))
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: content}, nil
	})}
}

func TestKeyAndAddressAreReadFromTheEnvironment(t *testing.T) {
	for _, each := range []struct{ environment, url, key string }{
		{"LETMEPOST_API_KEY=b", "http://127.0.0.1:8000/v1/profiles", "b"},
		{"LMP_API_KEY=a LETMEPOST_API_KEY=b LETMEPOST_API_URL=http://d/", "http://d/v1/profiles", "a"},
		{"LMP_API_KEY=a LMP_API_BASE=http://c LETMEPOST_API_URL=http://d", "http://c/v1/profiles", "a"},
	} {
		for _, name := range []string{"LMP_API_KEY", "LETMEPOST_API_KEY", "LMP_API_BASE", "LETMEPOST_API_URL"} {
			t.Setenv(name, "")
		}
		for _, pair := range strings.Fields(each.environment) {
			name, value, _ := strings.Cut(pair, "=")
			t.Setenv(name, value)
		}
		var seen *http.Request
		client, err := New(WithHTTPClient(answering("{}", func(r *http.Request) { seen = r })))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = client.Profiles.List(background)
		equal(t, seen.URL.String(), each.url)
		equal(t, seen.Header.Get("Authorization"), "Bearer "+each.key)
	}
}

func TestWithoutAKeyThereIsNoClient(t *testing.T) {
	t.Setenv("LMP_API_KEY", "")
	t.Setenv("LETMEPOST_API_KEY", "")
	if _, err := New(); !errors.Is(err, ErrNoAPIKey) {
		t.Fatal(err)
	}
}

func TestAnAddressThatIsNoneMakesNoClient(t *testing.T) {
	for _, address := range []string{"letmepost.example", "ftp://letmepost.example", "127.0.0.1:8000", "http://"} {
		if _, err := New(WithAPIKey("key"), WithBaseURL(address)); err == nil {
			t.Error(address)
		}
	}
}

func TestWhatIsPrintedOfAClientDoesNotHoldItsKey(t *testing.T) {
	client, err := New(WithAPIKey("lmp_live_secret"))
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"%v", "%+v", "%#v"} {
		if strings.Contains(fmt.Sprintf(form, *client), "lmp_live_secret") {
			t.Error(form)
		}
	}
}

func TestAFailureDoesNotShowTheAddressOfAnUpload(t *testing.T) {
	server := serverThat(t, answer{}, answer{cut: "before"})
	server.answers[0].body = `{"id": "up_1", "url": "` + server.url + `/storage?signature=secret"}`
	file := strings.NewReader("a")
	_, err := server.client(WithRetries(0)).Media.UploadDirect(background, file, UploadFile{})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Fatal(err)
	}
}

func TestTheOlderShapeAnswersForItsOneAccount(t *testing.T) {
	server := serverThat(t, answer{body: `{"id": "post_1", "platform": "bluesky"}`})
	flat, err := server.client().Posts.CreateOnAccount(background, AccountPostBody{
		Account: AccountBody{Platform: "bluesky", ID: "acc_1"}, Text: Ptr("Hello"),
	})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, flat.Platform, "bluesky")
	equal(t, server.asked[0].body, `{"text":"Hello","account":{"platform":"bluesky","id":"acc_1"}}`)
}

func TestHeadersOfTheCallWinOverThoseOfTheClient(t *testing.T) {
	server := serverThat(t, answer{})
	client := server.client(WithDefaultHeader("X-One", "client"), WithDefaultHeader("X-Two", "client"))
	_, _ = client.Profiles.List(background, Header("x-two", "call"))
	equal(t, server.asked[0].header.Get("X-One"), "client")
	equal(t, server.asked[0].header.Get("X-Two"), "call")
}

func TestHowLongTheServerWaitsIsSaidInPrefer(t *testing.T) {
	server := serverThat(t, answer{})
	client := server.client()
	_, _ = client.Posts.Create(background, hello, WaitAtMost(time.Minute))
	_, _ = client.Posts.Create(background, hello, WaitAtMost(0))
	equal(t, server.asked[0].header.Get("Prefer"), "wait=60")
	equal(t, server.asked[1].header.Get("Prefer"), "respond-async")
}

func TestAWaitReadsUntilTheStatusIsFinal(t *testing.T) {
	queued, going := answer{body: `{"status": "queued"}`}, answer{body: `{"status": "publishing"}`}
	published := answer{body: `{"status": "published"}`}
	server := serverThat(t, queued, going, published, queued, published)
	client := server.client()
	post, err := client.Posts.Wait(background, "post_1", time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, post.Status, PostStatusPublished)
	batch, err := client.Batches.Wait(background, "batch_1", time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, batch.Status, BatchStatusPublished)
	equal(t, len(server.asked), 5)
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(background)
	client, err := New(WithAPIKey("key"), WithHTTPClient(answering(
		`{"status": "queued"}`, func(*http.Request) { stop() },
	)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Posts.Wait(ctx, "post_1", time.Hour); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestAChangeSaysWhatIsSetWhatIsNullAndNothingElse(t *testing.T) {
	server := serverThat(t, answer{})
	at := time.Date(2030, 1, 1, 9, 0, 0, 0, time.UTC)
	client := server.client()
	_, _ = client.Posts.Reschedule(background, "post_1", at)
	_, _ = client.Posts.Update(background, "post_1", EditBody{
		Media: Set([]MediaBody{}), FirstComment: Null[FirstCommentBody](),
		Options: Set[PostOptions](BlueskyOptions{Langs: []string{"en"}}),
	})
	equal(t, server.asked[0].body, `{"scheduledAt":"2030-01-01T09:00:00Z"}`)
	equal(t, server.asked[1].body,
		`{"media":[],"firstComment":null,"options":{"platform":"bluesky","langs":["en"]}}`)
}

func TestATextThatIsNotUTF8IsNotSent(t *testing.T) {
	server := serverThat(t, post1)
	posts := server.client().Posts
	for _, text := range []string{"gr\xfc\xdfe", `\` + "\xff"} {
		_, err := posts.Create(background, PostBody{Text: Ptr(text)})
		if !errors.Is(err, ErrNotUTF8) {
			t.Errorf("%q: %v", text, err)
		}
	}
	equal(t, len(server.asked), 0)
	for _, text := range []string{"grüße \ufffd", `\ufffd`, `\\ufffd`} {
		if _, err := posts.Create(background, PostBody{Text: Ptr(text)}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAValueOfNothingIsZero(t *testing.T) {
	equal(t, Value(Ptr(5)), 5)
	equal(t, Value[string](nil), "")
}

func TestAQueryHoldsWhatIsNotZero(t *testing.T) {
	server := serverThat(t, answer{})
	_, _ = server.client().Posts.List(background, ListPostsQuery{
		Status: []PostStatus{PostStatusQueued, "failed"}, Q: "a&b", Limit: 2,
		After: time.Date(2026, 11, 24, 13, 0, 0, 0, time.FixedZone("", 3600)),
	})
	equal(t, server.asked[0].url,
		"/v1/posts?after=2026-11-24T12%3A00%3A00Z&limit=2&q=a%26b&status=queued&status=failed")
}

func TestAnIDIsAPartOfThePathAndNothingElse(t *testing.T) {
	server := serverThat(t, answer{})
	posts := server.client().Posts
	_, _ = posts.Get(background, "a/b?c#d e")
	equal(t, server.asked[0].url, "/v1/posts/a%2Fb%3Fc%23d%20e")
	for _, id := range []string{"", ".", ".."} {
		if _, err := posts.Delete(background, id); !errors.Is(err, ErrNoID) {
			t.Fatal(err)
		}
	}
	if _, err := server.client().Webhooks.Redeliver(background, "", "del_1"); !errors.Is(err, ErrNoID) {
		t.Fatal(err)
	}
	equal(t, len(server.asked), 1)
}

func TestEveryOperationOfTheAPIHasAMethod(t *testing.T) {
	called := map[string]bool{}
	variable := regexp.MustCompile(`\{\w+\}`)
	seen := func(request *http.Request) {
		if request.URL.Host == "storage" {
			return
		}
		for _, operation := range operations {
			if variable.ReplaceAllString(operation, "an-id") == request.Method+" "+request.URL.Path {
				called[operation] = true
				return
			}
		}
		t.Errorf("%s %s is no operation", request.Method, request.URL.Path)
	}
	body := `{"id": "an-id", "url": "http://storage/"}`
	client, err := New(WithAPIKey("key"), WithHTTPClient(answering(body, seen)))
	if err != nil {
		t.Fatal(err)
	}
	resources := reflect.ValueOf(*client)
	for i := 0; i < resources.NumField(); i++ {
		if resources.Type().Field(i).IsExported() {
			callEveryMethod(t, resources.Field(i))
		}
	}
	missing := []string{}
	for _, operation := range operations {
		if !called[operation] {
			missing = append(missing, operation)
		}
	}
	sort.Strings(missing)
	equal(t, strings.Join(missing, ", "), "")
	if len(operations) == 0 {
		t.Fatal("no operations are known")
	}
}

func callEveryMethod(t *testing.T, resource reflect.Value) {
	for m := 0; m < resource.NumMethod(); m++ {
		method, name := resource.Method(m), resource.Type().Method(m).Name
		if name == "UploadPath" {
			continue
		}
		given := []reflect.Value{}
		// The last parameter is that of the options, of which there are none.
		for p := 0; p < method.Type().NumIn()-1; p++ {
			given = append(given, anyOf(method.Type().In(p)))
		}
		returned := method.Call(given)
		if len(returned) == 2 && !returned[1].IsNil() {
			t.Errorf("%s: %v", name, returned[1])
		}
	}
}

// anyOf is some value of a parameter's type.
func anyOf(kind reflect.Type) reflect.Value {
	switch {
	case kind.Kind() == reflect.String:
		return reflect.ValueOf("an-id").Convert(kind)
	case kind == reflect.TypeOf((*context.Context)(nil)).Elem():
		return reflect.ValueOf(background)
	case kind.Kind() == reflect.Interface:
		return reflect.ValueOf(bytes.NewReader([]byte("a")))
	default:
		return reflect.Zero(kind)
	}
}
