package ipcfile

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// dictionary is the texts of one id from one replacement to the next. Deltas
// only add texts, so all batches in between use the longest, each with the limit
// that held when it was written (dictRef).
type dictionary struct {
	file  *file
	id    int64
	wide  bool
	parts []batch
	rows  int64
	nulls bool // a text may be null

	once   sync.Once
	mapped *texts
	err    error
	seen   atomic.Bool // counted as read
}

// dictRef is a dictionary as a batch sees it. dict is nil where the file never
// gave one.
type dictRef struct {
	dict *dictionary
	rows int64
}

// texts is a dictionary ready for use. Columns that share it point to it, so
// the pointer identifies it.
type texts struct {
	chunk.Column
	validity []byte // nil if no text is null
}

// add appends a part.
func (d *dictionary) add(b batch) error {
	_, nulls, err := b.node(0)
	if err != nil {
		return err
	}
	if d.rows += b.rows; d.rows > math.MaxInt32 {
		return fmt.Errorf("a dictionary of %d texts; weir holds up to %d", d.rows, math.MaxInt32)
	}
	d.nulls = d.nulls || nulls != 0
	d.parts = append(d.parts, b)
	return nil
}

// part is one part as a text column.
func (d *dictionary) part(i int, name string) (*column, error) {
	f := &field{Field: chunk.Field{Name: name, Type: chunk.Type{ID: chunk.String}}, kind: text, wide: d.wide}
	c := &column{field: f, file: d.file, batch: &d.parts[i]}
	if err := c.locate(); err != nil {
		return nil, err
	}
	return c, nil
}

// inPlace tells whether the texts can be used where they lie in the file. An
// empty dictionary cannot: null rows need a text to point to.
func (ref dictRef) inPlace() bool {
	d := ref.dict
	return d != nil && len(d.parts) == 1 && d.rows > 0 && d.parts[0].codec == plain && !d.file.compressed && d.offsetsAligned()
}

func (d *dictionary) offsetsAligned() bool {
	c, err := d.part(0, "")
	return err != nil || aligned(c.offsets, c.offsetBytes())
}

// inMapping is the dictionary over the mapping, checked once for all readers.
func (d *dictionary) inMapping(name string) (*texts, error) {
	d.once.Do(func() {
		c, err := d.part(0, name)
		if err == nil {
			err = c.measure()
		}
		if err == nil {
			_, err = c.check(0, int(d.rows))
		}
		if err != nil {
			d.err = err
			return
		}
		col, err := c.deliver(0, int(d.rows), nil, format.NoMeter{})
		d.mapped, d.err = newTexts(col), err
	})
	return d.mapped, d.err
}

// newTexts splits the nulls off.
func newTexts(col chunk.Column) *texts {
	t := &texts{Column: col, validity: col.Validity}
	t.Validity, t.Nulls = nil, 0
	return t
}

// readBytes is what the dictionary takes in the file, once: 0 when asked again.
func (d *dictionary) readBytes() int64 {
	if d.seen.Swap(true) {
		return 0
	}
	var n int64
	for i := range d.parts {
		n += int64(len(d.parts[i].body))
	}
	return n
}

// leasedBytes is an upper bound of the memory that decode takes.
func (ref dictRef) leasedBytes(name string) (int64, error) {
	size := int64(3 * chunk.Align)
	if ref.dict == nil {
		return size, nil
	}
	for i := range ref.dict.parts {
		c, err := ref.dict.part(i, name)
		if err != nil {
			return 0, err
		}
		n, err := c.loadedBytes()
		if err != nil {
			return 0, err
		}
		if n == 0 {
			n = chunk.AlignUp(int64(len(c.values))) + chunk.AlignUp(int64(len(c.offsets))) + chunk.AlignUp(int64(len(c.validity)))
		}
		size += 2*n + 2*c.most(c.batch.rows) // as a part, and joined
		if size < 0 || size > math.MaxInt64/8 {
			return 0, c.fail(0, fmt.Errorf("a dictionary of %d bytes", size))
		}
	}
	return size, nil
}

// decode makes the dictionary in a lease with room for leasedBytes.
func (ref dictRef) decode(name string, lease chunk.Lease, meter format.Meter) (*texts, error) {
	var parts []chunk.Column
	if d := ref.dict; d != nil {
		for i := range d.parts {
			c, err := d.part(i, name)
			if err != nil {
				return nil, err
			}
			if err := c.load(lease, meter); err != nil {
				return nil, err
			}
			if c.batch.rows == 0 {
				continue
			}
			if err := c.measure(); err != nil {
				return nil, err
			}
			if _, err := c.check(0, int(c.batch.rows)); err != nil {
				return nil, err
			}
			col, err := c.deliver(0, int(c.batch.rows), lease, meter)
			if err != nil {
				return nil, err
			}
			parts = append(parts, col)
		}
	}
	switch len(parts) {
	case 0:
		offsets := lease.Alloc(8)
		clear(offsets)
		return &texts{Column: chunk.Column{Type: chunk.Type{ID: chunk.String}, Len: 1, Offsets: offsets}}, nil
	case 1:
		return newTexts(parts[0]), nil
	}
	joined := joinTexts(parts, lease)
	meter.Copied(name, joined.SizeBytes(), "the dictionary comes in parts")
	return joined, nil
}

// joinTexts is a dictionary and its deltas as one.
func joinTexts(parts []chunk.Column, lease chunk.Lease) *texts {
	rows, dataBytes, nulls := 0, 0, 0
	for i := range parts {
		p := &parts[i]
		lo, hi := textRange(p)
		rows, dataBytes, nulls = rows+p.Len, dataBytes+int(hi-lo), nulls+p.Nulls
	}
	t := &texts{Column: chunk.Column{Type: chunk.Type{ID: chunk.String}, Len: rows}}
	t.WideOffsets = parts[0].WideOffsets || dataBytes > math.MaxInt32
	width := 4
	if t.WideOffsets {
		width = 8
	}
	t.Offsets, t.Values = lease.Alloc(width*(rows+1)), lease.Alloc(dataBytes)
	if nulls > 0 {
		t.validity = lease.Alloc(chunk.BitmapBytes(rows))
		clear(t.validity)
	}
	at, r := int64(0), 0
	set := func() {
		if t.WideOffsets {
			chunk.View[int64](t.Offsets)[r] = at
		} else {
			chunk.View[int32](t.Offsets)[r] = int32(at)
		}
	}
	for i := range parts {
		p := &parts[i]
		for k := range p.Len {
			set()
			at += int64(copy(t.Values[at:], p.Str(k)))
			if nulls > 0 && p.Valid(k) {
				t.validity[r>>3] |= 1 << (r & 7)
			}
			r++
		}
	}
	set()
	return t
}

func textRange(c *chunk.Column) (lo, hi int64) {
	if c.WideOffsets {
		o := chunk.View[int64](c.Offsets)
		return o[0], o[c.Len]
	}
	o := chunk.View[int32](c.Offsets)
	return int64(o[0]), int64(o[c.Len])
}
