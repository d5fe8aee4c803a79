package csvfile

import (
	"math"
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// tile is some rows of a block, few enough that their text and index stay in
// the processor's cache while one column after another is decoded.
type tile struct {
	text    []byte
	at      []uint32 // the index from the tile's first row on
	stride  int
	first   int // row within the chunk
	rows    int
	quotes  bool // there are quotes in the block
	doubled bool // some of them are written twice
	crlf    bool // the lines of the block seem to end in CR LF
}

// tileRows is the number of rows of a tile.
const tileRows = 1024

// column decodes one requested column of a chunk.
type column struct {
	field  int // position in the schema
	last   bool
	typ    chunk.Type
	nulls  [][]byte // texts that mean null beside the empty one
	strict bool     // nulls look like values of the type: ask before parsing

	out   chunk.Column
	lease chunk.Lease
	end   int      // String: bytes of Values in use
	spans []uint32 // fields without their quotes and CR, see unwrap
}

// reserve is the most bytes that rows of the column take in a lease. textBytes
// is the length of all its fields.
func (c *column) reserve(rows int, textBytes int64) int64 {
	size := chunk.AlignUp(int64(chunk.BitmapBytes(rows))) // validity
	switch c.typ.ID {
	case chunk.Bool:
		size += chunk.AlignUp(int64(chunk.BitmapBytes(rows)))
	case chunk.String:
		size += chunk.AlignUp(4*int64(rows+1)) + chunk.AlignUp(textBytes+overrun)
	default:
		size += chunk.AlignUp(int64(c.typ.ID.Width()) * int64(rows))
	}
	return size
}

// begin starts a chunk of rows in lease.
func (c *column) begin(lease chunk.Lease, rows int, textBytes int64) {
	c.out = chunk.Column{Type: c.typ, Len: rows}
	c.lease, c.end = lease, 0
	switch c.typ.ID {
	case chunk.Bool:
		c.out.Values = lease.Alloc(chunk.BitmapBytes(rows))
		clear(c.out.Values)
	case chunk.String:
		c.out.Offsets = lease.Alloc(4 * (rows + 1))
		chunk.View[int32](c.out.Offsets)[0] = 0
		c.out.Values = lease.Alloc(int(textBytes) + overrun)
	default:
		c.out.Values = lease.Alloc(c.typ.ID.Width() * rows)
	}
}

// finish is the decoded column.
func (c *column) finish() chunk.Column {
	out := c.out
	if c.typ.ID == chunk.String {
		out.Values = out.Values[:c.end]
	}
	c.out, c.lease = chunk.Column{}, nil
	return out
}

// null makes row r null. The bitmap is allocated with the first null.
func (c *column) null(r int) {
	if c.out.Validity == nil {
		c.out.Validity = c.lease.Alloc(chunk.BitmapBytes(c.out.Len))
		clear(c.out.Validity)
		chunk.SetBits(c.out.Validity, 0, c.out.Len)
	}
	c.out.Validity[r>>3] &^= 1 << (r & 7)
	c.out.Nulls++
}

// decode reads the tile's rows of the column.
func (c *column) decode(t *tile) *valueError {
	switch c.typ.ID {
	case chunk.String:
		return c.strings(t)
	case chunk.Bool:
		return c.bools(t)
	}
	f := c.unwrap(t)
	switch c.typ.ID {
	case chunk.Int8:
		return ints[int8](c, f, math.MinInt8, math.MaxInt8)
	case chunk.Int16:
		return ints[int16](c, f, math.MinInt16, math.MaxInt16)
	case chunk.Int32:
		return ints[int32](c, f, math.MinInt32, math.MaxInt32)
	case chunk.Int64:
		return ints[int64](c, f, math.MinInt64, math.MaxInt64)
	case chunk.Uint8:
		return ints[uint8](c, f, 0, math.MaxUint8)
	case chunk.Uint16:
		return ints[uint16](c, f, 0, math.MaxUint16)
	case chunk.Uint32:
		return ints[uint32](c, f, 0, math.MaxUint32)
	case chunk.Uint64:
		return c.uint64s(f)
	case chunk.Float32:
		return c.float32s(f)
	case chunk.Float64:
		return c.float64s(f)
	default:
		return c.times(f)
	}
}

// fields are the fields of one column in a tile: field r is
// text[at[r*stride]+1 : at[r*stride+1]].
type fields struct {
	text   []byte
	base   unsafe.Pointer // of text
	at     []uint32
	stride int
	first  int
	rows   int
}

// text of row r of the tile.
func (f *fields) field(r int) []byte {
	return f.text[f.at[r*f.stride]+1 : f.at[r*f.stride+1]]
}

// unwrap is the fields of the column, without the quotes around them and the CR
// after the last of a line. Where there can be neither they are taken from the
// index as they are.
func (c *column) unwrap(t *tile) fields {
	f := fields{text: t.text, base: unsafe.Pointer(unsafe.SliceData(t.text)),
		at: t.at[c.field:], stride: t.stride, first: t.first, rows: t.rows}
	// The lines of one file may end both ways. A CR that was not expected is a
	// space to the parsers of values, but would hide the quote before it.
	crlf := c.last && (t.crlf || t.quotes)
	if !t.quotes && !crlf {
		return f
	}
	if c.spans == nil {
		c.spans = make([]uint32, 2*tileRows)
	}
	for r := range t.rows {
		i := r * t.stride
		s, e := f.at[i]+1, f.at[i+1]
		if crlf && e > s && t.text[e-1] == '\r' {
			e--
		}
		if t.quotes && e-s >= 2 && t.text[s] == '"' && t.text[e-1] == '"' {
			s, e = s+1, e-1
		}
		c.spans[2*r], c.spans[2*r+1] = s-1, e
	}
	f.at, f.stride = c.spans, 2
	return f
}

// isNull tells whether text is one of the spellings of null.
func (c *column) isNull(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	for _, n := range c.nulls {
		if string(n) == string(text) {
			return true
		}
	}
	return false
}

// fail is the error for row r of the tile.
func (c *column) fail(f *fields, r int) *valueError {
	text := f.field(r)
	return &valueError{column: c.field, at: int(f.at[r*f.stride]) + 1, text: string(text[:min(len(text), 100)])}
}
