package letmepost

import "context"

// Iterator walks every entry of a list, asking for one page after the other.
//
//	posts := client.Posts.All(letmepost.ListPostsQuery{})
//	for posts.Next(ctx) {
//		fmt.Println(posts.Value().Text)
//	}
//	if err := posts.Err(); err != nil { ... }
type Iterator[T any] struct {
	read    func(ctx context.Context, cursor string) ([]T, *string, error)
	entries []T
	value   T
	cursor  *string
	err     error
}

func newIterator[T any](
	cursor string, read func(ctx context.Context, cursor string) ([]T, *string, error),
) *Iterator[T] {
	return &Iterator[T]{read: read, cursor: &cursor}
}

// Next goes to the next entry. It returns false after the last one, and when a page cannot be read.
func (i *Iterator[T]) Next(ctx context.Context) bool {
	for len(i.entries) == 0 {
		if i.cursor == nil || i.err != nil {
			return false
		}
		i.entries, i.cursor, i.err = i.read(ctx, *i.cursor)
	}
	i.value, i.entries = i.entries[0], i.entries[1:]
	return true
}

// Value is the entry that Next went to.
func (i *Iterator[T]) Value() T { return i.value }

// Err is why Next returned false; nil after the last entry.
func (i *Iterator[T]) Err() error { return i.err }
