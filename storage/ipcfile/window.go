package ipcfile

import (
	"context"
	"errors"
	"io"
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/pagecache"
	"github.com/weir-pipeline/weir/storage/shm"
)

// window fills c with up to n rows that it reads from the file, and says how
// many: fewer where their texts are long.
//
// Each column becomes a column whose buffers are those rows only. They begin at a
// multiple of eight rows, so that bitmaps are read by whole bytes.
//
//	batch   [ . . . . . . . . . . . . . . . . ]
//	rows          pos ->|=========| n
//	window         base |.=========|
func (r *reader) window(ctx context.Context, c *chunk.Chunk, n int) (int, error) {
	n, need, err := r.fit(n)
	if err != nil {
		return 0, err
	}
	lease, err := r.reserve(ctx, need)
	if err != nil {
		return 0, err
	}
	r.meter.Switch(format.Read)
	defer r.meter.Switch(format.Decode)
	if err := r.fill(c, n, lease); err != nil {
		lease.Release()
		return 0, err
	}
	lease.Trim()
	c.Hold(lease)
	return n, nil
}

// fit makes n smaller until the window of n rows is a small part of the memory,
// and says what it takes.
func (r *reader) fit(n int) (rows int, sizeBytes int64, err error) {
	most := r.mem.CapacityBytes() / 8
	for ; ; n = (n + 1) / 2 {
		sizeBytes = 0
		for i := range r.columns {
			size, err := r.columns[i].windowBytes(r.pos, n, r.ends[2*i:])
			if err != nil {
				return 0, 0, err
			}
			sizeBytes += size
		}
		if n == 1 || sizeBytes <= most {
			return n, sizeBytes, nil
		}
	}
}

// fill reads the window into a lease with room for what fit said.
func (r *reader) fill(c *chunk.Chunk, n int, lease chunk.Lease) error {
	c.Columns = c.Columns[:0]
	read := int64(0)
	for i := range r.columns {
		w := &r.windows[i]
		*w = r.columns[i]
		if err := w.read(r.pos, n, r.ends[2*i:], lease); err != nil {
			return err
		}
		if _, err := w.check(r.pos, n); err != nil {
			return err
		}
		out, err := w.deliver(r.pos, n, lease, r.meter)
		if err != nil {
			return err
		}
		read += w.storedBytes(&out) + w.dictionaryBytes()
		c.Columns = append(c.Columns, out)
	}
	r.meter.Read(read)
	return nil
}

// windowBytes is the memory that a window of n rows from from takes, and what
// check and deliver need beside it. Where texts begin and end goes to ends.
func (c *column) windowBytes(from, n int, ends []int64) (sizeBytes int64, err error) {
	rows := int64(n + from&7)
	if c.nulls {
		sizeBytes = chunk.AlignUp((rows + 7) / 8)
	}
	switch c.kind {
	case bitmap:
		sizeBytes += chunk.AlignUp((rows + 7) / 8)
	case fixed:
		sizeBytes += chunk.AlignUp(rows * int64(c.Type.ID.Width()))
	case coded:
		sizeBytes += chunk.AlignUp(rows*int64(c.indexBytes)) + c.most(int64(n))
	case text:
		for i := range ends[:2] {
			if err := c.readOffset(from+i*n, &ends[i]); err != nil {
				return 0, err
			}
		}
		sizeBytes += chunk.AlignUp((rows + 1) * int64(c.offsetBytes()))
		if size := ends[1] - ends[0]; size > 0 && ends[0] >= 0 && ends[1] <= int64(len(c.values)) { // else read says what is wrong
			sizeBytes += chunk.AlignUp(size)
		}
	}
	return sizeBytes, nil
}

// read makes the column's buffers those of n rows from from, in memory of lease.
func (c *column) read(from, n int, ends []int64, lease chunk.Lease) (err error) {
	c.base = from &^ 7
	to := from + n
	part := func(buf *[]byte, at int64, first, end int) {
		if err == nil {
			*buf, err = c.readAt(lease.Alloc(end-first), at+int64(first), from)
		}
	}
	if c.nulls {
		part(&c.validity, c.validityAt, c.base>>3, (to+7)>>3)
	}
	switch c.kind {
	case bitmap:
		part(&c.values, c.at, c.base>>3, (to+7)>>3)
	case fixed:
		w := c.Type.ID.Width()
		part(&c.values, c.at, w*c.base, w*to)
	case coded:
		part(&c.values, c.at, c.indexBytes*c.base, c.indexBytes*to)
	case text:
		w := c.offsetBytes()
		part(&c.offsets, c.offsetsAt, w*c.base, w*(to+1))
		if err != nil {
			return err
		}
		own := c.offsets[w*(from-c.base):]
		if err := c.checkOffsets(own, from); err != nil {
			return err
		}
		if c.textLo != ends[0] || c.textHi != ends[1] {
			return c.fail(from+1, shm.ErrFault)
		}
		part(&c.values, c.at, int(c.textLo), int(c.textHi))
		if c.wide {
			lower(chunk.View[int64](own), c.textLo)
		} else {
			lower(chunk.View[int32](own), int32(c.textLo))
		}
	}
	return err
}

// lower makes offsets into texts that begin at by offsets from there.
func lower[T int32 | int64](offsets []T, by T) {
	for i := range offsets {
		offsets[i] -= by
	}
}

// readOffset is where the text of a row begins.
func (c *column) readOffset(row int, at *int64) error {
	w := c.offsetBytes()
	b := chunk.Bytes(unsafe.Slice(at, 1))[:w]
	_, err := c.readAt(b, c.offsetsAt+int64(w*row), row)
	if !c.wide {
		*at = int64(chunk.View[int32](b)[0])
	}
	return err
}

// readAt fills b from the file.
func (c *column) readAt(b []byte, at int64, row int) ([]byte, error) {
	n, err := pagecache.ReadAt(c.file.f, b, at)
	if n == len(b) {
		return b, nil
	}
	if errors.Is(err, io.EOF) {
		err = shm.ErrFault
	}
	return nil, c.fail(row+1, err)
}
