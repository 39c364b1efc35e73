package letmepost

import (
	"errors"
	"strings"
	"testing"
)

var (
	firstPage  = answer{body: `{"data": [{"id": "a"}, {"id": "b"}], "nextCursor": "more/+"}`}
	emptyPage  = answer{body: `{"data": [], "nextCursor": "on"}`}
	secondPage = answer{body: `{"data": [{"id": "c"}], "nextCursor": null}`}
)

func TestAnIteratorGivesEveryEntryOfEveryPageWithTheFiltersOnEach(t *testing.T) {
	server := serverThat(t, firstPage, emptyPage, secondPage)
	posts := server.client().Posts.All(ListPostsQuery{Status: []PostStatus{"queued"}})
	ids := []string{}
	for posts.Next(background) {
		ids = append(ids, posts.Value().ID)
	}
	if err := posts.Err(); err != nil {
		t.Fatal(err)
	}
	equal(t, strings.Join(ids, " "), "a b c")
	equal(t, posts.Next(background), false)
	urls := []string{}
	for _, each := range server.asked {
		urls = append(urls, each.url)
	}
	equal(t, strings.Join(urls, " "), "/v1/posts?status=queued"+
		" /v1/posts?cursor=more%2F%2B&status=queued /v1/posts?cursor=on&status=queued")
}

func TestAnIteratorAsksForAPageWhenItIsNeeded(t *testing.T) {
	server := serverThat(t, firstPage)
	posts := server.client().Posts.All(ListPostsQuery{})
	equal(t, len(server.asked), 0)
	equal(t, posts.Next(background) && posts.Next(background), true)
	equal(t, len(server.asked), 1)
}

func TestAPageThatCannotBeReadEndsAnIteratorWithItsError(t *testing.T) {
	server := serverThat(t, firstPage, answer{status: 404, body: envelope("not_found", nil)})
	posts := server.client().Posts.All(ListPostsQuery{})
	count := 0
	for posts.Next(background) {
		count++
	}
	equal(t, count, 2)
	var missing *NotFoundError
	if !errors.As(posts.Err(), &missing) {
		t.Fatal(posts.Err())
	}
	equal(t, posts.Next(background), false)
	equal(t, len(server.asked), 2)
}
