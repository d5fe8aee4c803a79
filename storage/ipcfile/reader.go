package ipcfile

import (
	"context"
	"fmt"
	"io"
	"math"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// part is a split: rows [from, to) of one batch.
type part struct {
	batch    int
	from, to int
}

// reader delivers a split in one of three ways.
//
// Piece by piece: the buffers are used where they are mapped, and each chunk
// leases only what it needs beside them (widened indices). By windows: each
// chunk leases memory for its rows, which are read from the file. As a whole: a
// compressed batch, or one whose dictionary has to be put together, is brought
// into one lease at the first chunk, and the chunks share it.
type reader struct {
	file    *file
	part    part
	mem     chunk.Memory
	meter   format.Meter
	maxRows int
	columns []column
	pos     int // next row of the batch
	reads   bool
	windows []column // reads: the columns with the buffers of one chunk
	ends    []int64  // reads: where the texts of a chunk begin and end, of each column

	whole []chunk.Column // as a whole: the split's columns
	lease chunk.Lease    // as a whole: until the last chunk takes it over
	asOne bool
}

func newReader(f *file, p part, req format.Request, mem chunk.Memory, meter format.Meter) (*reader, error) {
	if meter == nil {
		meter = format.NoMeter{}
	}
	r := &reader{file: f, part: p, mem: mem, meter: meter, maxRows: max(1, req.MaxRows), pos: p.from, reads: req.Read}
	b := &f.batches[p.batch]
	r.columns = make([]column, len(req.Columns))
	for i, at := range req.Columns {
		c := &r.columns[i]
		*c = column{field: &f.layout.fields[at], file: f, batch: b}
		if err := c.locate(); err != nil {
			return nil, err
		}
		r.asOne = r.asOne || c.loads()
		if c.kind == coded {
			c.limit = uint32(b.dicts[c.dict].rows)
			r.asOne = r.asOne || !b.dicts[c.dict].inPlace()
		}
	}
	if r.asOne {
		return r, nil
	}
	if r.reads {
		r.windows, r.ends = make([]column, len(r.columns)), make([]int64, 2*len(r.columns))
	}
	return r, r.useMapping()
}

// useMapping prepares delivery piece by piece, or by windows.
func (r *reader) useMapping() error {
	for i := range r.columns {
		c := &r.columns[i]
		if err := c.measure(); err != nil {
			return err
		}
		if c.kind != coded {
			continue
		}
		var err error
		if c.texts, err = c.batch.dicts[c.dict].dict.inMapping(c.Name); err != nil {
			return c.fail(0, err)
		}
	}
	return nil
}

// Next delivers the next rows.
func (r *reader) Next(ctx context.Context, c *chunk.Chunk) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	n := min(r.maxRows, r.part.to-r.pos)
	if n <= 0 {
		return io.EOF
	}
	var err error
	switch {
	case r.asOne:
		err = r.slice(ctx, c, n)
	case r.reads && len(r.columns) > 0:
		n, err = r.window(ctx, c, n)
	default:
		err = r.piece(ctx, c, n)
	}
	if err != nil {
		clear(c.Columns)
		c.Columns = c.Columns[:0]
		return err
	}
	c.FirstRow, c.Rows = int64(r.pos-r.part.from), n
	r.pos += n
	return nil
}

// piece fills c over the mapping.
func (r *reader) piece(ctx context.Context, c *chunk.Chunk, n int) error {
	var need int64
	for i := range r.columns {
		sizeBytes, err := r.columns[i].check(r.pos, n)
		if err != nil {
			return err
		}
		need += sizeBytes
	}
	var lease chunk.Lease
	if need > 0 {
		var err error
		if lease, err = r.reserve(ctx, need); err != nil {
			return err
		}
	}
	c.Columns = c.Columns[:0]
	read := int64(0)
	for i := range r.columns {
		col := &r.columns[i]
		out, err := col.deliver(r.pos, n, lease, r.meter)
		if err != nil {
			if lease != nil {
				lease.Release()
			}
			return err
		}
		col.forget(r.pos, n)
		read += col.storedBytes(&out) + col.dictionaryBytes()
		c.Columns = append(c.Columns, out)
	}
	r.meter.Read(read)
	if lease != nil {
		lease.Trim()
		c.Hold(lease)
	}
	return nil
}

// slice fills c from the split as a whole.
func (r *reader) slice(ctx context.Context, c *chunk.Chunk, n int) error {
	if r.whole == nil {
		if err := r.load(ctx); err != nil {
			return err
		}
	}
	c.Columns = c.Columns[:0]
	for i := range r.whole {
		c.Columns = append(c.Columns, r.whole[i].Slice(r.pos-r.part.from, n))
	}
	if r.pos+n < r.part.to {
		r.lease.Retain()
		c.Hold(r.lease)
		return nil
	}
	c.Hold(r.lease)
	r.lease = nil
	return nil
}

// load brings the split into one lease.
func (r *reader) load(ctx context.Context) error {
	need, err := r.wholeBytes()
	if err != nil {
		return err
	}
	if most := r.mem.CapacityBytes(); need > most {
		return &format.Error{File: r.file.name, Split: r.part.batch + 1, Offset: r.file.batches[r.part.batch].at, Err: fmt.Errorf(
			"the requested columns of this batch of %d rows take %d bytes decompressed, and the memory holds %d: "+
				"raise the memory limit, ask for fewer columns, or write the file with smaller batches",
			r.file.batches[r.part.batch].rows, need, most)}
	}
	lease, err := r.reserve(ctx, need)
	if err != nil {
		return err
	}
	if r.whole, err = r.loadInto(lease); err != nil {
		lease.Release()
		r.whole = nil
		return err
	}
	lease.Trim()
	r.lease = lease
	return nil
}

// wholeBytes is an upper bound of the memory that loadInto takes.
func (r *reader) wholeBytes() (int64, error) {
	size := int64(0)
	n := int64(r.part.to - r.part.from)
	seen := make([]bool, len(r.file.layout.dicts))
	for i := range r.columns {
		c := &r.columns[i]
		loaded, err := c.loadedBytes()
		if err != nil {
			return 0, err
		}
		size += loaded
		if c.kind == coded || !c.loads() {
			size += c.most(n)
		}
		if ref := c.batch.dicts; c.kind == coded && !ref[c.dict].inPlace() && !seen[c.dict] {
			seen[c.dict] = true
			dictBytes, err := ref[c.dict].leasedBytes(c.Name)
			if err != nil {
				return 0, c.fail(0, err)
			}
			size += dictBytes
		}
		if size < 0 || size > math.MaxInt64/8 {
			return 0, c.fail(0, fmt.Errorf("corrupt metadata: buffers of %d bytes", uint64(size)))
		}
	}
	return size, nil
}

// loadInto decompresses and decodes the split's columns.
func (r *reader) loadInto(lease chunk.Lease) ([]chunk.Column, error) {
	n := r.part.to - r.part.from
	whole := make([]chunk.Column, 0, len(r.columns))
	dicts := make([]*texts, len(r.file.layout.dicts))
	for i := range r.columns {
		c := &r.columns[i]
		if c.kind == coded {
			if dicts[c.dict] == nil {
				t, err := r.loadTexts(c, lease)
				if err != nil {
					return nil, c.fail(0, err)
				}
				dicts[c.dict] = t
			}
			c.texts = dicts[c.dict]
		}
		if err := c.load(lease, r.meter); err != nil {
			return nil, err
		}
		if err := c.measure(); err != nil {
			return nil, err
		}
		if _, err := c.check(r.part.from, n); err != nil {
			return nil, err
		}
		out, err := c.deliver(r.part.from, n, lease, r.meter)
		if err != nil {
			return nil, err
		}
		if !c.loads() {
			r.meter.Read(c.storedBytes(&out))
		}
		whole = append(whole, out)
	}
	return whole, nil
}

func (r *reader) loadTexts(c *column, lease chunk.Lease) (*texts, error) {
	ref := c.batch.dicts[c.dict]
	if ref.inPlace() {
		r.meter.Read(ref.dict.readBytes())
		return ref.dict.inMapping(c.Name)
	}
	return ref.decode(c.Name, lease, r.meter)
}

// reserve leases memory and counts the time of waiting for it.
func (r *reader) reserve(ctx context.Context, sizeBytes int64) (chunk.Lease, error) {
	r.meter.Switch(format.Wait)
	defer r.meter.Switch(format.Decode)
	return r.mem.Lease(ctx, sizeBytes)
}

// Close gives the rest of the split back.
func (r *reader) Close() error {
	if r.lease != nil {
		r.lease.Release()
		r.lease = nil
	}
	r.whole, r.columns = nil, nil
	r.pos = r.part.to
	return nil
}
