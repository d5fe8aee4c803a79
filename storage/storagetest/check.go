package storagetest

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// CheckColumn tells how a column breaks the contract of chunk.Column, or nil.
// Kernels index without asking, so this is what keeps them safe.
func CheckColumn(c *chunk.Column) error {
	if c.Len < 0 || c.BitOffset < 0 || c.BitOffset > 7 {
		return fmt.Errorf("length %d, bit offset %d", c.Len, c.BitOffset)
	}
	if (c.Validity == nil) != (c.Nulls == 0) {
		return fmt.Errorf("%d nulls, but validity has %d bytes", c.Nulls, len(c.Validity))
	}
	if c.Validity != nil {
		if need := chunk.BitmapBytes(c.BitOffset + c.Len); len(c.Validity) < need {
			return fmt.Errorf("validity has %d bytes for %d rows from bit %d", len(c.Validity), c.Len, c.BitOffset)
		}
		nulls := 0
		for r := 0; r < c.Len; r++ {
			bit := c.BitOffset + r
			nulls += int(1 - c.Validity[bit>>3]>>(bit&7)&1)
		}
		if nulls != c.Nulls {
			return fmt.Errorf("%d nulls declared, %d found", c.Nulls, nulls)
		}
	}
	switch {
	case c.Type.ID == chunk.Bool:
		if need := chunk.BitmapBytes(c.BitOffset + c.Len); len(c.Values) < need {
			return fmt.Errorf("values have %d bytes for %d bits from bit %d", len(c.Values), c.Len, c.BitOffset)
		}
	case c.Type.ID == chunk.String && c.Dict != nil:
		return checkDictionary(c)
	case c.Type.ID == chunk.String:
		return checkOffsets(c)
	case c.Type.ID == chunk.Unsupported:
		return fmt.Errorf("delivered although of unsupported type %s", c.Type)
	default:
		return checkWidth("values", c.Values, c.Type.ID.Width(), c.Len)
	}
	return nil
}

func checkWidth(what string, buf []byte, width, rows int) error {
	if len(buf) < width*rows {
		return fmt.Errorf("%s have %d bytes for %d rows of %d", what, len(buf), rows, width)
	}
	if at := uintptr(unsafe.Pointer(unsafe.SliceData(buf))); len(buf) > 0 && at%uintptr(width) != 0 {
		return fmt.Errorf("%s are not aligned to %d bytes", what, width)
	}
	return nil
}

func checkDictionary(c *chunk.Column) error {
	d := c.Dict
	if d.Type.ID != chunk.String || d.Dict != nil || d.Nulls != 0 || d.Validity != nil {
		return fmt.Errorf("the dictionary is a %s with %d nulls", d.Type, d.Nulls)
	}
	if err := CheckColumn(d); err != nil {
		return fmt.Errorf("dictionary: %w", err)
	}
	if err := checkWidth("indices", c.Values, 4, c.Len); err != nil {
		return err
	}
	for r, i := range chunk.View[int32](c.Values)[:c.Len] {
		if i < 0 || int(i) >= d.Len {
			return fmt.Errorf("row %d: index %d into a dictionary of %d", r, i, d.Len)
		}
	}
	return nil
}

func checkOffsets(c *chunk.Column) error {
	width := 4
	if c.WideOffsets {
		width = 8
	}
	if err := checkWidth("offsets", c.Offsets, width, c.Len+1); err != nil {
		return err
	}
	last := int64(0)
	for r := 0; r <= c.Len; r++ {
		var o int64
		if c.WideOffsets {
			o = int64(binary.LittleEndian.Uint64(c.Offsets[8*r:]))
		} else {
			o = int64(int32(binary.LittleEndian.Uint32(c.Offsets[4*r:])))
		}
		if o < last || o > int64(len(c.Values)) {
			return fmt.Errorf("offset %d is %d, behind %d, of %d bytes", r, o, last, len(c.Values))
		}
		last = o
	}
	return nil
}
