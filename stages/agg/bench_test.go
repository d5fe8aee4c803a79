package agg

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// vectorBytes is the bytes of the values of a vector; of a text, of its index in the
// dictionary.
func vectorBytes(v *block.Vector) int64 {
	switch {
	case v == nil:
		return 0
	case v.Type.Kind == block.String:
		return 4 * int64(v.Len)
	}
	return 8 * int64(v.Len)
}

// BenchmarkUpdate adds blocks of 2048 rows; ns a row.
func BenchmarkUpdate(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	n := block.Rows
	x, few, carrier := make([]float64, n), make([]int64, n), make([]int32, n)
	for i := range n {
		x[i] = rng.NormFloat64() * 1000
		few[i] = rng.Int64N(100)
		carrier[i] = rng.Int32N(300)
	}
	var names []string
	for i := range 300 {
		names = append(names, fmt.Sprintf("airport %d", i))
	}
	vx := &block.Vector{Type: floatType, Len: n, Float: x}
	vi := &block.Vector{Type: intType, Len: n, Int: few}
	nulls := make([]bool, n)
	for i := range nulls {
		nulls[i] = rng.IntN(10) == 0
	}
	vn := &block.Vector{Type: floatType, Len: n, Float: x, Null: nulls}
	text := &block.Vector{Type: stringType, Len: n, Str: block.Strings{Source: &chunk.Column{
		Type: chunk.Type{ID: chunk.String}, Len: n, Values: chunk.Bytes(carrier), Dict: texts(names...).Str.Source,
	}}}
	all := []string{"count", "sum", "mean", "var", "stddev", "min", "max"}
	params := map[string][]float64{"histogram": {-3000, 3000, 50}}
	for _, bm := range []struct {
		name  string
		key   *block.Vector
		arg   *block.Vector
		funcs []string
	}{
		{"by 100 integers: count, mean, max", vi, vx, []string{"count", "mean", "max"}},
		{"by 300 texts: count, mean, max", text, vx, []string{"count", "mean", "max"}},
		{"by 100 integers: count, mean, max, 10% null", vi, vn, []string{"count", "mean", "max"}},
		{"by 100 integers: all of a float", vi, vx, all},
		{"by 100 integers: all of an integer", vi, vi, all},
		{"sum", nil, vx, []string{"sum"}},
		{"min, max", nil, vx, []string{"min", "max"}},
		{"all of a float", nil, vx, all},
		{"all of a float, 10% null", nil, vn, all},
		{"all of an integer", nil, vi, all},
		{"first, last", nil, vx, []string{"first", "last"}},
		{"histogram", nil, vx, []string{"histogram"}},
		{"count_distinct of a float", nil, vx, []string{"count_distinct"}},
		{"count_distinct of 300 texts", nil, text, []string{"count_distinct"}},
		{"approx_count_distinct of a float", nil, vx, []string{"approx_count_distinct"}},
		{"approx_count_distinct of 300 texts", nil, text, []string{"approx_count_distinct"}},
		{"covar", nil, vx, []string{"covar"}},
		{"corr", nil, vx, []string{"corr"}},
		{"by 100 integers: first, last", vi, vx, []string{"first", "last"}},
		{"by 100 integers: histogram", vi, vx, []string{"histogram"}},
		{"by 100 integers: count_distinct", vi, vx, []string{"count_distinct"}},
		{"by 100 integers: approx_count_distinct", vi, vx, []string{"approx_count_distinct"}},
		{"by 100 integers: corr", vi, vx, []string{"corr"}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			spec := Spec{Args: []block.Type{bm.arg.Type}}
			var keys []*block.Vector
			if bm.key != nil {
				spec.Keys = []block.Field{{Name: "k", Type: bm.key.Type}}
				keys = append(keys, bm.key)
			}
			for _, f := range bm.funcs {
				call := Call{Name: f, Func: f, Args: []int{0}, Params: params[f]}
				if f == "corr" || f == "covar" {
					call.Args = []int{0, 0}
				}
				spec.Calls = append(spec.Calls, call)
			}
			plan, err := NewPlan(Builtin(), spec)
			if err != nil {
				b.Fatal(err)
			}
			p, args := plan.NewPartial(), []*block.Vector{bm.arg}
			b.SetBytes(vectorBytes(bm.key) + vectorBytes(bm.arg))
			b.ResetTimer()
			for range b.N {
				if err := p.Update(keys, args, n); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
			b.ReportMetric(0, "ns/op")
		})
	}
}
