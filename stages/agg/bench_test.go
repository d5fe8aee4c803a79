package agg

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

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
	} {
		b.Run(bm.name, func(b *testing.B) {
			spec := Spec{Args: []block.Type{bm.arg.Type}}
			var keys []*block.Vector
			if bm.key != nil {
				spec.Keys = []block.Field{{Name: "k", Type: bm.key.Type}}
				keys = append(keys, bm.key)
			}
			for _, f := range bm.funcs {
				spec.Calls = append(spec.Calls, Call{Name: f, Func: f, Args: []int{0}})
			}
			plan, err := NewPlan(Builtin(), spec)
			if err != nil {
				b.Fatal(err)
			}
			p, args := plan.NewPartial(), []*block.Vector{bm.arg}
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
