package agg

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
)

// Without keys a partial of many rows keeps only values near the ranks that it
// will be asked for. Groups keep all: the result of one group with all rows is what
// it has to be, whether the rows are alike from beginning to end or not.
func TestValuesGivenUpChangeNoResult(t *testing.T) {
	const n = 220_000
	rng := rand.New(rand.NewPCG(81, 82))
	fill := func(f func(i int) float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = f(i)
		}
		return x
	}
	for _, tt := range []struct {
		name   string
		x      []float64
		passes int // at most
	}{
		{"random order", fill(func(int) float64 { return rng.NormFloat64() }), 1},
		{"few digits", fill(func(int) float64 { return math.Round(rng.ExpFloat64()*1e4) / 1e4 }), 1},
		{"half of them equal", fill(func(int) float64 { return max(0, rng.NormFloat64()) }), 1},
		{"ascending", fill(func(i int) float64 { return float64(i) }), 1},
		{"others from some row on", fill(func(i int) float64 { return rng.NormFloat64() + float64(i/180_000*9) }), 3},
		{"NaN at the end", fill(func(i int) float64 { return math.Sqrt(float64(n - 2 - i)) }), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			calls := quantiles(0, 0.25, 0.5, 0.99)
			data := rows{key: texts(slices.Repeat([]string{"all"}, n)...), arg: &block.Vector{Type: floatType, Len: n, Float: tt.x}}
			grouped := mustPlan(t, Spec{Keys: []block.Field{{Name: "k", Type: stringType}}, Args: []block.Type{floatType}, Calls: calls}).NewPartial()
			add(t, grouped, data, true)
			table, err := grouped.Result()
			if err != nil {
				t.Fatal(err)
			}
			want := string(result.AppendJSONRow(nil, table.Rows[0][1:]))
			var pieces []rows
			for from := 0; from < n; from += block.Rows {
				pieces = append(pieces, data.slice(from, min(n, from+block.Rows)))
			}
			for lanes := 1; lanes <= 3; lanes++ {
				for _, limitBytes := range []int64{1 << 40, 300 << 10} {
					table, passes := passes(t, Spec{Args: []block.Type{floatType}, Calls: calls}, pieces, lanes, limitBytes)
					if got := string(result.AppendJSONRow(nil, table.Rows[0])); got != want {
						t.Errorf("%d lanes, %d bytes: %s, want %s", lanes, limitBytes, got, want)
					}
					if limitBytes > n*8 && passes > tt.passes || passes > 4 {
						t.Errorf("%d lanes, %d bytes: %d passes", lanes, limitBytes, passes)
					}
				}
			}
		})
	}
}
