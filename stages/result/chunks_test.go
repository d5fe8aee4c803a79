package result

import (
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// copied is a ChunkWriter that reads back what it is given.
type copied struct {
	types  []block.Type
	rows   []string
	closed bool
}

func (w *copied) Write(c *chunk.Chunk) error {
	for r := range c.Rows {
		var row []Value
		for i := range c.Columns {
			row = append(row, cell(&c.Columns[i], w.types[i], r))
		}
		w.rows = append(w.rows, string(AppendJSONRow(nil, row)))
	}
	return nil
}

func (w *copied) Close() error {
	w.closed = true
	return nil
}

func cell(c *chunk.Column, t block.Type, r int) Value {
	switch {
	case !c.Valid(r):
		return Null()
	case t.Kind == block.Bool:
		return Bool(c.Bit(r))
	case t.Kind == block.String:
		return String(string(c.Str(r)))
	case t.Kind == block.Date:
		return Date(int64(chunk.View[int32](c.Values)[r]))
	}
	return Fixed(t, chunk.View[uint64](c.Values)[r])
}

func TestChunksHoldTheRows(t *testing.T) {
	types := []block.Type{
		{Kind: block.Int}, {Kind: block.Uint}, {Kind: block.Float}, {Kind: block.Bool}, {Kind: block.String}, {Kind: block.Date},
		{Kind: block.Timestamp, Unit: chunk.Millisecond, Zone: "UTC"},
	}
	table := &Table{}
	for i, typ := range types {
		table.Columns = append(table.Columns, Column{Name: string(rune('a' + i)), Type: typ})
	}
	var want []string
	for i := range int64(chunkRows + 10) {
		row := []Value{
			Int(-i), Uint(1<<63 + uint64(i)), Float(float64(i) / 2), Bool(i%3 == 0), String(strings.Repeat("x", int(i%7))), Date(i - 40000),
			Timestamp(i*7919, chunk.Millisecond, true),
		}
		row[i%7] = Null()
		table.Rows = append(table.Rows, row)
		want = append(want, string(AppendJSONRow(nil, row)))
	}
	got := &copied{types: types}
	if err := table.Write(NewChunks(func(chunk.Schema) (ChunkWriter, error) { return got, nil })); err != nil {
		t.Fatal(err)
	}
	if len(got.rows) != len(want) || !got.closed {
		t.Fatalf("%d rows, closed %v; want %d", len(got.rows), got.closed, len(want))
	}
	for i := range want {
		if got.rows[i] != want[i] {
			t.Fatalf("row %d is %s, want %s", i, got.rows[i], want[i])
		}
	}
}

func TestAListIsStoredAsItsJSON(t *testing.T) {
	table := &Table{
		Columns: []Column{{Name: "h", Type: block.Type{Kind: block.List}}},
		Rows:    [][]Value{{List([]int64{3, -1})}, {Null()}},
	}
	got := &copied{types: []block.Type{{Kind: block.String}}}
	if err := table.Write(NewChunks(func(chunk.Schema) (ChunkWriter, error) { return got, nil })); err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(got.rows, " "); text != `["[3,-1]"] [null]` {
		t.Errorf("rows are %s", text)
	}
}

func TestADateThatNoFileHoldsIsAnError(t *testing.T) {
	table := &Table{
		Columns: []Column{{Name: "due", Type: block.Type{Kind: block.Date}}},
		Rows:    [][]Value{{Date(1 << 40)}},
	}
	err := table.Write(NewChunks(func(chunk.Schema) (ChunkWriter, error) { return &copied{types: []block.Type{{Kind: block.Date}}}, nil }))
	if err == nil || !strings.HasPrefix(err.Error(), "column due: +") {
		t.Errorf("error is %v", err)
	}
}

func TestAnIntegerThatNoFileHoldsIsAnError(t *testing.T) {
	k, text := Column{Name: "k", Type: block.Type{Kind: block.String}}, String("a \"b\"")
	n := Column{Name: "n", Type: block.Type{Kind: block.Int}}
	signed, unsigned := Column{Name: "sum(x)", Type: block.Type{Kind: block.Int}}, Column{Name: "sum(u)", Type: block.Type{Kind: block.Uint}}
	const remedy = "; sum(float(...)) gives a float, JSON and CSV hold all digits"
	for _, tt := range []struct {
		name    string
		columns []Column
		before  int // rows that fit
		row     []Value
		want    string // nothing: all is stored
	}{
		{"2^63-1", []Column{signed}, 0, []Value{Int128(0, 1<<63-1)}, ""},
		{"2^63", []Column{signed}, 0, []Value{Int128(0, 1<<63)}, "column sum(x), row 1: 9223372036854775808 does not fit int64" + remedy},
		{"-2^63", []Column{signed}, 0, []Value{Int128(-1, 1<<63)}, ""},
		{"-2^63-1", []Column{signed}, 0, []Value{Int128(-1, 1<<63-1)}, "column sum(x), row 1: -9223372036854775809 does not fit int64" + remedy},
		{"2^64-1 of unsigned", []Column{unsigned}, 0, []Value{Uint(1<<64 - 1)}, ""},
		{"2^64 of unsigned", []Column{unsigned}, 0, []Value{Int128(1, 0)}, "column sum(u), row 1: 18446744073709551616 does not fit uint64" + remedy},
		{"of a group", []Column{k, signed}, 2, []Value{text, Int128(1, 0)}, `column sum(x), row 3 (k = "a \"b\""): 18446744073709551616 does not fit int64` + remedy},
		{"behind many columns", []Column{k, n, n, n, signed}, 0, []Value{text, Int(1), Int(2), Int(3), Int128(1, 0)}, `column sum(x), row 1 (k = "a \"b\"", n = 1, n = 2): 18446744073709551616 does not fit int64` + remedy},
		{"behind many rows", []Column{signed}, 2*chunkRows + 4, []Value{Int128(1, 0)}, "column sum(x), row 131077: 18446744073709551616 does not fit int64" + remedy},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := &Table{Columns: tt.columns}
			got := &copied{}
			for _, c := range tt.columns {
				got.types = append(got.types, c.Type)
			}
			for range tt.before {
				table.Rows = append(table.Rows, make([]Value, len(tt.columns)))
			}
			table.Rows = append(table.Rows, tt.row)
			err := table.Write(NewChunks(func(chunk.Schema) (ChunkWriter, error) { return got, nil }))
			if tt.want != "" {
				if err == nil || err.Error() != tt.want {
					t.Errorf("error is\n%v, want\n%s", err, tt.want)
				}
				return
			}
			if err != nil || strings.Join(got.rows, " ") != string(AppendJSONRow(nil, tt.row)) {
				t.Errorf("stored as %q, %v", got.rows, err)
			}
		})
	}
}
