package letmepost

import (
	"encoding/json"
	"net/url"
	"strconv"
	"time"
)

// Ptr gives a value's address, for the fields of a request that may be left out.
func Ptr[T any](value T) *T { return &value }

// When is the time that a post goes out at: At a time, or NextSlot.
type When string

// NextSlot asks for the next free queue slot of the profile.
const NextSlot When = "next-slot"

// At gives the time of a post.
func At(value time.Time) When { return When(value.Format(time.RFC3339Nano)) }

// Value gives what is at an address, and zero where there is none: for the fields of an answer that
// may be null.
func Value[T any](address *T) T {
	if address == nil {
		var nothing T
		return nothing
	}
	return *address
}

// Optional is a field that can be left out, be null, or have a value: nil, Null or Set.
type Optional[T any] map[bool]T

// Set gives a field this value.
func Set[T any](value T) Optional[T] { return Optional[T]{true: value} }

// Null takes away what a field holds.
func Null[T any]() Optional[T] {
	var nothing T
	return Optional[T]{false: nothing}
}

// MarshalJSON writes the value, or null. A field that is left out is not written at all.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if value, isSet := o[true]; isSet {
		return json.Marshal(value)
	}
	return []byte("null"), nil
}

// readAs reads a document as a value of this type.
func readAs[T any](document []byte) (T, error) {
	var value T
	err := json.Unmarshal(document, &value)
	return value, err
}

// textAt gives the text that a document holds under a name; none where there is no such text.
func textAt(document []byte, name string) string {
	var members map[string]any
	if err := json.Unmarshal(document, &members); err != nil {
		return ""
	}
	text, _ := members[name].(string)
	return text
}

// isNothing tells whether a field was left out, or null.
func isNothing(written json.RawMessage) bool {
	return len(written) == 0 || string(written) == "null"
}

// queryValues is a query in which what is zero is left out.
type queryValues url.Values

func setText[T ~string](q queryValues, name string, value T) {
	if value != "" {
		q[name] = []string{string(value)}
	}
}

func setList[T ~string](q queryValues, name string, values []T) {
	for _, value := range values {
		q[name] = append(q[name], string(value))
	}
}

func setNumber(q queryValues, name string, value int) {
	if value != 0 {
		q[name] = []string{strconv.Itoa(value)}
	}
}

func setTime(q queryValues, name string, value time.Time) {
	if !value.IsZero() {
		q[name] = []string{value.UTC().Format(time.RFC3339Nano)}
	}
}
