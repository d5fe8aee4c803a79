package wire

import (
	"fmt"

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
	for u := chunk.Second; u <= chunk.Nanosecond; u++ {
		if u.String() == d.Unit {
			c.Type.Unit = u
		}
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
		if d.Dict.Dict != nil {
			return chunk.Column{}, fmt.Errorf("column %s: a dictionary of a dictionary", d.Name)
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
	if verify {
		if err := c.CheckTexts(); err != nil {
			return chunk.Column{}, fmt.Errorf("column %s: %w", d.Name, err)
		}
	}
	return c, nil
}

// maxRows bounds what a message may say; no chunk comes near it.
const maxRows = 1 << 40
