package storagetest

import (
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
	req := format.Request{Columns: []int{0, iv.Column}, MaxRows: 100, Parallel: 2, Prune: []format.Interval{iv}}
	got := ReadAll(t, file, req)
	if p, ok := file.(format.Pruner); ok {
		splits, rows := p.Pruned(req)
		if splits < 0 || rows < 0 || rows > int64(w.want.Rows-got.Rows) {
			t.Errorf("says that it left out %d splits, %d rows; it delivered %d of %d", splits, rows, got.Rows, w.want.Rows)
		}
	}
	g := 0
	for r := range w.want.Rows {
		if g < got.Rows && got.Columns[0][g] == w.want.Columns[0][r] {
			if !Same(got.Columns[1][g], w.want.Columns[iv.Column][r]) {
				t.Fatalf("row %d: got %v, want %v", r, got.Columns[1][g], w.want.Columns[iv.Column][r])
			}
			g++
		} else if inside(iv, w.want.Columns[iv.Column][r]) {
			t.Fatalf("row %d, %v, was left out although inside %+v", r, w.want.Columns[iv.Column][r], iv)
		}
	}
	if g < got.Rows {
		t.Errorf("%d rows are out of order or not in the file, the first numbered %v", got.Rows-g, got.Columns[0][g])
	}
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
