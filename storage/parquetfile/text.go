package parquetfile

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// maxTextBytes is the most text in one chunk or dictionary, so that offsets
// stay 32 bits wide. A chunk ends early before it has more.
const maxTextBytes = math.MaxInt32

// texts is strings in a page. Text i is data[starts[i]+prefix : starts[i+1]].
type texts struct {
	starts []uint32
	data   []byte
	prefix int // bytes before each text: 4 for plain, which has lengths between texts
}

// size is the length of texts [from, to) together.
func (t *texts) size(from, to int) int {
	return int(t.starts[to]-t.starts[from]) - t.prefix*(to-from)
}

// parsePlainTexts finds the texts in a plain page, at most limit of them:
//
//	length(4) text   length(4) text ...
func parsePlainTexts(starts []uint32, data []byte, limit int) ([]uint32, error) {
	starts = append(starts[:0], 0)
	for at := 0; at < len(data); {
		if len(data)-at < 4 {
			return starts, errTextLength
		}
		n := binary.LittleEndian.Uint32(data[at:])
		at += 4
		if uint64(n) > uint64(len(data)-at) {
			return starts, errTextLength
		}
		if len(starts) > limit {
			return starts, fmt.Errorf("a page has more than its %d values", limit)
		}
		at += int(n)
		starts = append(starts, uint32(at))
	}
	return starts, nil
}

// textColumn is the part of a column that only strings need. How much memory a
// chunk of strings takes is only known when its pages are decompressed, so
// pages are queued until they cover the chunk, and levels decoded ahead.
type textColumn struct {
	queue []*page // pages with rows that have not been delivered
	free  []*page

	validity []byte // bitmap of rows decoded ahead: bits [bit, bit+ahead)
	bit      int
	ahead    int

	shared   bool          // deliver indices into dict
	dict     *chunk.Column // the dictionary, in the reader's lease
	indices  []uint32      // dictionary too large to share: indices decoded ahead
	consumed int           // of indices
}

func (t *textColumn) reset() {
	t.free = append(t.free, t.queue...)
	t.queue = t.queue[:0]
	t.bit, t.ahead = 0, 0
	t.indices, t.consumed = t.indices[:0], 0
	t.shared, t.dict = false, nil
}

// start loads the first page that is needed, and with it the dictionary. It
// returns what the dictionary needs in a lease, 0 if there is none.
func (c *column) start() (dictBytes int64, err error) {
	if len(c.text.queue) == 0 {
		if err := c.enqueue(); err != nil {
			return 0, err
		}
	}
	if !c.dictSeen && !c.text.queue[0].coded {
		return 0, nil
	}
	// Nulls point at the first entry, so there has to be one.
	d := &c.dictPage.texts
	if c.dictCount == 0 {
		*d = texts{starts: append(d.starts[:0], 0, 0)}
	}
	n := len(d.starts) - 1
	return chunk.AlignUp(4*int64(n+1)) + chunk.AlignUp(int64(d.size(0, n))), nil
}

// share moves the dictionary into lease; chunks then hold indices into it.
func (c *column) share(lease chunk.Lease) {
	d := &c.dictPage.texts
	n := len(d.starts) - 1
	out := &chunk.Column{Type: c.field.Type, Len: n, Offsets: lease.Alloc(4 * (n + 1)), Values: lease.Alloc(d.size(0, n))}
	d.copyTo(out.Values, chunk.View[int32](out.Offsets), 0, 0, n)
	c.text.shared, c.text.dict = true, out
}

func (c *column) enqueue() error {
	t := &c.text
	var p *page
	if n := len(t.free); n > 0 {
		p, t.free = t.free[n-1], t.free[:n-1]
	} else {
		p = new(page)
	}
	err := c.load(p, true)
	if err != nil {
		t.free = append(t.free, p)
		return err
	}
	t.queue = append(t.queue, p)
	return nil
}

// cover queues pages for the next rows and returns how many of them can be one
// chunk: those before the writer gave the dictionary up, those whose pages take
// about queueBytes together, or all.
func (c *column) cover(rows int, queueBytes int64) (int, error) {
	t := &c.text
	have := 0
	queued := int64(0)
	for i := 0; have < rows; i++ {
		if i == len(t.queue) {
			if have > 0 && queued > queueBytes {
				return have, nil
			}
			if err := c.enqueue(); err != nil {
				return 0, err
			}
		}
		p := t.queue[i]
		if t.shared && have > 0 && p.coded != t.coded() {
			return have, nil
		}
		have += p.rows
		queued += int64(len(p.texts.data))
	}
	return rows, nil
}

// coded tells whether the next rows are dictionary indices.
func (t *textColumn) coded() bool {
	for _, p := range t.queue {
		if p.rows > 0 {
			return p.coded
		}
	}
	return false
}

// decodeAhead decodes the levels of the next rows, which cover has queued, and
// their dictionary indices where the text is delivered plain.
func (c *column) decodeAhead(rows int) error {
	t := &c.text
	if t.ahead >= rows {
		return nil
	}
	// Move what is left to the front, whole bytes.
	whole := t.bit >> 3
	need := chunk.BitmapBytes(t.bit&7 + rows)
	kept := chunk.BitmapBytes(t.bit&7 + t.ahead)
	if cap(t.validity) < need {
		grown := make([]byte, need, need+need/4)
		copy(grown, t.validity[min(whole, len(t.validity)):min(whole+kept, len(t.validity))])
		t.validity = grown
	} else {
		t.validity = t.validity[:cap(t.validity)]
		copy(t.validity, t.validity[whole:whole+kept])
	}
	t.bit &= 7
	t.indices = t.indices[:copy(t.indices, t.indices[t.consumed:])]
	t.consumed = 0
	for _, p := range t.queue {
		if t.ahead == rows {
			break
		}
		n := min(p.ahead, rows-t.ahead)
		valid := n
		c.at = p.offset
		if c.stored.optional {
			var err error
			if valid, err = p.levels.bits(t.validity, t.bit+t.ahead, n); err != nil {
				return err
			}
			p.seen += n - valid
		} else {
			fillBits(t.validity, t.bit+t.ahead, n, 1)
		}
		if p.coded && !t.shared {
			if err := c.decodeIndices(p, valid); err != nil {
				return err
			}
		}
		p.ahead -= n
		t.ahead += n
	}
	return nil
}

// decodeIndices appends n indices of the page to those decoded ahead.
func (c *column) decodeIndices(p *page, n int) error {
	t := &c.text
	from := len(t.indices)
	if cap(t.indices) < from+n {
		t.indices = append(make([]uint32, 0, from+n+n/4), t.indices...)
	}
	t.indices = t.indices[:from+n]
	largest, err := p.index.decode(t.indices[from:])
	if err == nil && n > 0 && int64(largest) >= int64(c.dictCount) {
		err = c.indexError(largest)
	}
	return err
}

// textBytes is how long the texts of the next rows are; they are decoded ahead.
func (c *column) textBytes(rows int) (int64, error) {
	t := &c.text
	if t.shared && t.coded() {
		return 0, nil
	}
	var total int64
	done, used := 0, t.consumed
	for _, p := range t.queue {
		if done == rows {
			break
		}
		n := min(p.rows, rows-done)
		valid := chunk.CountBits(t.validity, t.bit+done, n)
		if p.coded {
			d := &c.dictPage.texts
			for _, at := range t.indices[used : used+valid] {
				total += int64(d.size(int(at), int(at)+1))
			}
			used += valid
		} else {
			if p.cursor+valid > max(len(p.texts.starts)-1, 0) {
				c.at = p.offset
				return 0, errFewValues
			}
			if valid > 0 {
				total += int64(p.texts.size(p.cursor, p.cursor+valid))
			}
		}
		done += n
	}
	return total, nil
}

// fillText delivers the next rows, whose texts take size bytes, into lease.
func (c *column) fillText(lease chunk.Lease, rows int, size int64) (chunk.Column, error) {
	t := &c.text
	out := chunk.Column{Type: c.field.Type, Len: rows}
	valid := chunk.CountBits(t.validity, t.bit, rows)
	if out.Nulls = rows - valid; out.Nulls > 0 {
		out.Validity = lease.Alloc(chunk.BitmapBytes(rows))
		copyBits(out.Validity, 0, t.validity, t.bit, rows)
	}
	var err error
	if t.shared && t.coded() {
		out.Dict = t.dict
		out.Values = lease.Alloc(4 * rows)
		err = c.fillIndices(chunk.View[uint32](out.Values), out.Validity)
	} else {
		out.Offsets = lease.Alloc(4 * (rows + 1))
		out.Values = lease.Alloc(int(size))
		err = c.fillPlain(out.Values, chunk.View[int32](out.Offsets), out.Validity)
	}
	t.bit += rows
	t.ahead -= rows
	return out, err
}

// fillIndices takes dictionary indices of all pages that the rows lie in.
func (c *column) fillIndices(dst []uint32, validity []byte) error {
	t := &c.text
	for done := 0; done < len(dst); {
		p := t.queue[0]
		c.at = p.offset
		n := min(p.rows, len(dst)-done)
		part := dst[done : done+n]
		valid := n
		if validity != nil {
			valid = chunk.CountBits(validity, done, n)
		}
		largest, err := p.index.decode(part[:valid])
		if err != nil {
			return err
		}
		if valid > 0 && int64(largest) >= int64(c.dictCount) {
			return c.indexError(largest)
		}
		spread(part, valid, validity, done)
		done += n
		if err := t.taken(p, n); err != nil {
			return err
		}
	}
	return nil
}

// fillPlain copies the texts of all pages that the rows lie in.
func (c *column) fillPlain(data []byte, offsets []int32, validity []byte) error {
	t := &c.text
	rows := len(offsets) - 1
	at := 0
	offsets[0] = 0
	for done := 0; done < rows; {
		p := t.queue[0]
		c.at = p.offset
		n := min(p.rows, rows-done)
		valid := n
		if validity != nil {
			valid = chunk.CountBits(validity, done, n)
		}
		part := offsets[done : done+n+1]
		if p.coded {
			at = c.dictPage.texts.copyIndexed(data, part[:valid+1], at, t.indices[t.consumed:t.consumed+valid])
			t.consumed += valid
		} else {
			at = p.texts.copyTo(data, part[:valid+1], at, p.cursor, valid)
			p.cursor += valid
		}
		spreadOffsets(part, valid, validity, done)
		done += n
		if err := t.taken(p, n); err != nil {
			return err
		}
	}
	return nil
}

// copyTo copies texts [from, from+n) to data[at:], writes the n+1 offsets where
// they lie there, and returns the last.
func (t *texts) copyTo(data []byte, offsets []int32, at, from, n int) int {
	offsets[0] = int32(at)
	if n == 0 {
		return at
	}
	starts := t.starts[from : from+n+1]
	if t.prefix == 0 {
		shift := at - int(starts[0])
		at += copy(data[at:], t.data[starts[0]:starts[n]])
		for i, s := range starts {
			offsets[i] = int32(int(s) + shift)
		}
		return at
	}
	begin := int(starts[0]) + t.prefix
	for i, s := range starts[1:] {
		end := int(s)
		if end-begin <= 16 && at+16 <= len(data) && begin+16 <= len(t.data) {
			// Two words instead of a call; the next text overwrites the excess.
			*(*[16]byte)(data[at:]) = *(*[16]byte)(t.data[begin:])
		} else {
			copy(data[at:], t.data[begin:end])
		}
		at += end - begin
		offsets[i+1] = int32(at)
		begin = end + t.prefix
	}
	return at
}

// copyIndexed is copyTo for the texts at indices.
func (t *texts) copyIndexed(data []byte, offsets []int32, at int, indices []uint32) int {
	offsets[0] = int32(at)
	for i, index := range indices {
		at += copy(data[at:], t.data[int(t.starts[index])+t.prefix:t.starts[index+1]])
		offsets[i+1] = int32(at)
	}
	return at
}

// spreadOffsets moves the k+1 offsets at the front of offsets, one for each
// valid row and the end, apart so that null rows get empty texts.
func spreadOffsets(offsets []int32, k int, validity []byte, from int) {
	n := len(offsets) - 1
	if k == n {
		return
	}
	j := k
	offsets[n] = offsets[k]
	for i := n - 1; i >= 0 && j <= i; i-- {
		bit := from + i
		j -= int(validity[bit>>3] >> (bit & 7) & 1)
		offsets[i] = offsets[j]
	}
}

// taken notes that n rows of the first queued page have been delivered.
func (t *textColumn) taken(p *page, n int) error {
	if p.rows -= n; p.rows > 0 {
		return nil
	}
	t.queue = t.queue[:copy(t.queue, t.queue[1:])]
	t.free = append(t.free, p)
	return p.drained()
}
