package group

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
)

// BenchmarkAssign groups blocks of 2048 rows whose groups are known already; ns
// a row.
func BenchmarkAssign(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(distinct int, value func(i int) int64) *block.Vector {
		values := make([]int64, block.Rows)
		for i := range values {
			values[i] = value(rng.IntN(distinct))
		}
		return ints(intType, values...)
	}
	text := func(distinct int) []string {
		values := make([]string, block.Rows)
		for i := range values {
			values[i] = fmt.Sprintf("airport %d", rng.IntN(distinct))
		}
		return values
	}
	dense := pick(100, func(i int) int64 { return int64(i) })
	sparse := pick(100, func(i int) int64 { return int64(i) << 40 })
	many := pick(1000000, func(i int) int64 { return int64(i) << 40 })
	for _, bm := range []struct {
		name string
		keys []*block.Vector
	}{
		{"int, 100 dense", []*block.Vector{dense}},
		{"int, 100 sparse", []*block.Vector{sparse}},
		{"int, 2000 sparse", []*block.Vector{many}},
		{"text, 100 plain", []*block.Vector{plainTexts(text(100)...)}},
		{"text, 300 in a dictionary", []*block.Vector{dictTexts(rng, text(300)...)}},
		{"text in a dictionary and int", []*block.Vector{dictTexts(rng, text(20)...), dense}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			var types []block.Type
			for _, v := range bm.keys {
				types = append(types, v.Type)
			}
			b.SetBytes(vectorBytes(bm.keys))
			table, ids := New(types), make([]uint32, block.Rows)
			for range b.N {
				if err := table.Assign(bm.keys, block.Rows, ids); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/block.Rows, "ns/row")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkNewGroups is what a million rows cost that are a group each.
func BenchmarkNewGroups(b *testing.B) {
	const rows = 1 << 20
	keys := make([]int64, rows)
	for i := range keys {
		keys[i] = int64(i) * 0x9e3779b97f4a7c1
	}
	ids := make([]uint32, block.Rows)
	b.SetBytes(8 * rows)
	for range b.N {
		table := New([]block.Type{intType})
		for at := 0; at < rows; at += block.Rows {
			if err := table.Assign([]*block.Vector{ints(intType, keys[at:at+block.Rows]...)}, block.Rows, ids); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}

// vectorBytes is the bytes of the values of vectors: of a text, of its index if there
// is a dictionary.
func vectorBytes(vectors []*block.Vector) (sizeBytes int64) {
	for _, v := range vectors {
		switch {
		case v.Type.Kind != block.String:
			sizeBytes += 8 * int64(v.Len)
		case v.Str.Source.Dict != nil:
			sizeBytes += 4 * int64(v.Len)
		default:
			sizeBytes += int64(len(v.Str.Source.Values))
		}
	}
	return sizeBytes
}
