package agg

import (
	"math/rand/v2"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
)

// BenchmarkMerge takes in what a worker returned: decoding a partial and
// merging it into another of the same groups, in bytes of the encoded partial.
func BenchmarkMerge(b *testing.B) {
	for _, bm := range []struct {
		name   string
		groups int // 0: no key
		funcs  []string
	}{
		{"no key: count, sum, stddev, max", 0, []string{"count", "sum", "stddev", "max"}},
		{"100 groups: count, mean, max", 100, []string{"count", "mean", "max"}},
		{"100000 groups: count, mean, max", 100_000, []string{"count", "mean", "max"}},
		{"100 groups: approx_quantile", 100, []string{"approx_quantile"}},
		{"100 groups: approx_count_distinct", 100, []string{"approx_count_distinct"}},
		{"no key: count_distinct of 200000", 0, []string{"count_distinct"}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			spec := Spec{Args: []block.Type{floatType}}
			if bm.groups > 0 {
				spec.Keys = []block.Field{{Name: "k", Type: intType}}
			}
			for _, f := range bm.funcs {
				call := Call{Name: f, Func: f, Args: []int{0}}
				if f == "approx_quantile" {
					call.Params = []float64{0.9}
				}
				spec.Calls = append(spec.Calls, call)
			}
			plan := mustPlan(b, spec)
			partial := func(seed uint64) *Partial {
				rng := rand.New(rand.NewPCG(seed, 1))
				p := plan.NewPartial()
				for range max(2*bm.groups, 200_000) / block.Rows {
					x, k := make([]float64, block.Rows), make([]int64, block.Rows)
					for i := range x {
						x[i] = rng.NormFloat64()
						k[i] = rng.Int64N(int64(max(bm.groups, 1)))
					}
					keys := []*block.Vector{{Type: intType, Len: block.Rows, Int: k}}
					update(b, p, keys[:len(spec.Keys)], []*block.Vector{{Type: floatType, Len: block.Rows, Float: x}}, block.Rows)
				}
				return p
			}
			into, encoded := partial(1), partial(2).AppendBinary(nil)
			b.SetBytes(int64(len(encoded)))
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				other, err := plan.Decode(encoded)
				if err != nil {
					b.Fatal(err)
				}
				merge(b, into, other)
			}
		})
	}
}
