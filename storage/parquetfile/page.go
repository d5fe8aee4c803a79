package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/weir-pipeline/weir/storage/format"
)

// encoding is how a page's values are laid out.
type encoding int32

const (
	plain           encoding = 0
	plainDictionary encoding = 2
	runLength       encoding = 3
	bitPacked       encoding = 4
	deltaBinary     encoding = 5
	deltaLengths    encoding = 6
	deltaTexts      encoding = 7
	runDictionary   encoding = 8
	byteStreamSplit encoding = 9
)

var encodingNames = map[encoding]string{
	plain: "plain", plainDictionary: "plain_dictionary", runLength: "rle", bitPacked: "bit_packed",
	deltaBinary: "delta_binary_packed", deltaLengths: "delta_length_byte_array", deltaTexts: "delta_byte_array",
	runDictionary: "rle_dictionary", byteStreamSplit: "byte_stream_split",
}

func (e encoding) String() string {
	if name, ok := encodingNames[e]; ok {
		return name
	}
	return fmt.Sprintf("encoding %d", int32(e))
}

// The enum PageType.
const (
	dataPage       = 0
	indexPage      = 1
	dictionaryPage = 2
	dataPageV2     = 3
)

// pageHeader precedes each page.
type pageHeader struct {
	size         int // of the header itself
	kind         int32
	uncompressed int32
	compressed   int32
	crc          uint32
	hasCRC       bool
	values       int32 // nulls included
	encoding     encoding
	levels       encoding // of definition levels, version 1
	nulls        int32    // version 2
	rows         int32    // version 2
	defBytes     int32    // version 2
	repBytes     int32    // version 2
	packed       bool     // values are compressed
}

// parsePageHeader decodes the header at the start of buf. It returns errShort
// when buf ends within it.
func parsePageHeader(buf []byte) (h pageHeader, err error) {
	h = pageHeader{kind: -1, packed: true, levels: runLength}
	r := thriftReader{buf: buf}
	body := int32(-1) // type of the page that the type-specific header belongs to
	r.fields(func(id int, w wire) bool {
		switch id {
		case 1:
			h.kind = r.int32(w)
		case 2:
			h.uncompressed = r.int32(w)
		case 3:
			h.compressed = r.int32(w)
		case 4:
			h.crc, h.hasCRC = uint32(r.integer(w)), true
		case 5, 7, 8:
			if w != wireStruct {
				r.mismatch(w)
				return true
			}
			body = [...]int32{5: dataPage, 7: dictionaryPage, 8: dataPageV2}[id]
			r.fields(func(field int, w wire) bool { return readPageBody(&r, &h, id, field, w) })
		default:
			return false
		}
		return true
	})
	switch {
	case r.err != nil:
		return h, r.err
	case h.kind != body && (h.kind < 0 || h.kind == dataPage || h.kind == dictionaryPage || h.kind == dataPageV2):
		return h, fmt.Errorf("it has a page of type %d without the header of that type", h.kind)
	case h.compressed < 0 || h.uncompressed < 0 || h.values < 0 || h.defBytes < 0 || h.repBytes < 0 || h.nulls < 0:
		return h, errors.New("its page header has a negative size")
	}
	h.size = r.pos
	return h, nil
}

// readPageBody reads a field of DataPageHeader (5), DictionaryPageHeader (7) or
// DataPageHeaderV2 (8).
func readPageBody(r *thriftReader, h *pageHeader, kind, field int, w wire) bool {
	switch {
	case field == 1:
		h.values = r.int32(w)
	case kind == 8 && field == 2:
		h.nulls = r.int32(w)
	case kind == 8 && field == 3:
		h.rows = r.int32(w)
	case kind == 8 && field == 4, kind != 8 && field == 2:
		h.encoding = encoding(r.int32(w))
	case kind == 8 && field == 5:
		h.defBytes = r.int32(w)
	case kind == 8 && field == 6:
		h.repBytes = r.int32(w)
	case kind == 8 && field == 7:
		h.packed = r.bool(w)
	case kind == 5 && field == 3:
		h.levels = encoding(r.int32(w))
	default:
		return false
	}
	return true
}

// page is one data page, decompressed, with what has been taken of it.
type page struct {
	offset int64  // of its header in the file
	rows   int    // not yet delivered
	levels hybrid // definition levels, of an optional column: 1 is a value, 0 a null
	nulls  int    // that its header promises; -1 if it does not say
	seen   int    // nulls that its levels had so far

	in     body   // of the values; what is taken of them is taken from there
	coded  bool   // values are in index: dictionary indices, or booleans
	index  hybrid //
	plain  bool   // values are in in, of fixed width
	texts  texts  // plain strings
	cursor int    // strings taken
	ahead  int    // rows whose levels have not been decoded; strings only

	whole   []byte   // buffers that the page owns
	scratch []byte   //
	defs    []byte   //
	starts  []uint32 //
}

var (
	errTextLength = errors.New("a text in it is longer than its page")
	errPageEnd    = errors.New("a page ends beyond the column chunk")
	errChecksum   = errors.New("checksum mismatch: the page is corrupted")
	errLevelsEnd  = errors.New("a page ends within its run-length data")
	errFewValues  = errors.New("a page has fewer values than it says")
)

// maxHeaderBytes bounds a page header; statistics with long texts may be in it.
const maxHeaderBytes = 16 << 20

// header reads the next page header and makes sure that its body lies within
// the column chunk. Nothing is taken from the stream.
func (c *column) header() (pageHeader, error) {
	for n := 512; ; n *= 8 {
		buf, err := c.in.peek(n)
		if err != nil {
			return pageHeader{}, err
		}
		h, err := parsePageHeader(buf)
		if err == errShort && len(buf) == n && n < maxHeaderBytes {
			continue
		}
		if err == errShort {
			err = errors.New("its last page header is cut off")
		}
		if err == nil && int64(h.size)+int64(h.compressed) > c.in.remaining() {
			err = errPageEnd
		}
		return h, err
	}
}

// raw takes the next page off the stream and verifies its checksum.
func (c *column) raw(h *pageHeader) ([]byte, error) {
	large := &c.codecs.packed
	if c.meta.codec == uncompressed {
		large = nil // the page is used where it was read
	}
	whole, err := c.in.take(h.size+int(h.compressed), large)
	if err != nil {
		return nil, err
	}
	body := whole[h.size:]
	if h.hasCRC && crc32.ChecksumIEEE(body) != h.crc {
		return nil, errChecksum
	}
	return body, c.fits(int(h.uncompressed))
}

// fits tells whether a page of sizeBytes may be in memory.
func (c *column) fits(sizeBytes int) error {
	if int64(sizeBytes) > c.limit {
		return fmt.Errorf("a page of it needs %d bytes; %w", sizeBytes, format.ErrMemory)
	}
	return nil
}

// expand decompresses src to size bytes. In a column chunk without compression
// it gives src itself, unless keep asks for bytes that outlive the stream's
// next read. (A single page without compression may lie in a buffer that
// columns share, so it is copied.)
func (c *column) expand(p *page, src []byte, size int, packed, keep bool) ([]byte, error) {
	codec := c.meta.codec
	if !packed {
		codec = uncompressed
	}
	if c.meta.codec == uncompressed && !keep && len(src) == size {
		return src, nil
	}
	if size == 0 && len(src) == 0 {
		return nil, nil
	}
	out, err := c.codecs.decode(codec, p.whole, src, size)
	if err == nil {
		p.whole = out
	}
	return out, err
}

// load reads the next data page into p, reading the dictionary on the way. With
// keep the page does not refer to the stream's buffer.
func (c *column) load(p *page, keep bool) error {
	for {
		c.at = c.in.offset()
		h, err := c.header()
		if err != nil {
			return err
		}
		switch h.kind {
		case dataPage, dataPageV2:
			if err := c.expected(&h); err != nil {
				return err
			}
			if err := c.count(&h); err != nil {
				return err
			}
			p.offset, p.rows, p.ahead, p.nulls, p.seen = c.at, int(h.values), int(h.values), -1, 0
			p.coded, p.plain, p.texts, p.cursor = false, false, texts{}, 0
			p.in.set(nil)
			if kind := c.bodyKind(&h); kind != wholeBody && !keep {
				return c.openStreamed(p, &h, kind)
			}
			src, err := c.raw(&h)
			if err != nil {
				return err
			}
			return c.open(p, &h, src, keep)
		case dictionaryPage:
			if err := c.loadDictionary(&h); err != nil {
				return err
			}
		default:
			c.in.skip(h.size + int(h.compressed))
		}
	}
}

// open finds levels and values in a data page.
func (c *column) open(p *page, h *pageHeader, src []byte, keep bool) error {
	var values []byte
	if h.kind == dataPageV2 {
		levels := int64(h.repBytes) + int64(h.defBytes)
		if err := h.checkLevels(); err != nil {
			return err
		}
		def := src[h.repBytes:levels] // some writers give flat columns repetition levels, all 0
		if c.stored.optional {
			p.defs = append(p.defs[:0], def...) // src goes to the next page while these are still decoded
		}
		p.levels, p.nulls = newHybrid(p.defs, 1), int(h.nulls)
		var err error
		if values, err = c.expand(p, src[levels:], int(h.uncompressed)-int(levels), h.packed, keep); err != nil {
			return err
		}
	} else {
		body, err := c.expand(p, src, int(h.uncompressed), true, keep)
		if err != nil {
			return err
		}
		values = body
		if c.stored.optional {
			if h.levels != runLength {
				return fmt.Errorf("levels in encoding %s are not supported", h.levels)
			}
			n, rest, err := prefixed(body)
			if err != nil {
				return err
			}
			p.levels, values = newHybrid(n, 1), rest
		}
	}
	p.in.set(values)
	return c.openValues(p, h)
}

// checkLevels tells whether the levels of a page of version 2 can be in it.
func (h *pageHeader) checkLevels() error {
	levels := int64(h.repBytes) + int64(h.defBytes)
	if h.rows != h.values || levels > int64(h.compressed) || levels > int64(h.uncompressed) {
		return errors.New("a page header contradicts itself")
	}
	return nil
}

// openStreamed is open for a page whose body is read on the way. Its levels are
// copied.
func (c *column) openStreamed(p *page, h *pageHeader, kind bodyKind) error {
	if h.kind == dataPageV2 {
		if err := h.checkLevels(); err != nil {
			return err
		}
		if err := c.passHeader(h); err != nil {
			return err
		}
		levels := int(h.repBytes) + int(h.defBytes)
		src, err := c.in.take(levels, nil)
		if err != nil {
			return err
		}
		p.defs = append(p.defs[:0], src[h.repBytes:]...)
		p.levels, p.nulls = newHybrid(p.defs, 1), int(h.nulls)
		if err := p.in.stream(c, kind, int(h.compressed)-levels, int(h.uncompressed)-levels); err != nil {
			return err
		}
		return c.openValues(p, h)
	}
	if err := c.openBody(&p.in, h, kind); err != nil {
		return err
	}
	if c.stored.optional {
		if h.levels != runLength {
			return fmt.Errorf("levels in encoding %s are not supported", h.levels)
		}
		if err := p.in.more(4); err != nil {
			return err
		}
		n := int64(binary.LittleEndian.Uint32(p.in.window))
		if n > int64(p.in.remaining()-4) {
			return errLevelsEnd
		}
		p.in.take(4)
		p.defs = p.defs[:0]
		for len(p.defs) < int(n) {
			if err := p.in.more(1); err != nil {
				return err
			}
			p.defs = append(p.defs, p.in.take(min(len(p.in.window), int(n)-len(p.defs)))...)
		}
		p.levels = newHybrid(p.defs, 1)
	}
	return c.openValues(p, h)
}

// prefixed splits off the bytes that a 4-byte length in front counts.
func prefixed(b []byte) (head, rest []byte, err error) {
	if len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
		return nil, nil, errLevelsEnd
	}
	n := 4 + int(binary.LittleEndian.Uint32(b))
	return b[4:n], b[n:], nil
}

// openValues prepares the values of a page to be taken: encodings other than
// plain, dictionary and run lengths are turned into plain here.
func (c *column) openValues(p *page, h *pageHeader) (err error) {
	values := p.in.window // all of them, but for the encodings that are read on the way
	text := c.stored.physical == byteArray
	isBool := c.stored.physical == boolean
	width := c.stored.width
	switch e := h.encoding; {
	case e == plain && isBool:
		p.coded, p.index = true, hybrid{buf: values, width: 1, packed: 8 * len(values), run: len(values)}
	case e == runLength && isBool:
		if len(values) == 0 {
			return nil
		}
		if values, _, err = prefixed(values); err != nil {
			return err
		}
		p.coded, p.index = true, newHybrid(values, 1)
	case isBool:
		return fmt.Errorf("encoding %s is not supported for boolean", e)
	case e == plainDictionary || e == runDictionary:
		p.coded, p.index = true, hybrid{}
		if err := p.in.more(1); err != nil || p.in.remaining() == 0 {
			return err
		}
		width := p.in.take(1)[0]
		if width > 32 {
			return fmt.Errorf("its dictionary indices have %d bits", width)
		}
		p.index = hybrid{buf: p.in.window, in: &p.in, width: int(width)}
	case e == plain && text:
		p.starts, err = parsePlainTexts(p.starts, values, p.rows)
		p.texts = texts{starts: p.starts, data: values, prefix: 4}
	case e == deltaLengths && text:
		p.starts, values, err = decodeDeltaLengths(p.starts, values, -1, p.rows)
		p.texts = texts{starts: p.starts, data: values}
	case e == deltaTexts && text:
		p.starts, p.scratch, err = decodeDeltaTexts(p.starts, p.scratch, values, -1, p.rows, min(c.limit, maxTextBytes))
		p.texts = texts{starts: p.starts, data: p.scratch}
	case text:
		return fmt.Errorf("encoding %s is not supported for byte_array", e)
	case e == plain:
		p.plain = true
	case e == deltaBinary && (c.stored.physical == int32Type || c.stored.physical == int64Type):
		var rest []byte
		p.scratch, rest, err = decodeDelta(p.scratch[:0], values, width, -1, p.rows)
		if err == nil && len(rest) > 0 {
			err = fmt.Errorf("%d bytes of a page are left over", len(rest))
		}
		p.setPlain(p.scratch)
	case e == byteStreamSplit:
		if len(values)%width != 0 {
			return errFewValues
		}
		p.scratch = joinBytes(p.scratch, values, width)
		p.setPlain(p.scratch)
	default:
		return fmt.Errorf("encoding %s is not supported for %s", e, c.stored.physical)
	}
	if err == nil && c.stored.physical == int96Type && !p.coded {
		p.scratch, err = convertInt96(p.scratch, p.in.window)
		p.setPlain(p.scratch)
	}
	return err
}

func (p *page) setPlain(values []byte) {
	p.in.set(values)
	p.plain = true
}

// drained checks that a page whose rows were all delivered had as many values
// as its levels ask for.
func (p *page) drained() error {
	left := 0
	if p.plain {
		left = p.in.remaining()
	}
	if n := len(p.texts.starts) - 1 - p.cursor; n > 0 {
		left = p.texts.size(p.cursor, p.cursor+n) + n*p.texts.prefix
	}
	switch {
	case left > 0:
		return fmt.Errorf("%d bytes of values of a page are left over", left)
	case p.nulls >= 0 && p.nulls != p.seen:
		return fmt.Errorf("a page has %d nulls where its header says %d", p.seen, p.nulls)
	}
	return p.in.finish()
}
