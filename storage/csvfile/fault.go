package csvfile

import (
	"errors"
	"fmt"
)

// fault is a place in a text buffer where it is no proper CSV.
type fault struct {
	at  int // position in the buffer
	err error
}

var (
	errQuote = errors.New(`a quote (") in the middle of a field; a field with quotes is quoted as a whole, and each quote within is written twice`)
	errOpen  = errors.New(`the quote (") that opens here is never closed`)
)

// fieldCountError is a record with too few or too many fields.
type fieldCountError struct{ found, want int }

func (e fieldCountError) Error() string {
	s := "s"
	if e.found == 1 {
		s = ""
	}
	return fmt.Sprintf("the record has %d field%s, the header has %d", e.found, s, e.want)
}

// valueError is a field that is no value of its column's type.
type valueError struct {
	column int    // position in the schema
	at     int    // position of the field in the buffer
	text   string // the field
}

// longError is a record that is longer than the most that is read of one.
type longError struct{ most int }

func (e longError) Error() string {
	return fmt.Sprintf("the record is longer than %d MiB; is a closing quote missing?", e.most>>20)
}
