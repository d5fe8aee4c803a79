package storagetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// Table is a small table in memory: what a test writes and what it reads back.
// Columns[i][r] is row r of field i: nil where null, else by type
//
//	Bool bool; Int8..Uint64 the Go type of that name; Float16 [Half];
//	Float32, Float64 float32, float64; Date32 int32; Date64, Timestamp int64;
//	String string
type Table struct {
	Schema  chunk.Schema
	Rows    int // also counted where there are no columns
	Columns [][]any
}

// Half is the bits of an IEEE 754 binary16.
type Half uint16

// Select is the table with the given columns in the given order.
func (tab Table) Select(columns ...int) Table {
	s := Table{Rows: tab.Rows}
	for _, i := range columns {
		s.Schema = append(s.Schema, tab.Schema[i])
		s.Columns = append(s.Columns, tab.Columns[i])
	}
	return s
}

// Slice is rows [from, to) of the table.
func (tab Table) Slice(from, to int) Table {
	s := Table{Schema: tab.Schema, Rows: to - from}
	for _, c := range tab.Columns {
		s.Columns = append(s.Columns, c[from:to])
	}
	return s
}

// All is the positions of all columns.
func (tab Table) All() []int {
	all := make([]int, len(tab.Schema))
	for i := range all {
		all[i] = i
	}
	return all
}

// appendRows appends the rows of a chunk's columns.
func (tab *Table) appendRows(c *chunk.Chunk) {
	tab.Rows += c.Rows
	for i := range c.Columns {
		for r := 0; r < c.Rows; r++ {
			tab.Columns[i] = append(tab.Columns[i], Value(&c.Columns[i], r))
		}
	}
}

// Value is row r of a column as a Table holds it.
func Value(c *chunk.Column, r int) any {
	if !c.Valid(r) {
		return nil
	}
	switch c.Type.ID {
	case chunk.Bool:
		return c.Bit(r)
	case chunk.Int8:
		return chunk.View[int8](c.Values)[r]
	case chunk.Int16:
		return chunk.View[int16](c.Values)[r]
	case chunk.Int32, chunk.Date32:
		return chunk.View[int32](c.Values)[r]
	case chunk.Int64, chunk.Date64, chunk.Timestamp:
		return chunk.View[int64](c.Values)[r]
	case chunk.Uint8:
		return chunk.View[uint8](c.Values)[r]
	case chunk.Uint16:
		return chunk.View[uint16](c.Values)[r]
	case chunk.Uint32:
		return chunk.View[uint32](c.Values)[r]
	case chunk.Uint64:
		return chunk.View[uint64](c.Values)[r]
	case chunk.Float16:
		return chunk.View[Half](c.Values)[r]
	case chunk.Float32:
		return chunk.View[float32](c.Values)[r]
	case chunk.Float64:
		return chunk.View[float64](c.Values)[r]
	case chunk.String:
		return string(c.Str(r))
	}
	panic(fmt.Sprintf("storagetest: a column of type %v has no values", c.Type))
}

// Equal compares two tables bit by bit, save that all NaN are equal. It reports
// the first difference of each column.
func Equal(t testing.TB, got, want Table) {
	t.Helper()
	if got.Rows != want.Rows {
		t.Errorf("got %d rows, want %d", got.Rows, want.Rows)
		return
	}
	if len(got.Columns) != len(want.Columns) {
		t.Errorf("got %d columns, want %d", len(got.Columns), len(want.Columns))
		return
	}
	for i := range want.Columns {
		if g, w := got.Schema[i], want.Schema[i]; g.Name != w.Name || g.Type != w.Type {
			t.Errorf("column %d: got %s %s, want %s %s", i, g.Name, g.Type, w.Name, w.Type)
			continue
		}
		for r := range want.Columns[i] {
			if g, w := got.Columns[i][r], want.Columns[i][r]; !Same(g, w) {
				t.Errorf("column %s, row %d: got %s, want %s", want.Schema[i].Name, r, show(g), show(w))
				break
			}
		}
	}
}

// Same tells whether two values of a table are equal bit by bit; all NaN are.
func Same(a, b any) bool {
	switch x := a.(type) {
	case float64:
		y, ok := b.(float64)
		return ok && (math.Float64bits(x) == math.Float64bits(y) || x != x && y != y)
	case float32:
		y, ok := b.(float32)
		return ok && (math.Float32bits(x) == math.Float32bits(y) || x != x && y != y)
	}
	return a == b
}

func show(v any) string {
	if s, ok := v.(string); ok && len(s) > 60 {
		return fmt.Sprintf("%q... (%d bytes)", s[:60], len(s))
	}
	return fmt.Sprintf("%#v (%T)", v, v)
}
