package csvfile

import (
	"bytes"
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// overrun is how many bytes a short text may be copied too far.
const overrun = 16

// strings decodes texts. An empty field is null unless it is quoted.
func (c *column) strings(t *tile) *valueError {
	offsets := chunk.View[int32](c.out.Offsets)[t.first+1 : t.first+1+t.rows]
	values, text := c.out.Values, t.text
	end := c.end
	i := c.field
	for r := range offsets {
		s, e := int(t.at[i])+1, int(t.at[i+1])
		i += t.stride
		if c.last && e > s && text[e-1] == '\r' {
			e--
		}
		quoted := t.quotes && e > s && text[s] == '"'
		if quoted {
			s, e = s+1, e-1
		}
		switch {
		case quoted && t.doubled:
			end += unquote(values[end:], text[s:e])
		case !quoted && (s == e || len(c.nulls) > 0 && c.isNull(text[s:e])):
			c.null(t.first + r)
		case e-s <= 16:
			// One copy of fixed size instead of a call. What it writes too much
			// is overwritten by the next text.
			*(*[16]byte)(unsafe.Pointer(&values[end : end+16][0])) = *(*[16]byte)(unsafe.Pointer(&text[s : s+16][0]))
			end += e - s
		default:
			end += copy(values[end:], text[s:e])
		}
		offsets[r] = int32(end)
	}
	c.end = end
	return nil
}

// unquote copies the inside of a quoted field, in which a quote is written
// twice, and returns the length without the second ones.
func unquote(to, inside []byte) int {
	n := 0
	for {
		i := bytes.IndexByte(inside, '"')
		if i < 0 {
			return n + copy(to[n:], inside)
		}
		n += copy(to[n:], inside[:i+1])
		inside = inside[i+2:]
	}
}
