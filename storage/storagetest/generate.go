package storagetest

import (
	"math"
	"math/rand"
	"strings"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// Nulls tells which rows of n are null.
type Nulls struct {
	Name string
	At   func(r, n int) bool
}

// NullPatterns is every arrangement of nulls the suite tries.
func NullPatterns() []Nulls {
	return []Nulls{
		{"no nulls", func(r, n int) bool { return false }},
		{"all null", func(r, n int) bool { return true }},
		{"alternating nulls", func(r, n int) bool { return r%2 == 1 }},
		{"first row null", func(r, n int) bool { return r == 0 }},
		{"last row null", func(r, n int) bool { return r == n-1 }},
		{"only first and last row valid", func(r, n int) bool { return r != 0 && r != n-1 }},
		{"runs of nulls", func(r, n int) bool { return r/97%3 == 1 }},
	}
}

// AllTypes is every type that a column can have, timestamps in each unit with
// and without a zone.
func AllTypes() []chunk.Type {
	var types []chunk.Type
	for id := chunk.Bool; id <= chunk.String; id++ {
		if id != chunk.Timestamp {
			types = append(types, chunk.Type{ID: id})
			continue
		}
		for u := chunk.Second; u <= chunk.Nanosecond; u++ {
			types = append(types, chunk.Type{ID: id, Unit: u}, chunk.Type{ID: id, Unit: u, Zone: "UTC"})
		}
	}
	return types
}

// Generate makes a table of one column per type, named after it, behind a
// column "row" of int64 that numbers the rows and is never null. Equal
// arguments make equal tables.
func Generate(types []chunk.Type, rows int, nulls Nulls, seed int64) Table {
	rng := rand.New(rand.NewSource(seed))
	tab := Table{Rows: rows}
	number := make([]any, rows)
	for r := range number {
		number[r] = int64(r)
	}
	tab.Schema = append(tab.Schema, chunk.Field{Name: "row", Type: chunk.Type{ID: chunk.Int64}})
	tab.Columns = append(tab.Columns, number)
	for _, typ := range types {
		values := make([]any, rows)
		for r := range values {
			if !nulls.At(r, rows) {
				values[r] = value(rng, typ, r)
			}
		}
		tab.Schema = append(tab.Schema, chunk.Field{Name: typ.String(), Type: typ, Nullable: true})
		tab.Columns = append(tab.Columns, values)
	}
	return tab
}

// value mixes the extremes of a type with random values.
func value(rng *rand.Rand, typ chunk.Type, r int) any {
	pick := rng.Intn(8)
	bits := rng.Uint64()
	if pick < 4 { // small numbers are the common ones
		bits = uint64(int64(bits) >> (32 + rng.Intn(31)))
	}
	extreme := func(lo, hi any) any {
		if bits&1 == 0 {
			return lo
		}
		return hi
	}
	switch typ.ID {
	case chunk.Bool:
		return bits&1 == 1
	case chunk.Int8:
		return int8(bits)
	case chunk.Int16:
		return int16(bits)
	case chunk.Int32:
		if pick == 7 {
			return extreme(int32(math.MinInt32), int32(math.MaxInt32))
		}
		return int32(bits)
	case chunk.Int64:
		if pick == 7 {
			return extreme(int64(math.MinInt64), int64(math.MaxInt64))
		}
		return int64(bits)
	case chunk.Uint8:
		return uint8(bits)
	case chunk.Uint16:
		return uint16(bits)
	case chunk.Uint32:
		return uint32(bits)
	case chunk.Uint64:
		if pick == 7 {
			return extreme(uint64(0), uint64(math.MaxUint64))
		}
		return bits
	case chunk.Float16:
		return Half(bits)
	case chunk.Float32:
		if pick == 7 {
			return float32(specialFloats[rng.Intn(len(specialFloats))])
		}
		return float32(rng.NormFloat64())
	case chunk.Float64:
		switch pick {
		case 7:
			return specialFloats[rng.Intn(len(specialFloats))]
		case 6:
			return math.Float64frombits(rng.Uint64() &^ (1 << 62)) // finite, of any exponent below 2
		case 5:
			return float64(rng.Intn(100000)) / 100 // short decimals
		}
		return rng.NormFloat64()
	case chunk.Date32:
		return int32(rng.Intn(200*365) - 100*365)
	case chunk.Date64:
		return int64(rng.Intn(200*365)-100*365) * 86400000
	case chunk.Timestamp:
		return rng.Int63n(6e9*typ.Unit.PerSecond()) - 3e9*typ.Unit.PerSecond() // 1874 to 2065
	case chunk.String:
		if r%1024 == 1000 {
			return strings.Repeat("long ", 300+rng.Intn(300))
		}
		return words[rng.Intn(len(words))]
	}
	panic("storagetest: no values for " + typ.String())
}

var specialFloats = []float64{
	math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), 1, -1,
	math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64,
	math.MaxFloat32, math.SmallestNonzeroFloat32, 0x1p-1022, 0x1p53 + 2, 0.1, 1e22, 1e23,
}

var words = []string{
	"", "a", "word", "two words", "Ünïcödé", "日本語", "🚀", "comma, separated", `"quoted"`, "it's",
	"line\nbreak", "tab\tbed", " padded ", "x=1;y=2", "back\\slash", "words123", "true story", "e\u0301",
}
