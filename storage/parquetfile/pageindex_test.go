package parquetfile

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// location is a PageLocation.
type location struct {
	offset, size, firstRow int64
}

func offsetIndexOf(pages ...location) []byte {
	var t thriftWriter
	t.begin()
	t.list(1, wireStruct, len(pages))
	for _, p := range pages {
		t.begin()
		t.i64(1, p.offset)
		t.i64(2, p.size)
		t.i64(3, p.firstRow)
		t.end()
	}
	t.end()
	return t.buf
}

// TestOffsetIndexesThatCannotBe has a column chunk of 100 rows in bytes
// [1000, 1300) of the file.
func TestOffsetIndexesThatCannotBe(t *testing.T) {
	good := []location{{1010, 90, 0}, {1100, 100, 40}, {1200, 100, 90}}
	change := func(at int, to location) []byte {
		pages := slices.Clone(good)
		pages[at] = to
		return offsetIndexOf(pages...)
	}
	endless := append([]byte{1<<4 | byte(wireList), 0xf0 | byte(wireStruct)}, binary.AppendUvarint(nil, 1<<40)...)
	for _, c := range []struct {
		name string
		buf  []byte
		want bool
	}{
		{"good", offsetIndexOf(good...), true},
		{"bytes between the pages", change(1, location{1110, 90, 40}), true},
		{"no bytes", nil, false},
		{"cut off", offsetIndexOf(good...)[:12], false},
		{"no pages", offsetIndexOf(), false},
		{"a list without end", endless, false},
		{"first page before the column chunk", change(0, location{999, 10, 0}), false},
		{"negative offset", change(0, location{-5, 10, 0}), false},
		{"last page beyond the column chunk", change(2, location{1201, 100, 90}), false},
		{"offset beyond all", change(2, location{math.MaxInt64, 100, 90}), false},
		{"size that overflows", change(2, location{1200, math.MaxInt32, 90}), false},
		{"size of 64 bits", change(2, location{1200, math.MaxInt64, 90}), false},
		{"no size", change(1, location{1100, 0, 40}), false},
		{"negative size", change(1, location{1100, -1, 40}), false},
		{"pages overlap", change(1, location{1099, 100, 40}), false},
		{"pages in another order", offsetIndexOf(good[0], good[2], good[1]), false},
		{"the same page twice", offsetIndexOf(good[0], good[0], good[2]), false},
		{"does not begin at row 0", change(0, location{1010, 90, 1}), false},
		{"negative row", change(0, location{1010, 90, -1}), false},
		{"rows in another order", change(1, location{1100, 100, 95}), false},
		{"page without rows", change(1, location{1100, 100, 90}), false},
		{"row beyond the row group", change(2, location{1200, 100, 100}), false},
		{"row beyond all", change(2, location{1200, 100, math.MaxInt64}), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseOffsetIndex(c.buf, &columnChunk{dataOffset: 1000, compressed: 300}, 100)
			if (err == nil) != c.want {
				t.Errorf("got error %v", err)
			}
		})
	}
}

// indexLists is what a ColumnIndex has.
type indexLists struct {
	empty      []bool
	mins, maxs []string
	nulls      []int64
}

func (l indexLists) encode() []byte {
	var t thriftWriter
	t.begin()
	t.list(1, wireTrue, len(l.empty))
	for _, e := range l.empty {
		if e {
			t.buf = append(t.buf, byte(wireTrue))
		} else {
			t.buf = append(t.buf, byte(wireFalse))
		}
	}
	for field, texts := range [][]string{l.mins, l.maxs} {
		t.list(2+field, wireBinary, len(texts))
		for _, s := range texts {
			t.element(s)
		}
	}
	if l.nulls != nil {
		t.list(5, wireI64, len(l.nulls))
		for _, n := range l.nulls {
			t.buf = binary.AppendVarint(t.buf, n)
		}
	}
	t.end()
	return t.buf
}

// TestColumnIndexesThatCannotBe has pages of 40, 50 and 10 rows.
func TestColumnIndexesThatCannotBe(t *testing.T) {
	o := &offsetIndex{offsets: []int64{10, 20, 30}, firstRows: []int64{0, 40, 90}, end: 40, rows: 100}
	good := func() indexLists {
		return indexLists{[]bool{false, true, false}, []string{"a", "", "c"}, []string{"b", "", "d"}, []int64{0, 50, 9}}
	}
	for _, c := range []struct {
		name   string
		change func(*indexLists)
		want   bool
	}{
		{"good", func(*indexLists) {}, true},
		{"without null counts", func(l *indexLists) { l.nulls = nil }, true},
		{"too few null pages", func(l *indexLists) { l.empty = l.empty[:2] }, false},
		{"too few minima", func(l *indexLists) { l.mins = l.mins[:2] }, false},
		{"too few maxima", func(l *indexLists) { l.maxs = l.maxs[:1] }, false},
		{"too many maxima", func(l *indexLists) { l.maxs = append(l.maxs, "e") }, false},
		{"too many null pages", func(l *indexLists) { l.empty = append(l.empty, true) }, false},
		{"too few null counts", func(l *indexLists) { l.nulls = l.nulls[:1] }, false},
		{"more nulls than rows", func(l *indexLists) { l.nulls[0] = 41 }, false},
		{"negative nulls", func(l *indexLists) { l.nulls[0] = -1 }, false},
		{"null page with values", func(l *indexLists) { l.nulls[1] = 49 }, false},
		{"page of nulls that says it has values", func(l *indexLists) { l.nulls[2] = 10 }, false},
		{"nothing", func(l *indexLists) { *l = indexLists{} }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			lists := good()
			c.change(&lists)
			buf := lists.encode()
			if _, err := parseColumnIndex(buf, o); (err == nil) != c.want {
				t.Errorf("got error %v", err)
			}
			for n := range buf {
				if _, err := parseColumnIndex(buf[:n], o); err == nil {
					t.Errorf("cut to %d bytes of %d: no error", n, len(buf))
				}
			}
		})
	}
}

// TestPagesThatStatisticsExclude asks for the pages of three that are left.
func TestPagesThatStatisticsExclude(t *testing.T) {
	u64 := func(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }
	page := func(lo, hi []byte) writtenPage {
		return writtenPage{rows: 10, values: 9, stats: statistics{min: lo, max: hi, hasNew: true}}
	}
	nulls := writtenPage{rows: 10}
	text := func(lo, hi string) writtenPage { return page([]byte(lo), []byte(hi)) }
	long := strings.Repeat("ä", 40)
	for _, c := range []struct {
		name     string
		id       chunk.ID
		physical physical
		pages    [3]writtenPage
		interval format.Interval
		want     string // of each page: kept or not
	}{
		{"int32", chunk.Int32, int32Type, [3]writtenPage{page(i32(-9), i32(-5)), page(i32(-5), i32(5)), page(i32(6), i32(9))}, ints(-5, 5), "yyn"},
		{"null page", chunk.Int32, int32Type, [3]writtenPage{page(i32(0), i32(5)), nulls, page(i32(6), i32(9))}, ints(5, 6), "yny"},
		{"date", chunk.Date32, int32Type, [3]writtenPage{page(i32(-9), i32(-5)), page(i32(-5), i32(5)), page(i32(6), i32(9))}, ints(7, 8), "nny"},
		{"timestamp", chunk.Timestamp, int64Type, [3]writtenPage{page(u64(1), u64(2)), page(u64(3), u64(4)), page(u64(5), u64(6))}, ints(3, 3), "nyn"},
		{"uint32", chunk.Uint32, int32Type, [3]writtenPage{page(i32(0), i32(7)), page(i32(5), i32(-1)), page(i32(-9), i32(-1))}, ints(1<<31, 1<<33), "nyy"},
		{"uint64", chunk.Uint64, int64Type, [3]writtenPage{page(u64(0), u64(9)), page(u64(5), u64(1<<63+1)), page(u64(1<<63), u64(1<<63+1))}, ints(0, 6), "yyn"},
		{"double", chunk.Float64, doubleType, [3]writtenPage{page(f64(-2), f64(-1)), page(f64(math.Inf(-1)), f64(0.5)), page(f64(1), f64(math.Inf(1)))}, floats(0.5, 0.75), "nyn"},
		{"NaN bounds", chunk.Float64, doubleType, [3]writtenPage{page(f64(math.NaN()), f64(math.NaN())), page(f64(1), f64(math.NaN())), page(f64(1), f64(2))}, floats(5, 6), "yyn"},
		{"zeros of either sign", chunk.Float64, doubleType, [3]writtenPage{page(f64(0), f64(0)), page(f64(math.Copysign(0, -1)), f64(math.Copysign(0, -1))), page(f64(1), f64(2))}, floats(0, 0), "yyn"},
		{"turned around", chunk.Int32, int32Type, [3]writtenPage{page(i32(9), i32(1)), page(i32(1), i32(2)), page(i32(3), i32(4))}, ints(20, 30), "ynn"},
		{"of the wrong width", chunk.Int32, int32Type, [3]writtenPage{page([]byte{1}, []byte{2}), page(i32(1), i32(2)), page(i32(3), i32(4))}, ints(20, 30), "ynn"},
		{"boolean", chunk.Bool, boolean, [3]writtenPage{page([]byte{0}, []byte{0}), page([]byte{0}, []byte{1}), page([]byte{1}, []byte{1})}, ints(1, 1), "nyy"},
		{"text", chunk.String, byteArray, [3]writtenPage{text("", "m"), text("m", "p"), text("q", "z")}, textBetween("n", "p"), "nyn"},
		{"long text, cut", chunk.String, byteArray, [3]writtenPage{text("", long+"a"), text(long+"b", long+"c"), text("ö", "ü")}, textBetween(long+"b", long+"b"), "yyn"},
		{"legacy timestamp", chunk.Timestamp, int96Type, [3]writtenPage{page(make([]byte, 12), make([]byte, 12)), page(make([]byte, 12), make([]byte, 12)), page(make([]byte, 12), make([]byte, 12))}, ints(5, 9), "yyy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &offsetIndex{offsets: []int64{10, 20, 30}, firstRows: []int64{0, 10, 20}, end: 40, rows: 30}
			buf := encodeColumnIndexAnyway(c.id, c.pages[:])
			pages, err := parseColumnIndex(buf, o)
			if err != nil {
				t.Fatal(err)
			}
			f := &File{
				schema: chunk.Schema{{Name: "c", Type: chunk.Type{ID: c.id}}},
				stored: []leaf{{physical: c.physical, width: c.physical.width()}},
				foot:   &footer{ordered: []bool{true}},
			}
			got := ""
			for i := range pages {
				if f.excludes(c.interval, &pages[i], 10) {
					got += "n"
				} else {
					got += "y"
				}
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// encodeColumnIndexAnyway is encodeColumnIndex without the order of the pages,
// which bounds of the wrong width do not have.
func encodeColumnIndexAnyway(id chunk.ID, pages []writtenPage) []byte {
	var l indexLists
	for _, p := range pages {
		lo, hi := p.stats.min, p.stats.max
		if id == chunk.String {
			lo, hi, _ = cutBounds(lo, hi)
		}
		l.empty, l.mins, l.maxs = append(l.empty, p.values == 0), append(l.mins, string(lo)), append(l.maxs, string(hi))
	}
	return l.encode()
}

func TestBoundaryOrder(t *testing.T) {
	page := func(lo, hi uint64) writtenPage {
		return writtenPage{values: 1, stats: statistics{min: binary.LittleEndian.AppendUint64(nil, lo), max: binary.LittleEndian.AppendUint64(nil, hi), hasNew: true}}
	}
	for _, c := range []struct {
		name  string
		pages []writtenPage
		want  int32
	}{
		{"one page", []writtenPage{page(1, 2)}, ascending},
		{"up", []writtenPage{page(1, 3), page(1, 4)}, ascending},
		{"down, over a null page", []writtenPage{page(5, 6), {}, page(4, 6)}, descending},
		{"down beyond int64", []writtenPage{page(1<<63+2, 1<<63+2), page(1<<63+1, 1<<63+1)}, descending},
		{"minimum up, maximum down", []writtenPage{page(1, 9), page(2, 8)}, unordered},
	} {
		if got := boundaryOrder(chunk.Uint64, c.pages); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

func TestCutBounds(t *testing.T) {
	last := strings.Repeat("\U0010ffff", 20)
	for _, c := range []struct {
		name, lo, hi   string
		wantLo, wantHi string
		cannot         bool
	}{
		{name: "short", lo: "a", hi: "\xff", wantLo: "a", wantHi: "\xff"},
		{name: "long", lo: strings.Repeat("a", 65), hi: strings.Repeat("b", 65), wantLo: strings.Repeat("a", 64), wantHi: strings.Repeat("b", 63) + "c"},
		{name: "in a rune", lo: "a" + strings.Repeat("ä", 40), hi: "a" + strings.Repeat("ä", 40), wantLo: "a" + strings.Repeat("ä", 31), wantHi: "a" + strings.Repeat("ä", 30) + "å"},
		{name: "rune that would be longer", lo: "a", hi: strings.Repeat("a", 63) + "\x7fz", wantLo: "a", wantHi: strings.Repeat("a", 62) + "b"},
		{name: "last rune of all", lo: "a", hi: "a" + last, wantLo: "a", wantHi: "b"},
		{name: "nothing is above", lo: "a", hi: last, cannot: true},
		{name: "no UTF-8", lo: "a", hi: "\xff" + strings.Repeat("a", 70), cannot: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			lo, hi, ok := cutBounds([]byte(c.lo), []byte(c.hi))
			if ok == c.cannot || ok && (string(lo) != c.wantLo || string(hi) != c.wantHi) {
				t.Errorf("got %q, %q, %v", lo, hi, ok)
			}
			if ok && (string(lo) > c.lo || string(hi) < c.hi) {
				t.Errorf("%q to %q does not cover the texts", lo, hi)
			}
		})
	}
}

func TestRanges(t *testing.T) {
	a := []rowRange{{0, 10}, {20, 30}, {40, 50}}
	b := []rowRange{{5, 25}, {29, 45}, {60, 70}}
	if got, want := intersect(a, b), []rowRange{{5, 10}, {20, 25}, {29, 30}, {40, 45}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	var joined []rowRange
	for _, r := range a {
		joined = appendRange(joined, r, 10)
	}
	if want := []rowRange{{0, 50}}; !slices.Equal(joined, want) {
		t.Errorf("got %v, want %v", joined, want)
	}
}
