// Command scenarios runs the scenario file that all SDKs share against a real server; see
// sdk/README.md.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	letmepost "github.com/letmepost/letmepost/sdk/go"
)

type members = map[string]any

type step struct {
	Call           string
	Paginate       string
	DropConnection string
	With           members
	Options        struct{ IdempotencyKey string }
	Save           map[string]string
	Expect         members
}

type scenarioFile struct {
	Placeholders []struct{ Pattern, With string }
	Without      []string
	Scenarios    []struct {
		Name  string
		Steps []step
	}
}

type runner struct {
	client       *letmepost.Client
	placeholders []placeholder
	without      map[string]bool
	variables    members
}

type placeholder struct {
	pattern *regexp.Regexp
	word    string
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	written, err := os.ReadFile(os.Getenv("SCENARIOS"))
	if err != nil {
		return err
	}
	var file scenarioFile
	if err := json.Unmarshal(written, &file); err != nil {
		return err
	}
	client, err := letmepost.New(
		letmepost.WithBaseURL(os.Getenv("LETMEPOST_API_BASE")),
		letmepost.WithRetryBase(10*time.Millisecond),
	)
	if err != nil {
		return err
	}
	r := runner{client: client, without: map[string]bool{}}
	for _, each := range file.Placeholders {
		r.placeholders = append(r.placeholders, placeholder{regexp.MustCompile(each.Pattern), each.With})
	}
	for _, name := range file.Without {
		r.without[name] = true
	}
	for _, scenario := range file.Scenarios {
		r.variables = members{}
		if err := json.Unmarshal([]byte(os.Getenv("SCENARIO_VARIABLES")), &r.variables); err != nil {
			return err
		}
		for index, each := range scenario.Steps {
			if err := r.step(ctx, scenario.Name, index+1, each); err != nil {
				return fmt.Errorf("%s, step %d: %w", scenario.Name, index+1, err)
			}
		}
	}
	return nil
}

func (r *runner) step(ctx context.Context, scenario string, number int, asked step) error {
	result, failure, err := r.result(ctx, asked)
	if err != nil {
		return err
	}
	readable := result
	if failure != nil {
		readable = failure
		result = members{"error": failure}
	}
	for variable, path := range asked.Save {
		r.variables[variable] = valueAt(readable, path)
	}
	wanted, _ := r.filled(asked.Expect).(members)
	wantedFailure, isWanted := wanted["error"].(members)
	if isWanted != (failure != nil) {
		return fmt.Errorf("an error is not as expected: %v", result)
	}
	if isWanted {
		wanted = wantedFailure
	}
	for path, value := range wanted {
		if found := valueAt(readable, path); !reflect.DeepEqual(found, value) {
			return fmt.Errorf("%s is %v, not %v: %v", path, found, value, result)
		}
	}
	return show(members{
		"result": r.comparable(result), "scenario": scenario, "step": number,
	})
}

// show prints a line in which every character stands for itself.
func show(line members) error {
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(line); err != nil {
		return err
	}
	_, err := os.Stdout.Write(written.Bytes())
	return err
}

// result is what a step gave: a document, or the fields of an error.
func (r *runner) result(ctx context.Context, asked step) (document any, failure members, err error) {
	given, _ := r.filled(asked.With).(members)
	switch {
	case asked.DropConnection != "":
		document := members{"dropConnection": asked.DropConnection}
		return document, nil, control(document)
	case asked.Paginate != "":
		document, err := r.walk(ctx, asked.Paginate, given)
		return document, nil, err
	}
	var options []letmepost.CallOption
	if key := asked.Options.IdempotencyKey; key != "" {
		options = append(options, letmepost.IdempotencyKey(key))
	}
	answer, err := r.call(ctx, asked.Call, given, options)
	if err != nil {
		failure, err := described(err)
		return nil, failure, err
	}
	return plain(answer), nil, nil
}

func control(document members) error {
	written, err := json.Marshal(document)
	if err != nil {
		return err
	}
	url := os.Getenv("SCENARIO_CONTROL_URL")
	response, err := http.Post(url, "application/json", bytes.NewReader(written))
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func (r *runner) call(
	ctx context.Context, name string, given members, options []letmepost.CallOption,
) (any, error) {
	c := r.client
	id, _ := given["id"].(string)
	switch name {
	case "accounts.get":
		return c.Accounts.Get(ctx, id, options...)
	case "batches.get":
		return c.Batches.Get(ctx, id, options...)
	case "batches.publish":
		return c.Batches.Publish(ctx, id, read[letmepost.PublishBody](given), options...)
	case "batches.replace":
		return c.Batches.Replace(ctx, id, read[letmepost.PostBody](given), options...)
	case "media.fetch":
		return c.Media.Fetch(ctx, read[letmepost.FetchMedia](given), options...)
	case "media.upload":
		return c.Media.UploadPath(ctx, given["path"].(string), letmepost.UploadFile{}, options...)
	case "posts.cancel":
		return c.Posts.Cancel(ctx, id, options...)
	case "posts.create":
		return c.Posts.Create(ctx, read[letmepost.PostBody](given), options...)
	case "posts.delete":
		return c.Posts.Delete(ctx, id, options...)
	case "posts.get":
		return c.Posts.Get(ctx, id, options...)
	case "posts.list":
		return c.Posts.List(ctx, read[letmepost.ListPostsQuery](given), options...)
	case "posts.publish":
		return c.Posts.Publish(ctx, id, read[letmepost.PublishBody](given), options...)
	case "posts.reschedule":
		at, err := time.Parse(time.RFC3339, given["scheduledAt"].(string))
		if err != nil {
			return nil, err
		}
		return c.Posts.Reschedule(ctx, id, at, options...)
	case "posts.update":
		return c.Posts.Update(ctx, id, letmepost.EditBody{Text: optional[string](given, "text")}, options...)
	case "posts.validate":
		return c.Posts.Validate(ctx, read[letmepost.PostBody](given), options...)
	case "posts.wait":
		return c.Posts.Wait(ctx, id, time.Second, options...)
	case "profiles.setSlots":
		return c.Profiles.SetSlots(ctx, id, read[letmepost.PlanSlots](given), options...)
	case "profiles.slots":
		return c.Profiles.Slots(ctx, id, options...)
	case "webhooks.create":
		return c.Webhooks.Create(ctx, read[letmepost.CreateEndpoint](given), options...)
	case "webhooks.delete":
		return c.Webhooks.Delete(ctx, id, options...)
	case "webhooks.test":
		return c.Webhooks.Test(ctx, id, read[letmepost.TestEndpoint](given), options...)
	case "webhooks.update":
		change := letmepost.ChangeEndpoint{Active: optional[bool](given, "active")}
		return c.Webhooks.Update(ctx, id, change, options...)
	case "webhooks.verify":
		return verify(given)
	}
	return nil, fmt.Errorf("this runner does not know %s", name)
}

func verify(given members) (any, error) {
	received := letmepost.ReceivedWebhook{
		Body: []byte(given["body"].(string)), Header: http.Header{},
	}
	for name, value := range given["headers"].(members) {
		received.Header.Set(name, value.(string))
	}
	switch secret := given["secret"].(type) {
	case string:
		received.Secret = secret
	case []any:
		received.Secret = secret[0].(string)
		for _, each := range secret[1:] {
			received.MoreSecrets = append(received.MoreSecrets, each.(string))
		}
	}
	return letmepost.VerifyWebhook(received)
}

// walk counts the entries of a list, and their different ids.
func (r *runner) walk(ctx context.Context, name string, given members) (any, error) {
	var ids []string
	var err error
	switch name {
	case "events.list":
		all := r.client.Events.All(read[letmepost.ListEventsQuery](given))
		for all.Next(ctx) {
			ids = append(ids, all.Value().ID)
		}
		err = all.Err()
	case "media.list":
		all := r.client.Media.All(read[letmepost.ListMediaQuery](given))
		for all.Next(ctx) {
			ids = append(ids, all.Value().ID)
		}
		err = all.Err()
	case "posts.list":
		all := r.client.Posts.All(read[letmepost.ListPostsQuery](given))
		for all.Next(ctx) {
			ids = append(ids, all.Value().ID)
		}
		err = all.Err()
	default:
		err = fmt.Errorf("this runner does not know %s", name)
	}
	distinct := map[string]bool{}
	for _, id := range ids {
		distinct[id] = true
	}
	return members{"count": float64(len(ids)), "distinct": float64(len(distinct))}, err
}

// described gives the fields of an error of the SDK under their names in the API.
func described(err error) (members, error) {
	var refused *letmepost.WebhookVerificationError
	if errors.As(err, &refused) {
		return members{"class": "WebhookVerification", "reason": refused.Reason}, nil
	}
	var failure *letmepost.LetmepostError
	if !errors.As(err, &failure) {
		return nil, err
	}
	fields := plain(failure).(members)
	kind := reflect.TypeOf(err).Elem().Name()
	fields["class"] = strings.TrimSuffix(kind, "Error")
	return fields, nil
}

// read makes a value of the SDK from the members of a step.
func read[T any](given members) T {
	var value T
	written, err := json.Marshal(given)
	if err == nil {
		err = json.Unmarshal(written, &value)
	}
	if err != nil {
		panic(err)
	}
	return value
}

func optional[T any](given members, name string) letmepost.Optional[T] {
	if value, isGiven := given[name].(T); isGiven {
		return letmepost.Set(value)
	}
	return nil
}

// plain is a document as JSON has it.
func plain(document any) any {
	var value any
	written, err := json.Marshal(document)
	if err == nil {
		err = json.Unmarshal(written, &value)
	}
	if err != nil {
		panic(err)
	}
	return value
}

func valueAt(value any, path string) any {
	for _, part := range strings.Split(path, ".") {
		switch inside := value.(type) {
		case members:
			value = inside[part]
		case []any:
			index, err := strconv.Atoi(part)
			if err != nil || index >= len(inside) {
				return nil
			}
			value = inside[index]
		default:
			return nil
		}
	}
	return value
}

var variable = regexp.MustCompile(`\$\{(\w+)\}`)

// filled replaces variables in every string of a value.
func (r *runner) filled(value any) any {
	text, isText := value.(string)
	if !isText {
		return mapped(value, r.filled)
	}
	if found := variable.FindStringSubmatch(text); found != nil && found[0] == text {
		return r.variables[found[1]]
	}
	return variable.ReplaceAllStringFunc(text, func(found string) string {
		return fmt.Sprint(r.variables[found[2:len(found)-1]])
	})
}

// comparable is what two runs have in common: no nulls, and nothing that differs.
func (r *runner) comparable(value any) any {
	switch kind := value.(type) {
	case string:
		for _, each := range r.placeholders {
			kind = each.pattern.ReplaceAllLiteralString(kind, each.word)
		}
		return kind
	case members:
		kept := members{}
		for name, each := range kind {
			if each != nil && !r.without[name] {
				kept[name] = r.comparable(each)
			}
		}
		return kept
	}
	return mapped(value, r.comparable)
}

func mapped(value any, change func(any) any) any {
	switch kind := value.(type) {
	case members:
		changed := members{}
		for name, each := range kind {
			changed[name] = change(each)
		}
		return changed
	case []any:
		changed := []any{}
		for _, each := range kind {
			changed = append(changed, change(each))
		}
		return changed
	}
	return value
}
