package expr

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/weir-pipeline/weir/storage/spelling"
)

// Error is what is wrong with an expression, and where. It reads
//
//	x + nmae: unknown column nmae; did you mean name?
//	    ^
type Error struct {
	Text   string // the whole text that the user wrote
	Offset int    // byte in Text that the error is about
	Msg    string
}

// shownRunes is how much of a long text an error quotes.
const shownRunes = 100

// Error is the text with the message, and below it a caret under the place.
func (e *Error) Error() string {
	if strings.TrimSpace(e.Text) == "" {
		return e.Msg // there is nothing to point at
	}
	offset := max(min(e.Offset, len(e.Text)), 0)
	for offset > 0 && offset < len(e.Text) && !utf8.RuneStart(e.Text[offset]) {
		offset--
	}
	before, after := []rune(e.Text[:offset]), []rune(e.Text[offset:])
	if len(before)+len(after) > shownRunes {
		if cut := len(before) - shownRunes/2; cut > 0 {
			before = append([]rune("..."), before[cut:]...)
		}
		if room := shownRunes - len(before); len(after) > room {
			after = append(after[:room:room], '.', '.', '.')
		}
	}
	line := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' ' // a line break or tab would move the caret
		}
		return r
	}, string(before)+string(after))
	return fmt.Sprintf("%s: %s\n%*s", line, e.Msg, len(before)+1, "^")
}

func newError(text string, offset int, format string, args ...any) error {
	return &Error{Text: text, Offset: offset, Msg: fmt.Sprintf(format, args...)}
}

// RowError is an expression that has no value on a row.
type RowError struct {
	Row int // row of the block; see block.Block.ChunkRow
	Err error
}

func (e *RowError) Error() string { return e.Err.Error() }

func (e *RowError) Unwrap() error { return e.Err }

// didYouMean is the end of a message about an unknown name.
func didYouMean(name string, candidates []string) string {
	if near := spelling.Nearest(name, candidates); near != "" {
		return "; did you mean " + quoteName(near) + "?"
	}
	return ""
}
