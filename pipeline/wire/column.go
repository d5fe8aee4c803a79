package wire

import (
	"fmt"
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// Resolve is the inverse of [Describe]: the column over the buffers that get
// returns. What the message says is checked against the type and the lengths
// of the buffers, so that a kernel cannot leave them; texts are checked too
// when verify is set (the sender of a shared segment has done so already).
func (d *Column) Resolve(get func(Extent) ([]byte, error), verify bool) (chunk.Column, error) {
	id, ok := chunk.ParseID(d.Type)
	if !ok || id == chunk.Unsupported {
		return chunk.Column{}, fmt.Errorf("column %s: unknown type %q", d.Name, d.Type)
	}
	c := chunk.Column{
		Type: chunk.Type{ID: id, Zone: d.Zone}, Len: d.Rows, Nulls: d.Nulls,
		BitOffset: d.BitOffset, WideOffsets: d.Wide,
	}
	unit := -1
	for u := chunk.Second; u <= chunk.Nanosecond; u++ {
		if u.String() == d.Unit {
			unit, c.Type.Unit = int(u), u
		}
	}
	if (id == chunk.Timestamp) != (unit >= 0) {
		return chunk.Column{}, fmt.Errorf("column %s: a %s in the unit %q", d.Name, d.Type, d.Unit)
	}
	if d.Rows < 0 || d.Rows > maxRows || d.Nulls < 0 || d.Nulls > d.Rows || d.BitOffset < 0 || d.BitOffset > 7 {
		return chunk.Column{}, fmt.Errorf("column %s: %d rows, %d nulls and bit offset %d make no sense", d.Name, d.Rows, d.Nulls, d.BitOffset)
	}
	for _, b := range []struct {
		from *Extent
		to   *[]byte
	}{{d.Validity, &c.Validity}, {d.Offsets, &c.Offsets}, {d.Values, &c.Values}} {
		if b.from == nil {
			continue
		}
		buf, err := get(*b.from)
		if err != nil {
			return chunk.Column{}, fmt.Errorf("column %s: %w", d.Name, err)
		}
		*b.to = buf
	}
	if d.Dict != nil {
		if d.Dict.Dict != nil || d.Dict.Nulls != 0 {
			return chunk.Column{}, fmt.Errorf("column %s: a dictionary of a dictionary, or one with nulls", d.Name)
		}
		dict, err := d.Dict.Resolve(get, verify)
		if err != nil {
			return chunk.Column{}, fmt.Errorf("column %s: dictionary: %w", d.Name, err)
		}
		c.Dict = &dict
	}
	if err := c.CheckBuffers(); err != nil {
		return chunk.Column{}, fmt.Errorf("column %s: %w", d.Name, err)
	}
	if err := checkAligned(&c); err != nil {
		return chunk.Column{}, fmt.Errorf("column %s: %w", d.Name, err)
	}
	if verify {
		if err := c.CheckTexts(); err != nil {
			return chunk.Column{}, fmt.Errorf("column %s: %w", d.Name, err)
		}
	}
	return c, nil
}

// checkAligned tells whether values lie where the processor reads their type.
func checkAligned(c *chunk.Column) error {
	width := c.Type.ID.Width()
	if c.Dict != nil {
		width = 4
	}
	offsetWidth := 4
	if c.WideOffsets {
		offsetWidth = 8
	}
	for _, b := range []struct {
		buf   []byte
		width int
	}{{c.Values, width}, {c.Offsets, offsetWidth}} {
		if b.width > 1 && uintptr(unsafe.Pointer(unsafe.SliceData(b.buf)))%uintptr(b.width) != 0 {
			return fmt.Errorf("values of %d bytes do not lie at a multiple of it", b.width)
		}
	}
	return nil
}

// MaxChunkRows is the most rows of a chunk.
const MaxChunkRows = 1 << 30

// maxRows bounds what a message may say; no chunk comes near it.
const maxRows = 1 << 40
