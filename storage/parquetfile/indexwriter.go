package parquetfile

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"unicode/utf8"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// writtenPage is what the page index says of a data page.
type writtenPage struct {
	offset    int64 // of its header in the file
	sizeBytes int32 // with the header, compressed
	rows      int
	values    int // not null
	stats     statistics
}

// The enum BoundaryOrder, of the bounds of pages that follow each other.
const (
	unordered  = 0
	ascending  = 1
	descending = 2
)

// pageIndexes is the encoded page index of a column chunk.
type pageIndexes struct{ column, offset []byte }

func encodeIndexes(id chunk.ID, pages []writtenPage) pageIndexes {
	return pageIndexes{column: encodeColumnIndex(id, pages), offset: encodeOffsetIndex(pages)}
}

// encodeOffsetIndex encodes OffsetIndex.
func encodeOffsetIndex(pages []writtenPage) []byte {
	var t thriftWriter
	t.begin()
	t.list(1, wireStruct, len(pages))
	row := int64(0)
	for _, p := range pages {
		t.begin()
		t.i64(1, p.offset)
		t.i32(2, p.sizeBytes)
		t.i64(3, row)
		t.end()
		row += int64(p.rows)
	}
	t.end()
	return t.buf
}

// encodeColumnIndex encodes ColumnIndex. It is nil if a page has values but no
// bounds: NaN alone, which the index cannot say, or a text that cannot be cut.
func encodeColumnIndex(id chunk.ID, pages []writtenPage) []byte {
	mins, maxs := make([]string, len(pages)), make([]string, len(pages))
	for i, p := range pages {
		if p.values == 0 {
			continue
		}
		lo, hi, ok := p.stats.min, p.stats.max, p.stats.hasNew
		if ok && id == chunk.String {
			lo, hi, ok = cutBounds(lo, hi)
		}
		if !ok {
			return nil
		}
		mins[i], maxs[i] = string(lo), string(hi)
	}
	var t thriftWriter
	t.begin()
	t.list(1, wireTrue, len(pages))
	for _, p := range pages {
		empty := wireFalse
		if p.values == 0 {
			empty = wireTrue
		}
		t.buf = append(t.buf, byte(empty))
	}
	for field, texts := range [][]string{mins, maxs} {
		t.list(2+field, wireBinary, len(texts))
		for _, s := range texts {
			t.element(s)
		}
	}
	t.i32(4, boundaryOrder(id, pages))
	t.list(5, wireI64, len(pages))
	for _, p := range pages {
		t.buf = binary.AppendVarint(t.buf, int64(p.rows-p.values))
	}
	t.end()
	return t.buf
}

// boundaryOrder tells whether both bounds grow, or shrink, from page to page.
// Pages without values do not count. Texts that were cut keep their order.
func boundaryOrder(id chunk.ID, pages []writtenPage) int32 {
	up, down := true, true
	var last *statistics
	for i := range pages {
		s := &pages[i].stats
		if pages[i].values == 0 {
			continue
		}
		if last != nil {
			lo, hi := compareBounds(id, last.min, s.min), compareBounds(id, last.max, s.max)
			up = up && lo <= 0 && hi <= 0
			down = down && lo >= 0 && hi >= 0
		}
		last = s
	}
	switch {
	case up:
		return ascending
	case down:
		return descending
	}
	return unordered
}

// compareBounds compares plain-encoded statistics by the order of their type.
func compareBounds(id chunk.ID, a, b []byte) int {
	switch id {
	case chunk.String:
		return bytes.Compare(a, b)
	case chunk.Float16, chunk.Float32, chunk.Float64:
		return cmp.Compare(statFloat(id, a), statFloat(id, b))
	case chunk.Uint64:
		return cmp.Compare(binary.LittleEndian.Uint64(a), binary.LittleEndian.Uint64(b))
	}
	return cmp.Compare(statInt(id, a), statInt(id, b))
}

// cutBounds makes long texts short, the lower one lower and the upper one
// higher, both still UTF-8. Texts that are not cannot be cut.
func cutBounds(lo, hi []byte) (shortLo, shortHi []byte, ok bool) {
	if len(lo) > maxStatBytes {
		if !utf8.Valid(lo) {
			return nil, nil, false
		}
		lo = cut(lo)
	}
	if len(hi) > maxStatBytes {
		if !utf8.Valid(hi) {
			return nil, nil, false
		}
		if hi = raise(cut(hi)); hi == nil {
			return nil, nil, false
		}
	}
	return lo, hi, true
}

// cut is the runes of a text that maxStatBytes have room for.
func cut(text []byte) []byte {
	n := maxStatBytes
	for !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// raise is a text above all that begin with this one, no longer than it; nil if
// there is none.
func raise(text []byte) []byte {
	for len(text) > 0 {
		last, n := utf8.DecodeLastRune(text)
		text = text[:len(text)-n]
		if up := last + 1; utf8.ValidRune(up) && utf8.RuneLen(up) == n {
			return utf8.AppendRune(bytes.Clone(text), up)
		}
	}
	return nil
}
