package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// column reads one column chunk: pages in, column buffers out.
type column struct {
	field  chunk.Field
	stored leaf
	meta   *columnChunk
	codecs *decompressor
	in     stream
	limit  int64 // most bytes that a page or dictionary may take

	pages *offsetIndex // where the pages are; nil if it is not known or all are read
	next  int          // page to be loaded next, if that is known

	left int64 // values of pages that have not been loaded
	at   int64 // offset of the page being worked on, for errors
	page page  // fixed width and booleans: the current page

	far       bool // pages refer farther back than bodies can be read on the way
	dictSeen  bool
	dictCount int
	dict      []byte // fixed width: dictionary in the column's own width
	dictPage  page   // buffers of the dictionary
	text      textColumn

	indices [1024]uint32
	scratch [1024]byte // bits that are passed over
}

// reset prepares the column to read another column chunk.
func (c *column) reset(field chunk.Field, stored leaf, meta *columnChunk, limit int64) {
	c.field, c.stored, c.meta, c.limit = field, stored, meta, limit
	c.left, c.at = meta.values, meta.start()
	c.pages, c.next = nil, 0
	c.page.rows = 0
	c.page.in.set(nil)
	c.page.plain, c.page.texts, c.page.cursor, c.page.nulls = false, texts{}, 0, -1
	c.far, c.dictSeen, c.dictCount, c.dict = false, false, 0, c.dict[:0]
	c.text.reset()
}

// upperBytes is what rows of the column take in a lease at most, the text of
// strings apart.
func (c *column) upperBytes(rows int) int64 {
	var n int64
	switch c.field.Type.ID {
	case chunk.Bool:
		n = chunk.AlignUp(int64(chunk.BitmapBytes(rows)))
	case chunk.String:
		n = chunk.AlignUp(4 * (int64(rows) + 1))
	default:
		n = chunk.AlignUp(int64(rows) * int64(c.field.Type.ID.Width()))
	}
	if c.stored.optional {
		n += chunk.AlignUp(int64(chunk.BitmapBytes(rows)))
	}
	return n
}

// fill decodes the next rows of a boolean or fixed-width column into lease.
func (c *column) fill(lease chunk.Lease, rows int) (chunk.Column, error) {
	out := chunk.Column{Type: c.field.Type, Len: rows}
	width := c.field.Type.ID.Width()
	if width == 0 {
		out.Values = lease.Alloc(chunk.BitmapBytes(rows))
	} else {
		out.Values = lease.Alloc(rows * width)
	}
	if c.stored.optional {
		out.Validity = lease.Alloc(chunk.BitmapBytes(rows))
	}
	p := &c.page
	known := 0 // rows whose bits are in out.Validity; the others up to done are valid
	for done := 0; done < rows; {
		if p.rows == 0 {
			if err := c.load(p, false); err != nil {
				return out, err
			}
			continue
		}
		n := min(p.rows, rows-done)
		valid, all := n, !c.stored.optional
		var err error
		if !all {
			if all, err = p.levels.ones(n); err != nil {
				return out, err
			}
		}
		if !all {
			fillBits(out.Validity, known, done-known, 1)
			if valid, err = p.levels.bits(out.Validity, done, n); err != nil {
				return out, err
			}
			known = done + n
			p.seen += n - valid
			out.Nulls += n - valid
		}
		switch width {
		case 0:
			err = c.takeBits(out.Values, out.Validity, done, n, valid)
		case 1:
			err = takeFixed[uint8](c, chunk.View[uint8](out.Values)[done:done+n], valid, out.Validity, done)
		case 2:
			err = takeFixed[uint16](c, chunk.View[uint16](out.Values)[done:done+n], valid, out.Validity, done)
		case 4:
			err = takeFixed[uint32](c, chunk.View[uint32](out.Values)[done:done+n], valid, out.Validity, done)
		case 8:
			err = takeFixed[uint64](c, chunk.View[uint64](out.Values)[done:done+n], valid, out.Validity, done)
		}
		if err != nil {
			return out, err
		}
		done += n
		if p.rows -= n; p.rows == 0 {
			if err := p.drained(); err != nil {
				return out, err
			}
		}
	}
	if out.Nulls == 0 {
		out.Validity = nil
	} else {
		fillBits(out.Validity, known, rows-known, 1)
	}
	return out, nil
}

// takeFixed takes valid values of the current page and puts them in the rows of
// dst whose bits from position from of validity are set.
func takeFixed[T uint8 | uint16 | uint32 | uint64](c *column, dst []T, valid int, validity []byte, from int) error {
	p := &c.page
	if p.coded {
		if err := gather(c, dst[:valid]); err != nil {
			return err
		}
	} else if err := c.takePlain(chunk.Bytes(dst[:valid]), valid); err != nil {
		return err
	}
	spread(dst, valid, validity, from)
	return nil
}

// gather takes dictionary-encoded values.
func gather[T uint8 | uint16 | uint32 | uint64](c *column, dst []T) error {
	dict := chunk.View[T](c.dict)
	for len(dst) > 0 {
		n := min(len(dst), len(c.indices))
		largest, err := c.page.index.decode(c.indices[:n])
		if err != nil {
			return err
		}
		if int64(largest) >= int64(c.dictCount) {
			return c.indexError(largest)
		}
		if words, ok := any(dst[:n]).([]uint64); ok {
			gather64(words, any(dict).([]uint64), c.indices[:n])
		} else {
			gatherGo(dst[:n], dict, c.indices[:n])
		}
		dst = dst[n:]
	}
	return nil
}

func gatherGo[T uint8 | uint16 | uint32 | uint64](dst, dict []T, indices []uint32) {
	for i, at := range indices[:len(dst)] {
		dst[i] = dict[at]
	}
}

func (c *column) indexError(index uint32) error {
	if !c.dictSeen {
		return errors.New("it has dictionary indices but no dictionary")
	}
	return fmt.Errorf("it has dictionary index %d, but the dictionary has %d values", index, c.dictCount)
}

// takePlain takes n plain values of the page as bytes of the column's own
// width.
func (c *column) takePlain(dst []byte, n int) error {
	in := &c.page.in
	from, to := c.plainWidth(), c.field.Type.ID.Width()
	if n > 0 && (!c.page.plain || in.remaining() < n*from) {
		return errFewValues
	}
	for n > 0 {
		if err := in.more(from); err != nil {
			return err
		}
		m := min(n, len(in.window)/from)
		if from == to {
			copy(dst, in.take(m*from))
		} else if err := narrow(dst[:m*to], in.take(m*from), c.field.Type.ID); err != nil {
			return err
		}
		dst, n = dst[m*to:], n-m
	}
	return nil
}

// plainWidth is the width of what a plain page's body has: legacy timestamps are converted
// when the page is loaded.
func (c *column) plainWidth() int {
	if c.stored.physical == int96Type {
		return 8
	}
	return c.stored.width
}

// narrow turns 4-byte integers into the 1 or 2 bytes of type id. A value that
// does not fit is an error: a wrapped one would be a wrong answer.
func narrow(dst, src []byte, id chunk.ID) error {
	var lost uint32 // bits that would be lost
	switch id {
	case chunk.Int8:
		for i := range dst {
			v := binary.LittleEndian.Uint32(src[4*i:])
			dst[i] = byte(v)
			lost |= v ^ uint32(int32(int8(v)))
		}
	case chunk.Uint8:
		for i := range dst {
			v := binary.LittleEndian.Uint32(src[4*i:])
			dst[i] = byte(v)
			lost |= v >> 8
		}
	case chunk.Int16:
		for i := 0; i+1 < len(dst); i += 2 {
			v := binary.LittleEndian.Uint32(src[2*i:])
			binary.LittleEndian.PutUint16(dst[i:], uint16(v))
			lost |= v ^ uint32(int32(int16(v)))
		}
	case chunk.Uint16:
		for i := 0; i+1 < len(dst); i += 2 {
			v := binary.LittleEndian.Uint32(src[2*i:])
			binary.LittleEndian.PutUint16(dst[i:], uint16(v))
			lost |= v >> 16
		}
	default:
		panic("parquetfile: no narrowing to " + id.String())
	}
	if lost != 0 {
		return fmt.Errorf("a value in it does not fit %s", id)
	}
	return nil
}

// takeBits takes valid booleans of the current page into rows [done, done+n).
func (c *column) takeBits(dst, validity []byte, done, n, valid int) error {
	p := &c.page
	if valid == 0 {
		fillBits(dst, done, n, 0)
		return nil
	}
	if !p.coded {
		return errFewValues
	}
	if valid == n {
		_, err := p.index.bits(dst, done, n)
		return err
	}
	for row := done; row < done+n; row++ {
		bit := byte(0)
		if validity[row>>3]>>(row&7)&1 == 1 {
			var one [1]byte
			if _, err := p.index.bits(one[:], 0, 1); err != nil {
				return err
			}
			bit = one[0] & 1
		}
		putBit(dst, row, bit)
	}
	return nil
}

// loadDictionary reads the dictionary page, which comes before all data pages.
func (c *column) loadDictionary(h *pageHeader) error {
	if c.dictSeen || c.left != c.meta.values {
		return errors.New("it has a dictionary page in the wrong place")
	}
	if h.encoding != plain && h.encoding != plainDictionary {
		return fmt.Errorf("a dictionary in encoding %s is not supported", h.encoding)
	}
	if done, err := c.streamDictionary(h); done || err != nil {
		return err
	}
	src, err := c.raw(h)
	if err != nil {
		return err
	}
	p := &c.dictPage
	values, err := c.expand(p, src, int(h.uncompressed), true, true)
	if err != nil {
		return err
	}
	c.dictSeen, c.dictCount = true, int(h.values)
	if c.stored.physical == byteArray {
		p.starts, err = parsePlainTexts(p.starts, values, int(h.values))
		p.texts = texts{starts: p.starts, data: values, prefix: 4}
		if err == nil && len(p.starts)-1 != int(h.values) {
			err = errFewValues
		}
		return err
	}
	if c.stored.width == 0 || len(values) != c.dictCount*c.stored.width {
		return fmt.Errorf("its dictionary of %d values has %d bytes", c.dictCount, len(values))
	}
	if c.stored.physical == int96Type {
		if p.scratch, err = convertInt96(p.scratch, values); err != nil {
			return err
		}
		values = p.scratch
	}
	c.dict = resize(c.dict, c.dictCount*c.field.Type.ID.Width())
	if len(c.dict) == len(values) {
		copy(c.dict, values)
		return nil
	}
	return narrow(c.dict, values, c.field.Type.ID)
}

// streamDictionary reads a large dictionary whose values are used as they are,
// on the way to where they belong. It is false for others.
func (c *column) streamDictionary(h *pageHeader) (bool, error) {
	width, size := c.stored.width, int(h.uncompressed)
	kind := c.bodyKind(h)
	if kind == wholeBody || width != c.field.Type.ID.Width() || int64(size) != int64(h.values)*int64(width) {
		return false, nil
	}
	// As long as nothing of it has been decompressed, its size is only the file's word.
	if (int64(size)-1)/c.meta.codec.maxRatio() > int64(h.compressed) {
		return false, nil
	}
	if err := c.fits(size); err != nil {
		return true, err
	}
	in := &c.page.in
	if err := c.openBody(in, h, kind); err != nil {
		return true, err
	}
	c.dict = resize(c.dict, size)
	for dst := c.dict; len(dst) > 0; {
		if err := in.more(1); err != nil {
			return true, err
		}
		dst = dst[copy(dst, in.take(len(in.window))):]
	}
	c.dictSeen, c.dictCount = true, int(h.values)
	return true, in.finish()
}

// convertInt96 turns legacy timestamps into nanoseconds since 1970:
//
//	nanoseconds of the day(8) Julian day(4), little-endian
func convertInt96(dst, src []byte) ([]byte, error) {
	const julianEpoch = 2440588 // Julian day of 1970-01-01
	if len(src)%12 != 0 {
		return nil, errFewValues
	}
	n := len(src) / 12
	dst = resize(dst, 8*n)
	for i := range n {
		nanos := int64(binary.LittleEndian.Uint64(src[12*i:]))
		days := int64(int32(binary.LittleEndian.Uint32(src[12*i+8:]))) - julianEpoch
		if days < 0 && nanos >= 0 { // towards 1970, so that the first representable day does not overflow
			days++
			nanos -= dayNanos
		}
		whole := days * dayNanos
		sum := whole + nanos
		if days > maxNanoDays || days < -maxNanoDays || (whole^sum)&(nanos^sum) < 0 {
			return nil, fmt.Errorf("a legacy timestamp %d days from 1970 does not fit 64-bit nanoseconds", days)
		}
		binary.LittleEndian.PutUint64(dst[8*i:], uint64(sum))
	}
	return dst, nil
}

// maxNanoDays is the most whole days that fit in an int64 of nanoseconds.
const (
	dayNanos    = 86400 * 1_000_000_000
	maxNanoDays = math.MaxInt64 / dayNanos
)

// countRows walks the page headers of the column chunk, without reading bodies,
// and checks that the pages hold the rows that the footer promises.
func (c *column) countRows() error {
	for c.left > 0 {
		c.at = c.in.offset()
		h, err := c.header()
		if err != nil {
			return err
		}
		if h.kind == dataPage || h.kind == dataPageV2 {
			if err := c.count(&h); err != nil {
				return err
			}
		}
		c.in.skip(h.size + int(h.compressed))
	}
	return nil
}

// count takes the values of a data page off those that are left.
func (c *column) count(h *pageHeader) error {
	if int64(h.values) > c.left {
		return fmt.Errorf("its pages have more values than the %d of the row group", c.meta.values)
	}
	c.left -= int64(h.values)
	return nil
}

// locate gives err the column's place in the file.
func (c *column) locate(file string, group int, err error) error {
	return &format.Error{File: file, Split: group + 1, Column: c.field.Name, Offset: c.at, Err: err}
}
