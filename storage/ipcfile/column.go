package ipcfile

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/shm"
)

// column is one requested column of one batch: its buffers as the file has
// them, or decompressed, and what it takes to deliver rows of them.
type column struct {
	*field
	file  *file
	batch *batch

	nulls                     bool // there may be some
	validity, offsets, values []byte
	validityAt, offsetsAt, at int64 // of the buffers in the file; at is of the values
	first                     int   // the column's first buffer in the batch
	base                      int   // row of the batch that the buffers begin at: 0, or in a window a multiple of 8

	texts *texts // coded: the dictionary, nil until loaded
	limit uint32 // coded: texts that this batch may use

	// What check found out about the rows that are delivered next.
	stray          bool  // coded: null rows have indices outside the dictionary
	textLo, textHi int64 // text: the data that the rows use
}

// locate finds the column's buffers in the batch.
func (c *column) locate() error {
	_, nulls, err := c.batch.node(c.node)
	if err != nil {
		return c.fail(0, err)
	}
	if c.first, err = c.batch.firstBuffer(c.field); err != nil {
		return c.fail(0, err)
	}
	c.nulls = nulls != 0
	i := c.first
	next := func(b *[]byte, at *int64) {
		if err == nil {
			*b, *at, err = c.batch.buffer(i)
			i++
		}
	}
	next(&c.validity, &c.validityAt)
	if c.kind == text {
		next(&c.offsets, &c.offsetsAt)
	}
	if next(&c.values, &c.at); err != nil {
		return c.fail(0, err)
	}
	if !c.nulls {
		c.validity = nil
	}
	return nil
}

// buffers calls f with each buffer that the column has.
func (c *column) buffers(f func(*[]byte) error) error {
	for _, b := range []*[]byte{&c.validity, &c.offsets, &c.values} {
		if err := f(b); err != nil {
			return c.fail(0, err)
		}
	}
	return nil
}

// measure checks that the buffers, decompressed by now, are long enough.
func (c *column) measure() error {
	rows := c.batch.rows
	short := func(what string, b []byte, width int64) error {
		if have := int64(len(b)); have/width < rows || width == 0 {
			return c.fail(0, fmt.Errorf("corrupt data: %s of %d bytes for %d rows", what, have, rows))
		}
		return nil
	}
	if c.nulls && int64(len(c.validity)) < (rows+7)/8 {
		return c.fail(0, fmt.Errorf("corrupt data: validity of %d bytes for %d rows", len(c.validity), rows))
	}
	switch c.kind {
	case bitmap:
		if int64(len(c.values)) < (rows+7)/8 {
			return c.fail(0, fmt.Errorf("corrupt data: values of %d bytes for %d rows", len(c.values), rows))
		}
	case text:
		if rows == 0 && len(c.offsets) == 0 {
			return nil
		}
		if int64(len(c.offsets)/c.offsetBytes())-1 < rows {
			return c.fail(0, fmt.Errorf("corrupt data: offsets of %d bytes for %d rows", len(c.offsets), rows))
		}
	case coded:
		return short("indices", c.values, int64(c.indexBytes))
	case fixed:
		return short("values", c.values, int64(c.Type.ID.Width()))
	}
	return nil
}

func (f *field) offsetBytes() int {
	if f.wide {
		return 8
	}
	return 4
}

// check looks at n rows from from before they are delivered. It returns the
// size of the extra memory that deliver needs for them.
func (c *column) check(from, n int) (sizeBytes int64, err error) {
	switch c.kind {
	case fixed:
		if width := c.Type.ID.Width(); !aligned(c.values, width) {
			return chunk.AlignUp(int64(n) * int64(width)), nil
		}
	case text:
		return c.checkText(from, n)
	case coded:
		return c.checkCodes(from, n)
	}
	return 0, nil
}

func (c *column) checkText(from, n int) (sizeBytes int64, err error) {
	w, at := c.offsetBytes(), from-c.base
	offsets := c.offsets[w*at : w*(at+n+1)]
	if !aligned(offsets, w) {
		// Checked by deliver, once they are.
		return chunk.AlignUp(int64(len(offsets))), nil
	}
	return 0, c.checkOffsets(offsets, from)
}

func (c *column) checkOffsets(offsets []byte, from int) (err error) {
	var row int
	if c.wide {
		c.textLo, c.textHi, row, err = checkOffsets(chunk.View[int64](offsets), len(c.values))
	} else {
		c.textLo, c.textHi, row, err = checkOffsets(chunk.View[int32](offsets), len(c.values))
	}
	if err != nil {
		return c.fail(from+row+1, err)
	}
	return nil
}

func (c *column) checkCodes(from, n int) (sizeBytes int64, err error) {
	if c.texts.validity != nil {
		sizeBytes += chunk.AlignUp(int64(chunk.BitmapBytes(n)))
	}
	at := from - c.base
	indices := c.values[c.indexBytes*at : c.indexBytes*(at+n)]
	if c.indexBytes != 4 || !aligned(indices, 4) {
		return sizeBytes + chunk.AlignUp(4*int64(n)), nil
	}
	c.stray = largest(chunk.View[int32](indices)) >= c.limit
	if c.stray {
		if c.validity == nil {
			return 0, c.badIndex(chunk.View[int32](indices), from)
		}
		sizeBytes += chunk.AlignUp(4 * int64(n))
	}
	return sizeBytes, nil
}

// most is an upper bound of what check returns for n rows.
func (c *column) most(n int64) int64 {
	if c.kind == coded {
		return chunk.AlignUp(4*n) + chunk.AlignUp((n+7)/8)
	}
	return chunk.AlignUp(8 * (n + 1))
}

// loads tells whether the buffers have to be brought into memory as a whole.
func (c *column) loads() bool { return c.batch.codec != plain || c.file.compressed }

// loadedBytes is the memory that load takes.
func (c *column) loadedBytes() (size int64, err error) {
	if !c.loads() {
		return 0, nil
	}
	err = c.buffers(func(b *[]byte) error {
		n, err := c.batch.codec.loadedBytes(*b)
		size += chunk.AlignUp(n)
		return err
	})
	return size, err
}

// load decompresses the buffers into a lease with room for loadedBytes.
func (c *column) load(lease chunk.Lease, meter format.Meter) error {
	if !c.loads() {
		return nil
	}
	return c.buffers(func(b *[]byte) error {
		raw := *b
		if len(raw) == 0 {
			return nil
		}
		n, err := c.batch.codec.loadedBytes(raw)
		if err != nil {
			return err
		}
		*b = lease.Alloc(int(n))
		if c.batch.codec == plain {
			meter.Copied(c.Name, n, "another batch of the file is compressed")
		} else {
			meter.Read(int64(len(raw)))
		}
		if err := c.file.decompressors.load(c.batch.codec, *b, raw); err != nil {
			return fmt.Errorf("corrupt data: %w", err)
		}
		return nil
	})
}

// deliver is n rows from from, which check has seen. lease has room for what
// check said; it is nil if that was nothing.
func (c *column) deliver(from, n int, lease chunk.Lease, meter format.Meter) (chunk.Column, error) {
	at := from - c.base
	out := chunk.Column{Type: c.Type, Len: n, BitOffset: at & 7}
	bits := func(b []byte) []byte { return b[at>>3 : (at+n+7)>>3 : (at+n+7)>>3] }
	if c.validity != nil {
		out.Validity = bits(c.validity)
		out.Nulls = n - chunk.CountBits(out.Validity, out.BitOffset, n)
		if out.Nulls == 0 {
			out.Validity = nil
		}
	}
	switch c.kind {
	case bitmap:
		out.Values = bits(c.values)
	case fixed:
		w := c.Type.ID.Width()
		out.Values = c.values[w*at : w*(at+n) : w*(at+n)]
		if !aligned(c.values, w) {
			out.Values = c.realign(out.Values, lease, meter)
		}
	case text:
		w := c.offsetBytes()
		out.WideOffsets = c.wide
		out.Offsets = c.offsets[w*at : w*(at+n+1) : w*(at+n+1)]
		out.Values = c.values
		if !aligned(out.Offsets, w) {
			out.Offsets = c.realign(out.Offsets, lease, meter)
			return out, c.checkOffsets(out.Offsets, from)
		}
	case coded:
		return out, c.deliverCodes(&out, from, lease, meter)
	}
	return out, nil
}

// realign copies values that lie where the processor cannot read them as what
// they are.
func (c *column) realign(b []byte, lease chunk.Lease, meter format.Meter) []byte {
	dst := lease.Alloc(len(b))
	copy(dst, b)
	meter.Copied(c.Name, int64(len(b)), "not aligned in the file")
	return dst
}

// deliverCodes sets indices and dictionary, and makes rows null whose text is.
func (c *column) deliverCodes(out *chunk.Column, from int, lease chunk.Lease, meter format.Meter) error {
	n, w, at := out.Len, c.indexBytes, from-c.base
	out.Dict = &c.texts.Column
	out.Values = c.values[w*at : w*(at+n) : w*(at+n)]
	switch {
	case w == 4 && aligned(out.Values, 4) && !c.stray:
	case w == 4:
		src := out.Values
		out.Values = lease.Alloc(4 * n)
		copy(out.Values, src)
		cause := "not aligned in the file"
		if c.stray {
			cause = "null rows have indices outside the dictionary"
		}
		meter.Copied(c.Name, int64(len(src)), cause)
	default:
		src := out.Values
		if !aligned(src, w) {
			src = append(chunk.Bytes(make([]uint64, (len(src)+7)/8))[:0], src...)
			meter.Copied(c.Name, int64(len(src)), "not aligned in the file")
		}
		out.Values = lease.Alloc(4 * n)
		widenTo(chunk.View[int32](out.Values)[:n], src, w, c.indexSigned)
	}
	if n == 0 {
		return nil
	}
	indices := chunk.View[int32](out.Values)[:n]
	if c.stray || w != 4 || !aligned(c.values, 4) {
		if largest(indices) >= c.limit {
			if out.Validity == nil {
				return c.badIndex(indices, from)
			}
			for r, i := range indices {
				if uint32(i) < c.limit {
					continue
				}
				if out.Valid(r) {
					return c.badIndex(indices[r:], from+r)
				}
				indices[r] = 0
			}
		}
	}
	if c.texts.validity != nil {
		c.dropNullTexts(out, indices, lease)
	}
	return nil
}

// dropNullTexts makes the rows null whose index leads to a null.
func (c *column) dropNullTexts(out *chunk.Column, indices []int32, lease chunk.Lease) {
	merged := lease.Alloc(chunk.BitmapBytes(len(indices)))
	clear(merged)
	nulls := 0
	for r, i := range indices {
		if c.texts.validity[i>>3]>>(i&7)&1 == 1 && out.Valid(r) {
			merged[r>>3] |= 1 << (r & 7)
		} else {
			nulls++
		}
	}
	out.Validity, out.Nulls, out.BitOffset = merged, nulls, 0
	if nulls == 0 {
		out.Validity = nil
	}
}

func (c *column) badIndex(indices []int32, from int) error {
	for r, i := range indices {
		if uint32(i) >= c.limit {
			return c.fail(from+r+1, fmt.Errorf("corrupt data: an index outside the dictionary of %d texts", c.limit))
		}
	}
	panic("ipcfile: indices are wrong and right")
}

// forget unmaps what check and deliver have looked at in the mapping of n rows
// from from: whoever computes on it is likely to be another process.
func (c *column) forget(from, n int) {
	if c.validity != nil {
		shm.Forget(c.validity[from>>3 : (from+n+7)>>3])
	}
	switch c.kind {
	case text:
		w := c.offsetBytes()
		shm.Forget(c.offsets[w*from : w*(from+n+1)])
	case coded:
		shm.Forget(c.values[c.indexBytes*from : c.indexBytes*(from+n)])
	}
}

// storedBytes is what n rows from from, delivered as out, take in the file.
func (c *column) storedBytes(out *chunk.Column) int64 {
	size := int64(len(out.Validity) + len(out.Offsets))
	switch c.kind {
	case text:
		return size + c.textHi - c.textLo
	case coded:
		return size + int64(out.Len*c.indexBytes)
	}
	return size + int64(len(out.Values))
}

// dictionaryBytes is what the column's dictionary takes in the file, if it has
// not been counted yet.
func (c *column) dictionaryBytes() int64 {
	if c.kind != coded {
		return 0
	}
	return c.batch.dicts[c.dict].dict.readBytes()
}

// fail adds the position to an error. row is 1-based in the batch, 0 unknown.
func (c *column) fail(row int, err error) error {
	var positioned *format.Error
	if errors.As(err, &positioned) {
		return err
	}
	e := &format.Error{File: c.file.name, Split: c.batch.number, Column: c.Name, Offset: c.batch.at, Err: err}
	if row > 0 {
		e.Row, e.Offset = c.batch.firstRow+int64(row), c.at
	}
	return e
}

func aligned(b []byte, width int) bool {
	return uintptr(unsafe.Pointer(unsafe.SliceData(b)))%uintptr(width) == 0
}
