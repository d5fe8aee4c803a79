package parquetfile

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

func i32(v int32) []byte   { return binary.LittleEndian.AppendUint32(nil, uint32(v)) }
func f64(v float64) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)) }

func ints(lo, hi int64) format.Interval {
	return format.Interval{Lo: format.Bound{Int: lo}, Hi: format.Bound{Int: hi}}
}

func floats(lo, hi float64) format.Interval {
	return format.Interval{Lo: format.Bound{Float: lo}, Hi: format.Bound{Float: hi}}
}

func textBetween(lo, hi string) format.Interval {
	return format.Interval{Lo: format.Bound{Text: lo}, Hi: format.Bound{Text: hi}}
}

func TestRowGroupsThatStatisticsExclude(t *testing.T) {
	between := func(lo, hi []byte) statistics { return statistics{min: lo, max: hi, hasNew: true} }
	deprecated := func(lo, hi []byte) statistics { return statistics{oldMin: lo, oldMax: hi, hasOld: true} }
	for _, c := range []struct {
		name      string
		id        chunk.ID
		physical  physical
		unordered bool
		stats     statistics
		interval  format.Interval
		want      bool
	}{
		{"below", chunk.Int32, int32Type, false, between(i32(10), i32(20)), ints(0, 9), true},
		{"touching below", chunk.Int32, int32Type, false, between(i32(10), i32(20)), ints(0, 10), false},
		{"above", chunk.Int32, int32Type, false, between(i32(-20), i32(-10)), ints(-9, 5), true},
		{"negative as unsigned", chunk.Uint32, int32Type, false, between(i32(5), i32(-1)), ints(1<<31, 1<<33), false},
		{"unsigned above", chunk.Uint32, int32Type, false, between(i32(5), i32(7)), ints(1<<31, 1<<33), true},
		{"no statistics", chunk.Int32, int32Type, false, statistics{}, ints(0, 9), false},
		{"deprecated, signed", chunk.Int32, int32Type, false, deprecated(i32(10), i32(20)), ints(0, 9), true},
		{"deprecated, unsigned", chunk.Uint32, int32Type, false, deprecated(i32(10), i32(20)), ints(0, 9), false},
		{"deprecated, string", chunk.String, byteArray, false, deprecated([]byte("m"), []byte("z")), textBetween("a", "b"), false},
		{"unknown order, signed", chunk.Int32, int32Type, true, between(i32(10), i32(20)), ints(0, 9), true},
		{"unknown order, unsigned", chunk.Uint32, int32Type, true, between(i32(10), i32(20)), ints(0, 9), false},
		{"unknown order, string", chunk.String, byteArray, true, between([]byte("m"), []byte("z")), textBetween("a", "b"), false},
		{"string", chunk.String, byteArray, false, between([]byte("m"), []byte("z")), textBetween("a", "b"), true},
		{"string inside", chunk.String, byteArray, false, between([]byte("m"), []byte("z")), textBetween("n", "n"), false},
		{"of the wrong width", chunk.Int32, int32Type, false, between([]byte{1}, []byte{2}), ints(5, 9), false},
		{"turned around", chunk.Int32, int32Type, false, between(i32(20), i32(10)), ints(0, 9), false},
		{"double", chunk.Float64, doubleType, false, between(f64(1), f64(2)), floats(3, 4), true},
		{"NaN bounds", chunk.Float64, doubleType, false, between(f64(math.NaN()), f64(math.NaN())), floats(3, 4), false},
		{"NaN maximum", chunk.Float64, doubleType, false, between(f64(1), f64(math.NaN())), floats(3, 4), false},
		{"zeros of either sign", chunk.Float64, doubleType, false, between(f64(0), f64(0)), floats(math.Copysign(0, -1), math.Copysign(0, -1)), false},
		{"uint64 beyond int64", chunk.Uint64, int64Type, false, between(binary.LittleEndian.AppendUint64(nil, 1<<63), binary.LittleEndian.AppendUint64(nil, 1<<64-1)), ints(0, 100), true},
		{"legacy timestamp", chunk.Timestamp, int96Type, false, between(make([]byte, 12), make([]byte, 12)), ints(5, 9), false},
		{"booleans", chunk.Bool, boolean, false, between([]byte{0}, []byte{0}), ints(1, 1), true},
		{"all null", chunk.Int32, int32Type, false, statistics{nulls: 100, hasNulls: true}, ints(0, 9), true},
		{"some null", chunk.Int32, int32Type, false, statistics{nulls: 99, hasNulls: true}, ints(0, 9), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &File{
				schema: chunk.Schema{{Name: "c", Type: chunk.Type{ID: c.id}}},
				stored: []leaf{{physical: c.physical, width: c.physical.width()}},
				foot:   &footer{ordered: []bool{!c.unordered}, groups: []rowGroup{{rows: 100, columns: []columnChunk{{stats: c.stats}}}}},
			}
			if got := f.excluded(0, []format.Interval{c.interval}); got != c.want {
				t.Errorf("excluded: %v", got)
			}
			splits, rows := f.Pruned(format.Request{Prune: []format.Interval{c.interval}})
			if c.want != (splits == 1 && rows == 100) {
				t.Errorf("%d splits and %d rows pruned", splits, rows)
			}
		})
	}
}

func TestHalfToFloat(t *testing.T) {
	for h, want := range map[uint16]float64{0: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 1: 0x1p-24, 0x0400: 0x1p-14, 0x7c00: math.Inf(1), 0xfc00: math.Inf(-1)} {
		if got := halfToFloat(h); got != want {
			t.Errorf("%#x: got %v, want %v", h, got, want)
		}
	}
	if got := halfToFloat(0x7e00); got == got {
		t.Errorf("NaN: got %v", got)
	}
}
