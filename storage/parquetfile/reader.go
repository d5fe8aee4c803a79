package parquetfile

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// reader delivers the chunks of one row group.
type reader struct {
	file     *File
	group    int
	mem      chunk.Memory
	meter    format.Meter
	maxRows  int
	parallel int

	rows    int64 // of the row group
	next    int64 // first row of the next chunk
	columns []*column
	counter *column // nothing is requested: the column whose pages are counted
	sizes   []int64 // text of the chunk's columns, in bytes
	codecs  decompressor

	leaseErr error // why there was no lease
	closed  bool
	failed  bool
}

var errClosed = errors.New("the reader is closed")

func (r *reader) reset(f *File, group int, req format.Request, mem chunk.Memory, meter format.Meter) {
	r.file, r.group, r.mem, r.meter = f, group, mem, meter
	r.maxRows, r.parallel = max(req.MaxRows, 1), req.Parallel
	r.rows, r.next = f.foot.groups[group].rows, 0
	r.closed, r.failed, r.counter, r.leaseErr = false, false, nil, nil
	for len(r.columns) < max(len(req.Columns), 1) {
		r.columns = append(r.columns, new(column))
	}
	for i, at := range req.Columns {
		block := min(max(blocksPerReader/len(req.Columns), minBlockBytes), maxBlockBytes)
		r.prepare(r.columns[i], at, block)
	}
	if len(req.Columns) == 0 {
		if at := f.smallest(group); at >= 0 {
			r.counter = r.columns[0]
			r.prepare(r.counter, at, 4<<10)
		}
	}
	r.columns = r.columns[:max(len(req.Columns), 1)]
	if len(req.Columns) == 0 {
		r.columns = r.columns[:0]
	}
	r.sizes = append(r.sizes[:0], make([]int64, len(r.columns))...)
}

func (r *reader) prepare(c *column, at, block int) {
	f := r.file
	stored := f.stored[at]
	meta := &f.foot.groups[r.group].columns[stored.index]
	c.codecs = &r.codecs
	c.reset(f.schema[at], stored, meta, r.mem.CapacityBytes())
	// Early writers left the dictionary's page header out of the size (PARQUET-816).
	const slack = 100
	c.in.reset(f.file, r.meter, meta.start(), min(meta.start()+meta.compressed+slack, f.limit), block)
}

// smallest is the usable column with the fewest bytes in the row group, or -1.
func (f *File) smallest(group int) int {
	best := -1
	for i, s := range f.stored {
		columns := f.foot.groups[group].columns
		if s.index >= 0 && (best < 0 || columns[s.index].compressed < columns[f.stored[best].index].compressed) {
			best = i
		}
	}
	return best
}

// Next decodes the next rows of the requested columns into one lease.
func (r *reader) Next(ctx context.Context, c *chunk.Chunk) error {
	if r.closed || r.failed {
		return errClosed
	}
	err := r.nextChunk(ctx, c)
	if err != nil && err != io.EOF {
		r.failed = true
		c.Release()
	}
	return err
}

func (r *reader) nextChunk(ctx context.Context, c *chunk.Chunk) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.next == r.rows {
		return io.EOF
	}
	if r.counter != nil {
		if err := r.counter.countRows(); err != nil {
			return r.counter.locate(r.file.name, r.group, err)
		}
		r.counter = nil
	}
	rows, need, err := r.plan(ctx)
	if err != nil {
		return err
	}
	c.FirstRow, c.Rows = r.next, rows
	r.next += int64(rows)
	if len(r.columns) == 0 {
		return nil
	}
	lease, err := r.lease(ctx, need)
	if err != nil {
		return err
	}
	c.Hold(lease)
	for i, col := range r.columns {
		var out chunk.Column
		if col.field.Type.ID == chunk.String {
			out, err = col.fillText(lease, rows, r.sizes[i])
		} else {
			out, err = col.fill(lease, rows)
		}
		if err != nil {
			return col.locate(r.file.name, r.group, err)
		}
		if out.Dict != nil {
			col.text.lease.Retain()
			c.Hold(col.text.lease)
		}
		c.Columns = append(c.Columns, out)
	}
	lease.Trim()
	return nil
}

// plan decides how many rows the next chunk has and what lease they need. For
// strings this loads the pages: their metadata is not to be believed.
func (r *reader) plan(ctx context.Context) (rows int, need int64, err error) {
	rows = int(min(int64(r.maxRows), r.rows-r.next))
	// Dictionaries stay leased while chunks are asked for. A quarter of the memory
	// for those of all lanes leaves room for chunks whatever happens.
	share := r.mem.CapacityBytes() / int64(4*max(r.parallel, 1)*max(len(r.columns), 1))
	for _, col := range r.columns {
		if col.field.Type.ID != chunk.String {
			continue
		}
		if err := col.start(ctx, r.lease, share); err != nil {
			return 0, 0, r.locate(col, err)
		}
		if rows, err = col.cover(rows); err != nil {
			return 0, 0, r.locate(col, err)
		}
	}
	for _, col := range r.columns {
		if col.field.Type.ID == chunk.String {
			if err := col.decodeAhead(rows); err != nil {
				return 0, 0, r.locate(col, err)
			}
		}
	}
	capacity := r.mem.CapacityBytes()
	for ; ; rows /= 2 {
		need = 0
		largest, largestBytes, longest := 0, int64(-1), int64(0)
		for i, col := range r.columns {
			size := col.upperBytes(rows)
			if col.field.Type.ID == chunk.String {
				if r.sizes[i], err = col.textBytes(rows); err != nil {
					return 0, 0, r.locate(col, err)
				}
				longest = max(longest, r.sizes[i])
				size += chunk.AlignUp(r.sizes[i])
			}
			if size > largestBytes {
				largest, largestBytes = i, size
			}
			need += size
		}
		if need <= capacity && longest <= maxTextBytes {
			return rows, need, nil
		}
		if rows == 1 {
			col := r.columns[largest]
			return 0, 0, col.locate(r.file.name, r.group, fmt.Errorf(
				"row %d needs %d bytes, and a chunk may have %d; raise --memory-limit", r.next+1, need, min(capacity, maxTextBytes)))
		}
	}
}

func (r *reader) lease(ctx context.Context, sizeBytes int64) (chunk.Lease, error) {
	r.meter.Switch(format.Wait)
	l, err := r.mem.Lease(ctx, sizeBytes)
	r.meter.Switch(format.Decode)
	r.leaseErr = err
	return l, err
}

// locate gives errors in the data a position; those of the memory (full,
// cancelled) pass as they are.
func (r *reader) locate(c *column, err error) error {
	if r.leaseErr != nil {
		return r.leaseErr
	}
	return c.locate(r.file.name, r.group, err)
}

// Close gives back the dictionaries and keeps the buffers for the next reader.
func (r *reader) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	for _, col := range r.columns {
		col.text.reset()
	}
	r.file.recycle(r)
	return nil
}
