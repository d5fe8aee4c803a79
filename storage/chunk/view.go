package chunk

import (
	"encoding/binary"
	"unsafe"
)

// Number is the Go type of a fixed-width value.
type Number interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// View is buf as values of T without copying. buf must be aligned for T; bytes
// beyond the last whole value are left out.
func View[T Number](buf []byte) []T {
	var zero T
	width := int(unsafe.Sizeof(zero))
	if len(buf) < width {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(buf))), len(buf)/width)
}

// Bytes is the inverse of [View].
func Bytes[T Number](values []T) []byte {
	var zero T
	if len(values) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(zero)))
}

// Valid tells whether row r is not null.
func (c *Column) Valid(r int) bool {
	if c.Nulls == 0 || c.Validity == nil {
		return true
	}
	r += c.BitOffset
	return c.Validity[r>>3]>>(r&7)&1 == 1
}

// Bit is row r of a Bool column.
func (c *Column) Bit(r int) bool {
	r += c.BitOffset
	return c.Values[r>>3]>>(r&7)&1 == 1
}

// Str is row r of a String column, without copying: it is valid as long as the
// chunk. The bytes of a null row are undefined.
func (c *Column) Str(r int) []byte {
	if c.Dict != nil {
		return c.Dict.Str(int(binary.LittleEndian.Uint32(c.Values[4*r:])))
	}
	if c.WideOffsets {
		return c.Values[binary.LittleEndian.Uint64(c.Offsets[8*r:]):binary.LittleEndian.Uint64(c.Offsets[8*r+8:])]
	}
	return c.Values[binary.LittleEndian.Uint32(c.Offsets[4*r:]):binary.LittleEndian.Uint32(c.Offsets[4*r+4:])]
}

// Slice is rows [from, from+rows) of the column over the same buffers, without
// copying. The slice's null count is exact (it counts the bits).
func (c *Column) Slice(from, rows int) Column {
	s := *c
	s.Len = rows
	bit := c.BitOffset + from
	s.BitOffset = bit & 7
	bitmapBytes := func(b []byte) []byte { return b[bit>>3 : (bit+rows+7)>>3] }
	switch {
	case c.Type.ID == Bool:
		s.Values = bitmapBytes(c.Values)
	case c.Type.ID == String && c.Dict != nil:
		s.Values = c.Values[4*from : 4*(from+rows)]
	case c.Type.ID == String:
		width := 4
		if c.WideOffsets {
			width = 8
		}
		s.Offsets = c.Offsets[width*from : width*(from+rows+1)]
	default:
		width := c.Type.ID.Width()
		s.Values = c.Values[width*from : width*(from+rows)]
	}
	if c.Nulls == 0 || c.Validity == nil {
		s.Nulls, s.Validity = 0, nil
		return s
	}
	s.Validity = bitmapBytes(c.Validity)
	s.Nulls = rows - CountBits(s.Validity, s.BitOffset, rows)
	if s.Nulls == 0 {
		s.Validity = nil
	}
	return s
}

// alignedTail is the first sizeBytes of buf that begin at a multiple of Align.
func alignedTail(buf []byte, sizeBytes int64) []byte {
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(buf))) & (Align - 1)
	return buf[skip : int64(skip)+sizeBytes]
}
