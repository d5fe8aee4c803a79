package format

import (
	"errors"
	"fmt"
	"strings"
)

// Error is bad input data, with its position as far as it is known. It reads
// "flights.csv: line 12, column delay: ...".
type Error struct {
	File   string // as the user named it
	Split  int    // 1-based number of the batch, row group or byte range; 0 if unknown
	Line   int64  // 1-based line of a text file; 0 if unknown
	Row    int64  // 1-based row within the file, header not counted; 0 if unknown
	Column string // name of the column; "" if unknown
	Offset int64  // byte offset within the file; 0 if unknown
	Err    error
}

func (e *Error) Error() string {
	var pos []string
	if e.Line > 0 {
		pos = append(pos, fmt.Sprintf("line %d", e.Line))
	}
	if e.Row > 0 && e.Line == 0 {
		pos = append(pos, fmt.Sprintf("row %d", e.Row))
	}
	if e.Split > 0 && e.Line == 0 {
		pos = append(pos, fmt.Sprintf("split %d", e.Split))
	}
	if e.Column != "" {
		pos = append(pos, fmt.Sprintf("column %s", e.Column))
	}
	if e.Offset > 0 && e.Line == 0 {
		pos = append(pos, fmt.Sprintf("byte %d", e.Offset))
	}
	if len(pos) == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s: %s: %v", e.File, strings.Join(pos, ", "), e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// OptionError says that an option, not the file, is wrong: it names a column
// that there is not.
type OptionError struct{ Err error }

func (e *OptionError) Error() string { return e.Err.Error() }
func (e *OptionError) Unwrap() error { return e.Err }

// ErrEmpty says that a file has no bytes or no header.
var ErrEmpty = errors.New("the file is empty")

// ErrGuess is wrapped by errors about data that was read at a place which was
// guessed, because Request.Sample allowed it.
var ErrGuess = errors.New("where its rows begin was guessed")

// ErrMemory is wrapped by errors about data that is sound, but larger than the
// memory that it may take.
var ErrMemory = errors.New("raise --memory-limit")

// UnsupportedTypeError is the file's name of a column type that weir cannot
// compute with.
type UnsupportedTypeError string

func (e UnsupportedTypeError) Error() string {
	return fmt.Sprintf("type %s is not supported; the other columns of the file can be used", string(e))
}
