package arrowrecord

import (
	"fmt"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// Chunk is rec as a chunk over the same buffers. The chunk holds a reference to
// rec until it is released. Every column has to be of a type that weir can
// compute with; select those first.
func Chunk(rec arrow.Record) (*chunk.Chunk, chunk.Schema, error) {
	schema := ChunkSchema(rec.Schema())
	c := &chunk.Chunk{Rows: int(rec.NumRows()), Columns: make([]chunk.Column, len(schema))}
	for i, f := range schema {
		var err error
		if f.Type.ID == chunk.Unsupported {
			err = format.UnsupportedTypeError(f.Type.Name)
		} else {
			c.Columns[i], err = column(rec.Column(i).Data(), f.Type)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
	}
	rec.Retain()
	c.Hold(recordLease{rec})
	return c, schema, nil
}

func column(data arrow.ArrayData, t chunk.Type) (chunk.Column, error) {
	offset, n := data.Offset(), data.Len()
	col := chunk.Column{Type: t, Len: n, BitOffset: offset & 7}
	buffers := data.Buffers()
	if validity := bytesOf(buffers, 0); len(validity) > 0 && n > 0 && data.NullN() != 0 {
		if len(validity) < chunk.BitmapBytes(offset+n) {
			return col, fmt.Errorf("validity buffer has %d bytes, %d rows need %d", len(validity), offset+n, chunk.BitmapBytes(offset+n))
		}
		col.Validity = validity[offset>>3:]
		// Counted, for NullN may be unknown (negative) or another's claim.
		col.Nulls = n - chunk.CountBits(col.Validity, col.BitOffset, n)
	}
	if col.Nulls == 0 {
		col.Validity = nil
	}
	values := bytesOf(buffers, 1)
	switch {
	case data.DataType().ID() == arrow.DICTIONARY:
		return dictionary(col, data)
	case t.ID == chunk.String && n > 0:
		col.WideOffsets = data.DataType().ID() == arrow.LARGE_STRING
		width := 4
		if col.WideOffsets {
			width = 8
		}
		var err error
		if col.Offsets, err = rows(values, width, offset, n+1); err != nil {
			return col, err
		}
		col.Values = bytesOf(buffers, 2)
		return col, col.CheckTexts()
	case t.ID == chunk.String:
		col.Offsets = make([]byte, 4) // one more than rows
		return col, nil
	case t.ID == chunk.Bool:
		if len(values) < chunk.BitmapBytes(offset+n) {
			return col, fmt.Errorf("values buffer has %d bytes, %d rows need %d", len(values), offset+n, chunk.BitmapBytes(offset+n))
		}
		col.Values = values[offset>>3:]
		return col, nil
	}
	var err error
	col.Values, err = rows(values, t.ID.Width(), offset, n)
	return col, err
}

// dictionary fills in the indices and the dictionary of col. An index under a
// null may be anything in Arrow but not in a chunk, and an entry of Arrow's
// dictionary may itself be null: such indices are copied and mended.
func dictionary(col chunk.Column, data arrow.ArrayData) (chunk.Column, error) {
	dictData := data.Dictionary()
	dict, err := column(dictData, col.Type)
	if err != nil {
		return col, fmt.Errorf("dictionary: %w", err)
	}
	if dict.Dict != nil {
		return col, format.UnsupportedTypeError(data.DataType().String())
	}
	indices := data.DataType().(*arrow.DictionaryType).IndexType
	raw, err := rows(bytesOf(data.Buffers(), 1), indices.(arrow.FixedWidthDataType).BitWidth()/8, data.Offset(), col.Len)
	if err != nil {
		return col, fmt.Errorf("indices: %w", err)
	}
	if indices.ID() == arrow.INT32 && dict.Nulls == 0 && within(chunk.View[uint32](raw)[:col.Len], uint32(dict.Len)) {
		col.Values, col.Dict = raw, &dict
		return col, nil
	}

	wide := make([]int64, col.Len)
	if err := widen(wide, raw, indices.ID()); err != nil {
		return col, err
	}
	mended := make([]int32, col.Len)
	validity := make([]byte, chunk.BitmapBytes(col.Len))
	nulls := 0
	for r, index := range wide {
		switch {
		case !col.Valid(r):
			nulls++
			continue
		case index < 0 || index >= int64(dict.Len):
			return col, fmt.Errorf("row %d: index %d is outside the dictionary of %d", r+1, index, dict.Len)
		case !dict.Valid(int(index)):
			nulls++
			continue
		}
		mended[r] = int32(index)
		chunk.SetBits(validity, r, 1)
	}
	dict.Nulls, dict.Validity, dict.BitOffset = 0, nil, 0
	if dict.Len == 0 {
		dict = chunk.Column{Type: col.Type, Len: 1, Offsets: make([]byte, 8)} // what the nulls point at
	}
	col.Values, col.Dict, col.BitOffset = chunk.Bytes(mended), &dict, 0
	col.Nulls, col.Validity = nulls, nil
	if nulls > 0 {
		col.Validity = validity
	}
	return col, nil
}

func within(indices []uint32, size uint32) bool {
	for _, index := range indices {
		if index >= size {
			return false
		}
	}
	return true
}

func widen(dst []int64, raw []byte, index arrow.Type) error {
	switch index {
	case arrow.INT8:
		widenTo(dst, chunk.View[int8](raw))
	case arrow.INT16:
		widenTo(dst, chunk.View[int16](raw))
	case arrow.INT32:
		widenTo(dst, chunk.View[int32](raw))
	case arrow.INT64, arrow.UINT64: // beyond int64 it is negative: outside any dictionary
		widenTo(dst, chunk.View[int64](raw))
	case arrow.UINT8:
		widenTo(dst, chunk.View[uint8](raw))
	case arrow.UINT16:
		widenTo(dst, chunk.View[uint16](raw))
	case arrow.UINT32:
		widenTo(dst, chunk.View[uint32](raw))
	default:
		return fmt.Errorf("dictionary indices of type %s", index)
	}
	return nil
}

func widenTo[T chunk.Number](dst []int64, src []T) {
	for i := range dst {
		dst[i] = int64(src[i])
	}
}

// rows is n values of width bytes from the offset-th on, copied only if they
// lie at an address that their type cannot be read from.
func rows(buf []byte, width, offset, n int) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	if len(buf)/width < offset+n {
		return nil, fmt.Errorf("buffer has %d bytes, %d values need %d", len(buf), offset+n, width*(offset+n))
	}
	buf = buf[width*offset : width*(offset+n)]
	if uintptr(unsafe.Pointer(unsafe.SliceData(buf)))%uintptr(width) != 0 {
		aligned := make([]uint64, (len(buf)+7)/8)
		buf = chunk.Bytes(aligned)[:copy(chunk.Bytes(aligned), buf)]
	}
	return buf, nil
}

func bytesOf(buffers []*memory.Buffer, i int) []byte {
	if i >= len(buffers) || buffers[i] == nil {
		return nil
	}
	return buffers[i].Bytes()
}

// recordLease keeps a record for as long as a chunk needs it.
type recordLease struct{ rec arrow.Record }

func (l recordLease) Alloc(int) []byte { panic("arrowrecord: alloc from a record") }
func (l recordLease) Trim()            {}
func (l recordLease) Retain()          { l.rec.Retain() }
func (l recordLease) Release()         { l.rec.Release() }
