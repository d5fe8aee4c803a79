package agg

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
)

// answer is the one row of one call over all rows of args.
func answer(t *testing.T, c Call, args ...*block.Vector) string {
	t.Helper()
	spec := Spec{}
	for i, v := range args {
		spec.Args = append(spec.Args, v.Type)
		c.Args = append(c.Args, i)
	}
	c.Name = c.Func
	spec.Calls = []Call{c}
	p := mustPlan(t, spec).NewPartial()
	update(t, p, nil, args, args[0].Len)
	return strings.TrimSuffix(strings.TrimPrefix(rowsOf(t, p), "["), "]\n")
}

func TestHistogramSemantics(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, tt := range []struct {
		name            string
		low, high, bins float64
		arg             *block.Vector
		want            string
	}{
		{"no rows", 0, 1, 3, floats(), "[0,0,0]"},
		{"nulls only", 0, 1, 3, withNulls(floats(0.5, 0.5), 0, 1), "[0,0,0]"},
		{"the literal null", 0, 1, 2, &block.Vector{Len: 1, Null: []bool{true}}, "[0,0]"},
		{"a lower edge is in its bin, the last upper one too", 0, 4, 4, floats(0, 1, 2, 3, 4), "[1,1,1,2]"},
		{"outside, infinities and NaN are in none", 0, 1, 2, floats(-0.1, 1.1, inf, -inf, nan, 0.2), "[1,0]"},
		{"just outside", 0, 1, 1, floats(math.Nextafter(0, -1), math.Nextafter(1, 2), math.Copysign(0, -1)), "[1]"},
		{"edges are the literals", 0, 1, 10, floats(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1), "[0,1,1,1,1,1,1,1,1,2]"},
		{"below an edge", 0, 1, 10, floats(math.Nextafter(0.3, 0), 0.3), "[0,0,1,1,0,0,0,0,0,0]"},
		{"below zero", -1, 1, 4, floats(-1, -0.6, -0.5, 0, 0.5, 1), "[2,1,1,2]"},
		{"all floats there are", -math.MaxFloat64, math.MaxFloat64, 2, floats(-math.MaxFloat64, -1, 0, math.MaxFloat64), "[2,2]"},
		{"subnormal", 0, 4 * 5e-324, 4, floats(0, 5e-324, 1e-323, 1.5e-323, 2e-323), "[1,1,1,2]"},
		{"integers", 0, 10, 3, ints(intType, 0, 3, 4, 6, 7, 10, 11, -1), "[2,2,2]"},
		{"bools are 0 and 1", 0, 1, 2, bools(true, false, true), "[1,2]"},
		{"integers that are no floats", 0, 1 << 53, 2, ints(intType, 1<<53, 1<<53+1, 1<<53-1, 1<<52), "[0,3]"},
		{"above an edge by one", 1<<53 - 2, 1<<53 + 2, 1, ints(intType, 1<<53+1, 1<<53+2, 1<<53+3), "[2]"},
		{"below zero by one", -(1<<53 + 2), 0, 1, ints(intType, -(1<<53 + 1), -(1<<53 + 2), -(1<<53 + 3)), "[2]"},
		{"the ends of int64", -(1 << 63), 1 << 63, 2, ints(intType, math.MinInt64, math.MinInt64+1, -1, 0, math.MaxInt64), "[3,2]"},
		{"large unsigned", 1 << 63, 1 << 64, 2, uints(1<<63-1, 1<<63, math.MaxUint64, 3<<62, 3<<62-1), "[2,2]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := answer(t, Call{Func: "histogram", Params: []float64{tt.low, tt.high, tt.bins}}, tt.arg)
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestHistogramSaysWhatIsWrong(t *testing.T) {
	for want, params := range map[string][]float64{
		"needs a number of bins from 1 to 10000, not 0":                              {0, 1, 0},
		"needs a number of bins from 1 to 10000, not 2.5":                            {0, 1, 2.5},
		"needs a number of bins from 1 to 10000, not NaN":                            {0, 1, math.NaN()},
		"needs a number of bins from 1 to 10000, not 10001":                          {0, 1, 10001},
		"needs two numbers that ascend, as in histogram(x, 0, 100, 10), not 1 and 1": {1, 1, 5},
		"not NaN and 1":  {math.NaN(), 1, 5},
		"not -Inf and 1": {math.Inf(-1), 1, 5},
		"cannot make 3 bins from 1 to 1.0000000000000004: they are narrower than floats are apart": {1, 1 + 2*0x1p-52, 3},
	} {
		call := Call{Name: "h", Func: "histogram", Args: []int{0}, Params: params}
		_, err := NewPlan(Builtin(), Spec{Args: []block.Type{floatType}, Calls: []Call{call}})
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%v: error is\n%v, want\n%s", params, err, want)
		}
	}
}

// The bin of a value is that of the first edge above it, counted one by one with
// edges as fractions rounded by math/big.
func TestHistogramAgainstCounting(t *testing.T) {
	rng := rand.New(rand.NewPCG(71, 72))
	for trial := range 200 {
		bins := 1 + rng.IntN(40)
		low := math.Ldexp(rng.NormFloat64(), rng.IntN(20)-10)
		high := low + math.Ldexp(1+rng.Float64(), rng.IntN(20)-10)
		edges := make([]float64, bins+1)
		for i := range edges {
			from, to := new(big.Float).SetPrec(3000).SetFloat64(low), new(big.Float).SetPrec(3000).SetFloat64(high)
			to.Sub(to, from).Mul(to, big.NewFloat(float64(i))).Quo(to, big.NewFloat(float64(bins)))
			edges[i], _ = to.Add(to, from).Float64()
		}
		want := make([]int64, bins)
		var values []float64
		for range 300 {
			x := low + (high-low)*(rng.Float64()*1.2-0.1)
			if rng.IntN(2) == 0 {
				x = edges[rng.IntN(len(edges))]
				switch rng.IntN(3) {
				case 0:
					x = math.Nextafter(x, math.Inf(1))
				case 1:
					x = math.Nextafter(x, math.Inf(-1))
				}
			}
			values = append(values, x)
			for b := range bins {
				if x >= edges[b] && (x < edges[b+1] || b == bins-1 && x == edges[bins]) {
					want[b]++
				}
			}
		}
		got := answer(t, Call{Func: "histogram", Params: []float64{low, high, float64(bins)}}, floats(values...))
		if want := strings.ReplaceAll(fmt.Sprint(want), " ", ","); got != want {
			t.Fatalf("trial %d: %d bins from %v to %v:\n got %s\nwant %s", trial, bins, low, high, got, want)
		}
	}
}

func TestHistogramsOfOtherBinsAreOtherStates(t *testing.T) {
	call := func(name string, params ...float64) Call {
		return Call{Name: name, Func: "histogram", Args: []int{0}, Params: params}
	}
	plan := mustPlan(t, Spec{Args: []block.Type{floatType}, Calls: []Call{
		call("a", 0, 1, 2), call("b", 0, 1, 2), call("c", 0, 2, 2), call("d", 0, 1, 4),
	}})
	if n := len(plan.inputs[0].kept); n != 3 {
		t.Errorf("%d states, want 3", n)
	}
	p := plan.NewPartial()
	update(t, p, nil, []*block.Vector{floats(0.25, 0.75)}, 2)
	if got, want := rowsOf(t, p), "[[1,1],[1,1],[2,0],[0,1,0,1]]\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
