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

	ranges  []rowRange // of the row group that are still to be read
	next    int64      // first row of the next chunk
	at      int64      // row that the columns are at; -1 if they must be told where to begin
	columns []*column
	counter *column // nothing is requested: the column whose pages are counted
	sizes   []int64 // text of the chunk's columns, in bytes
	codecs  decompressor

	started bool        // the dictionaries have been read
	dicts   chunk.Lease // the dictionaries that chunks share; nil if none
	closed  bool
	failed  bool
}

var errClosed = errors.New("the reader is closed")

func (r *reader) reset(f *File, group int, pick *selection, req format.Request, mem chunk.Memory, meter format.Meter) {
	r.file, r.group, r.mem, r.meter = f, group, mem, meter
	r.maxRows, r.parallel = max(req.MaxRows, 1), req.Parallel
	r.ranges, r.next, r.at = append(r.ranges[:0], rowRange{0, f.foot.groups[group].rows}), 0, 0
	if pick != nil {
		r.ranges, r.at = append(r.ranges[:0], pick.ranges...), -1
		r.next = r.ranges[0].from
	}
	r.closed, r.failed, r.started, r.counter, r.dicts = false, false, false, nil, nil
	for len(r.columns) < max(len(req.Columns), 1) {
		r.columns = append(r.columns, new(column))
	}
	for i, at := range req.Columns {
		block := min(max(blocksPerReader/len(req.Columns), minBlockBytes), maxBlockBytes)
		r.prepare(r.columns[i], at, block)
		if pick != nil {
			r.columns[i].pages = pick.pages[at]
		}
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
	if len(r.ranges) > 0 && r.next == r.ranges[0].to {
		if r.ranges = r.ranges[1:]; len(r.ranges) > 0 {
			r.next = r.ranges[0].from
		}
	}
	if len(r.ranges) == 0 {
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
	r.at = r.next
	if len(r.columns) == 0 {
		return nil
	}
	lease, err := r.lease(ctx, need)
	if err != nil {
		return err
	}
	c.Hold(lease)
	shared := false
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
		shared = shared || out.Dict != nil
		c.Columns = append(c.Columns, out)
	}
	if shared {
		r.dicts.Retain()
		c.Hold(r.dicts)
	}
	lease.Trim()
	return nil
}

// plan decides how many rows the next chunk has and what lease they need. For
// strings this loads the pages: their metadata is not to be believed.
func (r *reader) plan(ctx context.Context) (rows int, need int64, err error) {
	rows = int(min(int64(r.maxRows), r.ranges[0].to-r.next))
	if r.at != r.next {
		for _, col := range r.columns {
			if err := col.skip(max(r.at, 0), r.ranges); err != nil {
				return 0, 0, col.locate(r.file.name, r.group, err)
			}
		}
		r.at = r.next
	}
	if !r.started {
		r.started = true
		if err := r.leaseDictionaries(ctx); err != nil {
			return 0, 0, err
		}
	}
	for _, col := range r.columns {
		if col.field.Type.ID == chunk.String {
			if rows, err = col.cover(rows, r.share()/int64(len(r.columns))); err != nil {
				return 0, 0, col.locate(r.file.name, r.group, err)
			}
		}
	}
	for _, col := range r.columns {
		if col.field.Type.ID == chunk.String {
			if err := col.decodeAhead(rows); err != nil {
				return 0, 0, col.locate(r.file.name, r.group, err)
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
					return 0, 0, col.locate(r.file.name, r.group, err)
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
				"row %d needs %d bytes, and a chunk may have %d; %w", r.next+1, need, min(capacity, maxTextBytes), format.ErrMemory))
		}
	}
}

// leaseDictionaries puts the dictionaries of all string columns into one lease.
// It stays leased while chunks are asked for, so the dictionaries of all lanes
// together take a quarter of the memory at most: there is always room for a
// chunk. A column whose dictionary does not fit is delivered as plain text.
func (r *reader) leaseDictionaries(ctx context.Context) error {
	need := int64(0)
	var shared []*column
	for _, col := range r.columns {
		if col.field.Type.ID != chunk.String {
			continue
		}
		size, err := col.start()
		if err != nil {
			return col.locate(r.file.name, r.group, err)
		}
		if size > 0 && need+size <= r.share() {
			need += size
			shared = append(shared, col)
		}
	}
	if len(shared) == 0 {
		return nil
	}
	lease, err := r.lease(ctx, need)
	if err != nil {
		return err
	}
	r.dicts = lease
	for _, col := range shared {
		col.share(lease)
	}
	lease.Trim()
	return nil
}

// share is a quarter of the memory, divided among the lanes.
func (r *reader) share() int64 {
	return r.mem.CapacityBytes() / int64(4*max(r.parallel, 1))
}

func (r *reader) lease(ctx context.Context, sizeBytes int64) (chunk.Lease, error) {
	r.meter.Switch(format.Wait)
	l, err := r.mem.Lease(ctx, sizeBytes)
	r.meter.Switch(format.Decode)
	return l, err
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
	if r.dicts != nil {
		r.dicts.Release()
		r.dicts = nil
	}
	r.file.recycle(r)
	return nil
}
