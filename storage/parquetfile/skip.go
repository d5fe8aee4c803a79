package parquetfile

import (
	"fmt"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// skip takes a column that is at row from of the row group to the beginning of
// the first range. Whole pages on the way are not read. ranges is all that will
// be read from there on.
func (c *column) skip(from int64, ranges []rowRange) error {
	n := ranges[0].from - from
	for p := c.loaded(); p != nil; p = c.loaded() {
		c.at = p.offset
		if int64(p.rows) > n {
			return c.discard(p, int(n))
		}
		n -= int64(p.rows)
		c.abandon(p)
	}
	var err error
	if c.pages != nil {
		n, err = c.jump(ranges)
	} else {
		n, err = c.pass(n)
	}
	if err != nil || n == 0 {
		return err
	}
	if c.stored.physical == byteArray {
		err = c.enqueue()
	} else {
		err = c.load(&c.page, false)
	}
	if p := c.loaded(); err == nil && p != nil {
		err = c.discard(p, int(n))
	}
	return err
}

// loaded is the page that the next row is in, nil if it has not been loaded.
func (c *column) loaded() *page {
	if c.stored.physical == byteArray {
		if len(c.text.queue) > 0 {
			return c.text.queue[0]
		}
		return nil
	}
	if c.page.rows > 0 {
		return &c.page
	}
	return nil
}

// abandon gives up a loaded page.
func (c *column) abandon(p *page) {
	p.rows, p.ahead = 0, 0
	p.in.abandon()
	if t := &c.text; len(t.queue) > 0 {
		t.queue = t.queue[:copy(t.queue, t.queue[1:])]
		t.free = append(t.free, p)
	}
}

// jump goes to the page in which the first range begins, by the offset index,
// and returns how many rows of it lie before.
func (c *column) jump(ranges []rowRange) (rows int64, err error) {
	o := c.pages
	k := o.page(ranges[0].from)
	if c.next == 0 && o.offsets[0] > c.in.offset() {
		if c.in.end = o.offsets[0]; k == 0 {
			c.in.end = o.run(0, ranges)
		}
		if err := c.findDictionary(); err != nil {
			return 0, err
		}
	}
	c.in.goTo(o.offsets[k], o.run(k, ranges))
	c.next, c.left = k, o.rows-o.firstRows[k]
	return ranges[0].from - o.firstRows[k], nil
}

// findDictionary loads the dictionary, if there is one before the first page.
func (c *column) findDictionary() error {
	c.at = c.in.offset()
	h, err := c.header()
	if err == nil && h.kind == dictionaryPage {
		err = c.loadDictionary(&h)
	}
	return err
}

// pass passes over whole pages, n rows at most, and returns how many are left.
// No index says where the pages are, so that their headers are read.
func (c *column) pass(n int64) (rows int64, err error) {
	for n > 0 {
		c.at = c.in.offset()
		h, err := c.header()
		if err != nil {
			return 0, err
		}
		switch h.kind {
		case dictionaryPage:
			if err := c.loadDictionary(&h); err != nil {
				return 0, err
			}
			continue
		case dataPage, dataPageV2:
			if err := c.count(&h); err != nil {
				return 0, err
			}
			if int64(h.values) > n {
				c.left += int64(h.values)
				return n, nil
			}
			n -= int64(h.values)
		}
		c.in.skip(h.size + int(h.compressed))
	}
	return 0, nil
}

// discard passes over n rows of a page that has more.
func (c *column) discard(p *page, n int) error {
	p.rows -= n
	p.ahead -= n
	for n > 0 {
		m := min(n, 8*len(c.scratch))
		valid := m
		if c.stored.optional {
			var err error
			if valid, err = p.levels.bits(c.scratch[:], 0, m); err != nil {
				return err
			}
			p.seen += m - valid
		}
		if err := c.discardValues(p, valid); err != nil {
			return err
		}
		n -= m
	}
	return nil
}

func (c *column) discardValues(p *page, n int) error {
	switch {
	case n == 0:
	case c.field.Type.ID == chunk.Bool:
		if !p.coded {
			return errFewValues
		}
		_, err := p.index.bits(c.scratch[:], 0, n)
		return err
	case p.coded:
		for n > 0 {
			m := min(n, len(c.indices))
			largest, err := p.index.decode(c.indices[:m])
			if err != nil {
				return err
			}
			if int64(largest) >= int64(c.dictCount) {
				return c.indexError(largest)
			}
			n -= m
		}
	case c.stored.physical == byteArray:
		if p.cursor += n; p.cursor > len(p.texts.starts)-1 {
			return errFewValues
		}
	default:
		width := c.plainWidth()
		if !p.plain || p.in.remaining() < n*width {
			return errFewValues
		}
		for n > 0 {
			if err := p.in.more(width); err != nil {
				return err
			}
			m := min(n, len(p.in.window)/width)
			p.in.take(m * width)
			n -= m
		}
	}
	return nil
}

// expected checks a page that is there against the offset index.
func (c *column) expected(h *pageHeader) error {
	o, k := c.pages, c.next
	if o == nil {
		return nil
	}
	if k >= o.pages() || c.at != o.offsets[k] || int64(h.values) != o.lastRow(k)-o.firstRows[k] {
		return fmt.Errorf("a page of %d values is not where the page index says: it is corrupted, or belongs to another file", h.values)
	}
	c.next++
	return nil
}
