package chunk

import (
	"errors"
	"fmt"
)

// CheckBuffers tells whether the column's buffers are long enough for its
// rows. It costs the same for any number of rows.
func (c *Column) CheckBuffers() error {
	if c.Len < 0 || c.Nulls < 0 || c.Nulls > c.Len || c.BitOffset < 0 || c.BitOffset > 7 {
		return fmt.Errorf("%d rows, %d nulls and bit offset %d make no sense", c.Len, c.Nulls, c.BitOffset)
	}
	need := func(what string, buf []byte, bytes int) error {
		if len(buf) < bytes {
			return fmt.Errorf("%s buffer has %d bytes, %d rows need %d", what, len(buf), c.Len, bytes)
		}
		return nil
	}
	if c.Nulls > 0 {
		if err := need("validity", c.Validity, BitmapBytes(c.BitOffset+c.Len)); err != nil {
			return err
		}
	}
	switch {
	case c.Type.ID == Bool:
		return need("values", c.Values, BitmapBytes(c.BitOffset+c.Len))
	case c.Type.ID == String && c.Dict != nil:
		if c.Dict.Type.ID != String || c.Dict.Dict != nil {
			return errors.New("the dictionary is not one of plain strings")
		}
		if err := c.Dict.CheckBuffers(); err != nil {
			return fmt.Errorf("dictionary: %w", err)
		}
		return need("index", c.Values, 4*c.Len)
	case c.Type.ID == String && c.Len == 0:
		return nil
	case c.Type.ID == String && c.WideOffsets:
		return need("offsets", c.Offsets, 8*(c.Len+1))
	case c.Type.ID == String:
		return need("offsets", c.Offsets, 4*(c.Len+1))
	case c.Type.ID == Unsupported:
		return fmt.Errorf("type %s is not supported", c.Type)
	}
	return need("values", c.Values, c.Type.ID.Width()*c.Len)
}

// CheckTexts tells whether a String column's offsets ascend within its data
// and its indices are within its dictionary: one pass over the rows. Columns
// of other types pass. CheckBuffers must have passed.
func (c *Column) CheckTexts() error {
	switch {
	case c.Type.ID != String || c.Len == 0:
		return nil
	case c.Dict != nil:
		if err := c.Dict.CheckTexts(); err != nil {
			return fmt.Errorf("dictionary: %w", err)
		}
		size := uint32(c.Dict.Len)
		for r, index := range View[uint32](c.Values)[:c.Len] {
			if index >= size {
				return fmt.Errorf("row %d: index %d is outside the dictionary of %d", r+1, int32(index), size)
			}
		}
		return nil
	case c.WideOffsets:
		return ascending(View[int64](c.Offsets)[:c.Len+1], len(c.Values))
	}
	return ascending(View[int32](c.Offsets)[:c.Len+1], len(c.Values))
}

func ascending[T int32 | int64](offsets []T, sizeBytes int) error {
	last := T(0)
	for r, o := range offsets {
		if o < last {
			return fmt.Errorf("row %d: text offset %d is before %d", r, o, last)
		}
		last = o
	}
	if int64(last) > int64(sizeBytes) {
		return fmt.Errorf("text offset %d is beyond the %d bytes of text", last, sizeBytes)
	}
	return nil
}
