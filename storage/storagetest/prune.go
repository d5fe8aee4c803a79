package storagetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/weir-pipeline/weir/storage/format"
)

// prune asks for intervals and expects every row inside them, in order, once.
func (w *written) prune(t *testing.T) {
	for i, field := range w.want.Schema {
		for k, iv := range intervals(i, w.want) {
			t.Run(fmt.Sprint(field.Name, " ", k), func(t *testing.T) { w.pruneBy(t, iv) })
		}
	}
}

func (w *written) pruneBy(t *testing.T, iv format.Interval) {
	file := w.open(t)
	for _, maxRows := range []int{100, 9} {
		columns := []int{0, iv.Column}
		if maxRows == 100 {
			columns = w.want.All()
		}
		Prune(t, file, w.want, format.Request{Columns: columns, MaxRows: maxRows, Parallel: 2, Prune: []format.Interval{iv}})
	}
}

// Prune reads what req.Prune leaves of a file with the given content, whose
// first column numbers the rows and is requested first. Every row inside the
// intervals has to be delivered, in order and once, and every chunk has to say
// where it begins. It returns how many rows were delivered.
func Prune(t testing.TB, file format.File, want Table, req format.Request) (rows int) {
	t.Helper()
	whole := req
	whole.Prune = nil
	all, err := file.Splits(whole)
	if err != nil {
		t.Fatal(err)
	}
	starts := make(map[int]int64) // first row of each split
	at := int64(0)
	for _, s := range all {
		if starts[s.Index] = at; s.Rows < 0 {
			break
		}
		at += s.Rows
	}
	splits, err := file.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	delivered := make([]bool, want.Rows)
	next := 0
	for _, s := range splits {
		mem := NewMemory(t)
		mem.OneReader = true
		got, firsts, err := readChunks(context.Background(), t, file, s, req, mem)
		if err != nil {
			t.Fatalf("split %d: %v", s.Index, err)
		}
		mem.Done()
		start, known := starts[s.Index]
		for r := range got.Rows {
			row := int(got.Columns[0][r].(int64))
			if row < next || row >= want.Rows {
				t.Fatalf("row %d after row %d", row, next-1)
			}
			if known && start+firsts[r] != int64(row) {
				t.Fatalf("row %d is said to be row %d of split %d, which begins at row %d", row, firsts[r], s.Index, start)
			}
			for i, column := range req.Columns {
				if !Same(got.Columns[i][r], want.Columns[column][row]) {
					t.Fatalf("row %d of %s: got %v, want %v", row, want.Schema[column].Name, got.Columns[i][r], want.Columns[column][row])
				}
			}
			delivered[row], next = true, row+1
		}
		rows += got.Rows
	}
	for row, seen := range delivered {
		if !seen && insideAll(req.Prune, want, row) {
			t.Fatalf("row %d was left out although inside %+v", row, req.Prune)
		}
	}
	if p, ok := file.(format.Pruner); ok {
		if splits, left := p.Pruned(req); splits < 0 || left != int64(want.Rows-rows) {
			t.Errorf("says that it left out %d splits, %d rows; it delivered %d of %d", splits, left, rows, want.Rows)
		}
	}
	return rows
}

func insideAll(prune []format.Interval, want Table, row int) bool {
	for _, iv := range prune {
		if !inside(iv, want.Columns[iv.Column][row]) {
			return false
		}
	}
	return true
}

// intervals is some intervals on a column: around a value, above, below it and
// beyond all.
func intervals(column int, tab Table) []format.Interval {
	var at format.Bound
	found := false
	for r := tab.Rows / 2; r < tab.Rows && !found; r++ {
		at, found = boundOf(tab.Columns[column][r])
	}
	if !found {
		return nil
	}
	high := format.Bound{Int: 1<<63 - 1, Float: 1e308, Text: "\xff\xff"}
	open := format.Bound{Open: true}
	return []format.Interval{
		{Column: column, Lo: at, Hi: at},
		{Column: column, Lo: at, Hi: open},
		{Column: column, Lo: open, Hi: at},
		{Column: column, Lo: high, Hi: open},
	}
}

func boundOf(v any) (format.Bound, bool) {
	if v == nil {
		return format.Bound{}, false
	}
	if u, ok := v.(uint64); ok && u > 1<<63-1 {
		return format.Bound{}, false
	}
	switch v := v.(type) {
	case float64:
		return format.Bound{Float: v}, v == v
	case string:
		return format.Bound{Text: v}, true
	case float32:
		return format.Bound{Float: float64(v)}, v == v
	case Half:
		return format.Bound{}, false
	}
	return format.Bound{Int: intOf(v)}, true
}

func intOf(v any) int64 {
	switch v := v.(type) {
	case bool:
		if v {
			return 1
		}
		return 0
	case int8:
		return int64(v)
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	case int64:
		return v
	case uint8:
		return int64(v)
	case uint16:
		return int64(v)
	case uint32:
		return int64(v)
	case uint64:
		return int64(min(v, 1<<63-1))
	}
	panic(fmt.Sprintf("storagetest: %T is no integer", v))
}

// inside tells whether a row must be delivered.
func inside(iv format.Interval, v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case float64:
		return v == v && iv.AllowsFloat(v, v)
	case float32:
		return v == v && iv.AllowsFloat(float64(v), float64(v))
	case string:
		return iv.AllowsText(v, v)
	default:
		i := intOf(v)
		return iv.AllowsInt(i, i)
	}
}
