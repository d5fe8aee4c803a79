package ipcwriter

import (
	"bytes"
	"math"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// maxTextBytes is how much text a utf8 column of a batch may hold; more is cut
// into several batches.
var maxTextBytes int64 = math.MaxInt32

// column gathers rows of one column: fixed-width values, bits or utf8 text
// with 32-bit offsets. Buffers are kept for the next batch.
type column struct {
	validity []byte // nil until there is a null
	offsets  []int32
	values   []byte
	nulls    int
	spare    []byte // validity of an earlier batch, to be reused
}

func (c *column) reset() {
	if c.validity != nil {
		c.spare = c.validity
	}
	c.validity, c.nulls = nil, 0
	c.offsets, c.values = c.offsets[:0], c.values[:0]
}

// column is the first n rows, borrowed until reset.
func (c *column) column(t chunk.Type, n int) chunk.Column {
	return chunk.Column{Type: t, Len: n, Nulls: c.nulls, Validity: c.validity, Offsets: chunk.Bytes(c.offsets), Values: c.values}
}

// append adds rows [from, from+n) of src behind the at rows that are there.
func (c *column) append(src *chunk.Column, at, from, n int) {
	if src.Nulls > 0 && c.validity == nil {
		c.validity = grow(c.spare[:0], chunk.BitmapBytes(at+n))
		chunk.SetBits(c.validity, 0, at)
	}
	if c.validity != nil {
		c.validity = grow(c.validity, chunk.BitmapBytes(at+n))
		if src.Nulls > 0 {
			copyBits(c.validity, at, src.Validity, src.BitOffset+from, n)
		} else {
			chunk.SetBits(c.validity, at, n)
		}
		c.nulls += n - chunk.CountBits(c.validity, at, n)
	}
	switch {
	case src.Type.ID == chunk.Bool:
		c.values = grow(c.values, chunk.BitmapBytes(at+n))
		copyBits(c.values, at, src.Values, src.BitOffset+from, n)
	case src.Type.ID == chunk.String:
		c.appendText(src, from, n)
	default:
		width := src.Type.ID.Width()
		c.values = append(c.values, src.Values[width*from:width*(from+n)]...)
	}
}

func (c *column) appendText(src *chunk.Column, from, n int) {
	if len(c.offsets) == 0 {
		c.offsets = append(c.offsets, 0)
	}
	if src.Dict == nil && !src.WideOffsets {
		offsets := chunk.View[int32](src.Offsets)[from : from+n+1]
		shift := int32(len(c.values)) - offsets[0]
		for _, o := range offsets[1:] {
			c.offsets = append(c.offsets, o+shift)
		}
		c.values = append(c.values, src.Values[offsets[0]:offsets[n]]...)
		return
	}
	for r := from; r < from+n; r++ {
		if src.Valid(r) {
			c.values = append(c.values, src.Str(r)...)
		}
		c.offsets = append(c.offsets, int32(len(c.values)))
	}
}

// textBytes is the size of a String column's rows laid out as utf8.
func textBytes(col *chunk.Column) int64 {
	switch {
	case col.Len == 0:
		return 0
	case col.Dict == nil && col.WideOffsets:
		offsets := chunk.View[int64](col.Offsets)
		return offsets[col.Len] - offsets[0]
	case col.Dict == nil:
		offsets := chunk.View[int32](col.Offsets)
		return int64(offsets[col.Len]) - int64(offsets[0])
	}
	// A bound is enough in the usual case.
	longest := 0
	for i := range col.Dict.Len {
		longest = max(longest, len(col.Dict.Str(i)))
	}
	if bound := int64(longest) * int64(col.Len); bound <= maxTextBytes {
		return bound
	}
	var n int64
	for r := range col.Len {
		n += int64(len(col.Str(r)))
	}
	return n
}

// sameDictionary tells whether a chunk's dictionary is the one of the file.
func sameDictionary(a, b *chunk.Column) bool {
	if a == nil || a.Len != b.Len {
		return false
	}
	if a.Len == 0 || !a.WideOffsets && bytes.Equal(a.Offsets[:4*(a.Len+1)], b.Offsets) && bytes.Equal(a.Values[:min(len(a.Values), len(b.Values))], b.Values) {
		return true
	}
	for i := range a.Len {
		if !bytes.Equal(a.Str(i), b.Str(i)) {
			return false
		}
	}
	return true
}

// ownText is a copy of a dictionary that outlives the chunk, laid out as utf8
// from offset 0.
func ownText(dict *chunk.Column) *chunk.Column {
	var c column
	c.append(dict, 0, 0, dict.Len)
	own := c.column(dict.Type, dict.Len)
	return &own
}

// grow makes a bitmap size bytes long; the new bytes are zero.
func grow(bitmap []byte, size int) []byte {
	if size <= cap(bitmap) {
		old := len(bitmap)
		bitmap = bitmap[:size]
		clear(bitmap[min(old, size):])
		return bitmap
	}
	bigger := make([]byte, size, max(size, 2*cap(bitmap)))
	copy(bigger, bitmap)
	return bigger
}

// copyBits sets bits [at, at+n) of dst, which are 0, to bits [from, from+n) of
// src.
func copyBits(dst []byte, at int, src []byte, from, n int) {
	for ; n > 0 && at&7 != 0; n-- {
		dst[at>>3] |= src[from>>3] >> (from & 7) & 1 << (at & 7)
		at++
		from++
	}
	shift := from & 7
	if shift == 0 {
		copy(dst[at>>3:], src[from>>3:from>>3+n>>3])
	} else {
		d, s := dst[at>>3:], src[from>>3:]
		for i := range n >> 3 {
			d[i] = s[i]>>shift | s[i+1]<<(8-shift)
		}
	}
	whole := n &^ 7
	for i := whole; i < n; i++ {
		dst[(at+i)>>3] |= src[(from+i)>>3] >> ((from + i) & 7) & 1 << ((at + i) & 7)
	}
}
