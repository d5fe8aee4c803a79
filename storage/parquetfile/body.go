package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// body delivers the bytes of a page front to back. A small page is there whole
// in window. A large one is read and decompressed on the way, so that neither
// it nor what it is compressed to is ever in memory as a whole, and what is
// decompressed is still in the processor's cache when it is used.
type body struct {
	window []byte // not yet taken; valid until the next call of more
	left   int    // bytes after window that are not decompressed yet
	packed int    // bytes of the stream that belong to the page and are not consumed yet

	kind   bodyKind
	column *column
	given  int   // bytes of window when it was made, which raw bodies still have to pass over
	start  int64 // offset in the file of the page's bytes
	size   int   // of the page's bytes in the file
	whole  int   // of the page

	ring     []byte // see snappyRing
	at       int    // in ring: end of what is decompressed
	produced int    // bytes decompressed so far
	pending  snappyElement
}

type bodyKind int

const (
	wholeBody bodyKind = iota
	rawBody
	snappyBody
)

// The ring of a snappy body has two slots, which are filled in turn. While one
// is filled, the other has the bytes before: a copy reaches back 64 KiB at
// least, as far as any known compressor goes, because they compress blocks of
// 64 KiB. What is left of the second slot when the first is filled again goes
// before it, so that the window is in one piece.
const (
	slotBytes = 64 << 10
	headBytes = 8 << 10 // more than anybody asks of more at a time
	ringBytes = headBytes + 2*slotBytes + 16
)

// streamedBytes is the size from which on pages are not decompressed whole.
const streamedBytes = 2 * slotBytes

// checkedBytes is the size up to which a page with a checksum is read whole:
// nothing of it may be used before all of it is verified.
const checkedBytes = 1 << 20

// remaining is how many bytes the page has that are not taken.
func (b *body) remaining() int { return len(b.window) + b.left }

// take passes over the first n bytes of the window.
func (b *body) take(n int) []byte {
	taken := b.window[:n]
	b.window = b.window[n:]
	return taken
}

// set makes b a page that is there whole.
func (b *body) set(window []byte) {
	b.kind, b.window, b.left = wholeBody, window, 0
}

// stream makes b the page of size bytes that lie in packed bytes from the
// column's stream on.
func (b *body) stream(c *column, kind bodyKind, packed, size int) error {
	b.kind, b.column, b.window, b.left = kind, c, nil, size
	b.start, b.size, b.packed, b.whole = c.in.offset(), packed, packed, size
	b.given, b.produced, b.pending = 0, 0, snappyElement{}
	if kind == rawBody {
		return nil
	}
	b.ring, b.at = resize(b.ring, ringBytes), headBytes
	head, err := c.in.ahead(min(packed, binary.MaxVarintLen32))
	if err != nil {
		return err
	}
	n, used := binary.Uvarint(head[:min(len(head), packed)])
	if used <= 0 || n != uint64(size) {
		return fmt.Errorf("snappy data is corrupted: %d bytes for a page of %d", n, size)
	}
	c.in.skip(used)
	b.packed -= used
	return nil
}

// more makes the window at least n bytes long, if the page has so many. n is at
// most headBytes.
func (b *body) more(n int) error {
	if len(b.window) >= n || b.left == 0 {
		return nil
	}
	if b.kind == rawBody {
		return b.moreRaw(n)
	}
	for len(b.window) < n && b.left > 0 {
		taken := b.whole - b.remaining()
		err := b.moreSnappy()
		if err == errSnappyFar {
			return b.readWhole(taken)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *body) moreRaw(n int) error {
	in := &b.column.in
	in.skip(b.given - len(b.window))
	total := b.remaining()
	window, err := in.ahead(min(n, total))
	if err != nil {
		return err
	}
	b.window = window[:min(len(window), total)]
	b.given, b.left = len(b.window), total-len(b.window)
	return nil
}

// moreSnappy fills the next part of the ring.
func (b *body) moreSnappy() error {
	if b.at == headBytes+2*slotBytes {
		to := headBytes - len(b.window)
		copy(b.ring[to:], b.window)
		b.at = headBytes
	}
	from := b.at - len(b.window)
	end := headBytes + slotBytes
	if b.at >= end {
		end += slotBytes
	}
	end = min(end, b.at+b.left)
	for b.at < end {
		if err := b.expand(end); err != nil {
			return err
		}
	}
	b.window = b.ring[from:end]
	if b.left == 0 && (b.packed > 0 || b.pending.literal+b.pending.copy > 0) {
		return corruptedSnappy(errLarger)
	}
	return nil
}

// expand decompresses some elements to ring[at:end].
func (b *body) expand(end int) error {
	in := &b.column.in
	if b.pending.literal > 0 {
		n := min(b.pending.literal, end-b.at)
		got, err := in.readSome(b.ring[b.at : b.at+n])
		b.pending.literal -= got
		b.packed -= got
		b.advance(got)
		return err
	}
	if b.pending.copy > 0 {
		return b.copyPending(end)
	}
	if b.packed == 0 {
		return corruptedSnappy(errSmaller)
	}
	src, err := in.ahead(min(b.packed, snappySource))
	if err != nil {
		return err
	}
	src = src[:min(len(src), b.packed)]
	// Elements that refer to the other slot where that lies behind are left to us.
	base := headBytes
	d, s := snappyElements(b.ring[base:end], b.at-base, src)
	if s == 0 {
		e, ok := parseSnappyElement(src)
		if !ok || e.literal > b.packed-e.tag {
			return corruptedSnappy(errSnappy)
		}
		b.pending, s = e, e.tag
	}
	in.skip(s)
	b.packed -= s
	b.advance(base + d - b.at)
	return nil
}

func corruptedSnappy(err error) error {
	return fmt.Errorf("%s data is corrupted: %w", snappyCodec, err)
}

func (b *body) advance(n int) {
	b.at += n
	b.produced += n
	b.left -= n
}

var errSnappyFar = errors.New("it refers to bytes too far back")

// copyPending does the pending copy as far as end. It may begin in the slot
// behind.
func (b *body) copyPending(end int) error {
	e := &b.pending
	if e.offset == 0 || e.offset > b.produced {
		return corruptedSnappy(errSnappyEarly)
	}
	n := min(e.copy, end-b.at)
	from := b.at - e.offset
	if from < headBytes { // in the second slot, before the first was filled again
		from += 2 * slotBytes
		if from < headBytes+slotBytes || b.at >= headBytes+slotBytes {
			return errSnappyFar
		}
		n = min(n, headBytes+2*slotBytes-from)
		copy(b.ring[b.at:b.at+n], b.ring[from:])
	} else {
		copyBack(b.ring, b.at, e.offset, n)
	}
	e.copy -= n
	b.advance(n)
	return nil
}

// readWhole turns to the whole page, when its copies reach back farther than
// the ring. Some bytes of it are taken already.
func (b *body) readWhole(taken int) error {
	c := b.column
	if err := c.fits(b.whole); err != nil {
		return err
	}
	c.far = true
	c.in.seek(b.start)
	src, err := c.in.take(b.size, &c.codecs.packed)
	if err != nil {
		return err
	}
	if b.ring, err = c.codecs.decode(snappyCodec, b.ring, src, b.whole); err != nil {
		return err
	}
	b.set(b.ring[taken:])
	return nil
}

// finish passes over what is left, checking that it is sound.
func (b *body) finish() error {
	if b.kind == rawBody {
		b.column.in.skip(b.given + b.left)
		b.given, b.left = 0, 0
	}
	for b.left > 0 {
		b.window = nil
		if err := b.more(1); err != nil {
			return err
		}
	}
	return nil
}

// abandon passes over what is left, unseen.
func (b *body) abandon() {
	switch b.kind {
	case rawBody:
		b.column.in.skip(b.given + b.left)
	case snappyBody:
		b.column.in.skip(b.packed)
	}
	b.set(nil)
}

// bodyKind tells how the body of a page is read: on the way, if it is large and
// its values can be taken bit by bit.
func (c *column) bodyKind(h *pageHeader) bodyKind {
	codec := c.meta.codec
	if !h.packed {
		codec = uncompressed
	}
	switch {
	case codec != uncompressed && (codec != snappyCodec || c.far):
	case h.uncompressed < streamedBytes || h.hasCRC && h.compressed <= checkedBytes:
	case c.stored.width == 0 || c.stored.physical == int96Type && h.encoding == plain:
	case h.encoding != plain && h.encoding != plainDictionary && h.encoding != runDictionary:
	case codec == uncompressed:
		return rawBody
	default:
		return snappyBody
	}
	return wholeBody
}

// openBody begins to read a page whose whole body is of one kind.
func (c *column) openBody(b *body, h *pageHeader, kind bodyKind) error {
	if err := c.passHeader(h); err != nil {
		return err
	}
	return b.stream(c, kind, int(h.compressed), int(h.uncompressed))
}

// passHeader passes over a page's header, and verifies the checksum that it
// has for what follows.
func (c *column) passHeader(h *pageHeader) error {
	c.in.skip(h.size)
	if !h.hasCRC {
		return nil
	}
	return c.verify(int(h.compressed), h.crc)
}

// verify reads size bytes at the stream's position, to check that they have
// the checksum, and goes back.
func (c *column) verify(size int, want uint32) error {
	start := c.in.offset()
	sum := uint32(0)
	for left := size; left > 0; {
		b, err := c.in.ahead(1)
		if err != nil {
			return err
		}
		b = b[:min(len(b), left)]
		sum = crc32.Update(sum, crc32.IEEETable, b)
		c.in.skip(len(b))
		left -= len(b)
	}
	if sum != want {
		return errChecksum
	}
	c.in.seek(start)
	return nil
}
