package expr

import (
	"strings"
	"testing"
)

// TestShortTextsAreEqualOnlyToThemselves compares texts of every short length
// that differ in one bit of one byte, or in length, as words.
func TestShortTextsAreEqualOnlyToThemselves(t *testing.T) {
	for size := range packedBytes + 1 {
		text := strings.Repeat("E", size)
		key := []packed{packText(text)}
		for _, tail := range []string{"", "EEEEEEEEEE"} { // what follows in the buffer must not count
			if !isOneOf(key, []byte(text+tail), 0, uint64(size)) {
				t.Errorf("%q before %q is not itself", text, tail)
			}
			for at := range size {
				for bit := range 8 {
					other := []byte(text + tail)
					other[at] ^= 1 << bit
					if isOneOf(key, other, 0, uint64(size)) {
						t.Errorf("%q is taken for %q", other[:size], text)
					}
				}
			}
			for longer := range 11 {
				if longer != size && isOneOf(key, []byte(strings.Repeat("E", 20)), 0, uint64(longer)) {
					t.Errorf("%d bytes are taken for %q", longer, text)
				}
			}
		}
	}
}
