package letmepost

import (
	"encoding/json"
	"strings"
	"testing"
)

// eventOf is an event with this type and these data.
func eventOf(t *testing.T, kind, data string) Event {
	var event Event
	written := `{"id": "evt_1", "sequence": 2, "type": "` + kind + `", "data": ` + data + `}`
	if err := json.Unmarshal([]byte(written), &event); err != nil {
		t.Fatal(err)
	}
	return event
}

func TestTheDataOfAnEventHaveTheTypeThatItSays(t *testing.T) {
	published := eventOf(t, "post.published", `{"id": "post_1", "uri": "https://social.example/1"}`)
	equal(t, published.ID, "evt_1")
	equal(t, Value(published.Sequence), 2)
	equal(t, published.Data.(PostPublished).ID, "post_1")
	for _, kind := range []string{"post.rejected", "post.failed"} {
		ended := eventOf(t, kind, `{"error": {"code": "platform_rejected", "message": "No."}}`)
		equal(t, ended.Data.(PostEnded).Error.Message, "No.")
	}
}

func TestTheDataOfAnEventOfALaterServerAreAMap(t *testing.T) {
	event := eventOf(t, "post.applauded", `{"id": "post_1"}`)
	equal(t, event.Type, "post.applauded")
	equal(t, event.Data.(UnknownEventData)["id"].(string), "post_1")
}

func TestAnEventIsWrittenAsItWasRead(t *testing.T) {
	event := eventOf(t, "media.deleted", `{"id": "med_1"}`)
	written, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	var again Event
	if err := json.Unmarshal(written, &again); err != nil {
		t.Fatal(err)
	}
	equal(t, again.Data.(MediaDeleted).ID, "med_1")
}

func TestDataOfAnotherFormAreAnError(t *testing.T) {
	var event Event
	if err := json.Unmarshal([]byte(`{"type": "post.published", "data": []}`), &event); err == nil {
		t.Fatal("a list is no data of an event")
	}
}

func TestTheOptionsOfAPostHaveTheTypeOfTheirPlatform(t *testing.T) {
	read := func(options string) Post {
		var post Post
		if err := json.Unmarshal([]byte(`{"id": "post_1", "options": `+options+`}`), &post); err != nil {
			t.Fatal(err)
		}
		equal(t, post.ID, "post_1")
		return post
	}
	bluesky := read(`{"platform": "bluesky", "langs": ["en"]}`)
	equal(t, bluesky.Options.(BlueskyOptions).Langs[0], "en")
	later := read(`{"platform": "kites", "tail": "long"}`)
	equal(t, later.Options.(UnknownPostOptions)["tail"].(string), "long")
	equal(t, read("null").Options == nil, true)
	written, err := json.Marshal(later)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, strings.Contains(string(written), `"options":{"platform":"kites","tail":"long"}`), true)
}
