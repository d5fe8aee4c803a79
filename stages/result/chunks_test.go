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
