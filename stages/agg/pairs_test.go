package agg

import (
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
)

var pairFuncs = []string{"corr", "covar", "covar_pop"}

func TestPairSemantics(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, tt := range []struct {
		name string
		x, y *block.Vector
		want string // corr covar covar_pop
	}{
		{"no rows", floats(), floats(), "null null null"},
		{"nulls only", withNulls(floats(1, 2), 0), withNulls(floats(1, 2), 1), "null null null"},
		{"the literal null", floats(1, 2), &block.Vector{Len: 2, Null: []bool{true, true}}, "null null null"},
		{"one pair", floats(3), floats(4), "null null 0"},
		{"a line", floats(1, 2, 3), floats(10, 20, 30), "1 10 6.666666666666667"},
		{"a falling line", ints(intType, 1, 2, 3), floats(3, 1, -1), "-1 -2 -1.3333333333333333"},
		{"rows with a null are left out", withNulls(floats(1, 2, 99, 3), 2), withNulls(floats(10, 20, 30, 77), 3), "1 5 2.5"},
		{"a constant", floats(1, 2, 3), floats(5, 5, 5), "null 0 0"},
		{"unrelated", floats(-1, 0, 1), floats(1, 0, 1), "0 0 0"},
		{"NaN", floats(1, nan), floats(1, 2), `"NaN" "NaN" "NaN"`},
		{"NaN beside a null does not count", floats(1, nan, 2), withNulls(floats(1, 2, 2), 1), "1 0.5 0.25"},
		{"an infinity", floats(1, 2), floats(1, inf), `"NaN" "NaN" "NaN"`},
		{"an infinity and zeros", floats(0, 0), floats(1, -inf), `"NaN" "NaN" "NaN"`},
		{"no cancellation", floats(1e9+1, 1e9+2, 1e9+3), floats(1e15+3, 1e15+2, 1e15+1), "-1 -1 -0.6666666666666666"},
		{"beyond floats", floats(math.MaxFloat64, -math.MaxFloat64), floats(math.MaxFloat64, -math.MaxFloat64), `1 "Infinity" "Infinity"`},
		{"subnormal", floats(5e-324, 0), floats(5e-324, 0), "1 0 0"},
		{"the ends of int64", ints(intType, math.MinInt64, math.MaxInt64), uints(math.MaxUint64, 0), "-1 -1.7014118346046923e+38 -8.507059173023462e+37"},
		{"bools", bools(true, false, true), ints(intType, 1, 0, 1), "1 0.3333333333333333 0.2222222222222222"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, swapped := range []bool{false, true} {
				got := ""
				for _, name := range pairFuncs {
					if swapped {
						got += " " + answer(t, Call{Func: name}, tt.y, tt.x)
					} else {
						got += " " + answer(t, Call{Func: name}, tt.x, tt.y)
					}
				}
				if got[1:] != tt.want {
					t.Errorf("got %s, want %s", got[1:], tt.want)
				}
			}
		})
	}
}

func pairSpec(x, y block.Type, keyed bool) Spec {
	spec := Spec{Args: []block.Type{x, y}}
	for _, name := range pairFuncs {
		spec.Calls = append(spec.Calls, Call{Name: name, Func: name, Args: []int{0, 1}})
	}
	if keyed {
		spec.Keys = []block.Field{{Name: "k", Type: stringType}}
	}
	return spec
}

// Against rationals, and a root of 2000 bits for the correlation.
func TestPairsAgainstRationals(t *testing.T) {
	rng := rand.New(rand.NewPCG(111, 112))
	types := []block.Type{floatType, intType, uintType, boolType}
	for _, tx := range types {
		for _, ty := range types {
			plan := mustPlan(t, pairSpec(tx, ty, false))
			for range 20 {
				n := 2 + rng.IntN(80)
				x, y := randomRows(rng, tx, n, false).arg, randomRows(rng, ty, n, false).arg
				if tx == floatType && ty == floatType && rng.IntN(2) == 0 { // related
					for i := range x.Float {
						y.Float[i] = x.Float[i] * (1 + 1e-9*rng.Float64())
					}
				}
				var sx, sy, sxx, syy, sxy big.Rat
				count := int64(0)
				for i := range n {
					if x.Null[i] || y.Null[i] {
						continue
					}
					a, b := rationalAt(x, i), rationalAt(y, i)
					count++
					sx.Add(&sx, a)
					sy.Add(&sy, b)
					sxx.Add(&sxx, new(big.Rat).Mul(a, a))
					syy.Add(&syy, new(big.Rat).Mul(b, b))
					sxy.Add(&sxy, a.Mul(a, b))
				}
				if count < 2 {
					continue
				}
				scatter := func(p, a, b *big.Rat) *big.Rat {
					p = new(big.Rat).Mul(p, big.NewRat(count, 1))
					return p.Sub(p, new(big.Rat).Mul(a, b))
				}
				both, left, right := scatter(&sxy, &sx, &sy), scatter(&sxx, &sx, &sx), scatter(&syy, &sy, &sy)
				covar, _ := new(big.Rat).Mul(both, big.NewRat(1, count*(count-1))).Float64()
				covarPop, _ := new(big.Rat).Mul(both, big.NewRat(1, count*count)).Float64()
				want := []float64{math.NaN(), covar, covarPop}
				if most := new(big.Rat).Mul(left, right); most.Sign() != 0 {
					square := new(big.Rat).Quo(new(big.Rat).Mul(both, both), most)
					root := new(big.Float).SetPrec(2000).SetRat(square)
					want[0], _ = root.Sqrt(root).Float64()
					if both.Sign() < 0 {
						want[0] = -want[0]
					}
				}
				p := plan.NewPartial()
				update(t, p, nil, []*block.Vector{x, y}, n)
				table, err := p.Result()
				if err != nil {
					t.Fatal(err)
				}
				for i, v := range table.Rows[0] {
					if v.IsNull() && want[i] != want[i] {
						continue
					}
					if v.IsNull() || v.Float64() != want[i] {
						t.Errorf("%s of %s and %s, %d rows: %v, want %v", pairFuncs[i], tx.Kind, ty.Kind, n, v.Float64(), want[i])
					}
				}
			}
		}
	}
}

func rationalAt(v *block.Vector, i int) *big.Rat {
	switch v.Type.Kind {
	case block.Float:
		return new(big.Rat).SetFloat64(v.Float[i])
	case block.Uint:
		return new(big.Rat).SetUint64(v.Uint[i])
	case block.Bool:
		return big.NewRat(boolRank(v.Bool[i]), 1)
	}
	return big.NewRat(v.Int[i], 1)
}

// TestSplitInvariance for two arguments of different types.
func TestPairsDoNotDependOnHowRowsAreSplit(t *testing.T) {
	rng := rand.New(rand.NewPCG(121, 122))
	for _, types := range [][2]block.Type{{floatType, intType}, {uintType, floatType}, {intType, intType}, {boolType, floatType}} {
		for _, keyed := range []bool{false, true} {
			plan := mustPlan(t, pairSpec(types[0], types[1], keyed))
			for range 10 {
				n := 1 + rng.IntN(300)
				x, y := randomRows(rng, types[0], n, true), randomRows(rng, types[1], n, true)
				if rng.IntN(2) == 0 { // integers beyond 2^53 in some blocks only
					for i := range x.arg.Int {
						x.arg.Int[i] = int64(rng.Uint64()) >> (8 * rng.IntN(8))
					}
				}
				whole, one, other := plan.NewPartial(), plan.NewPartial(), plan.NewPartial()
				feed := func(p *Partial, from, to int) {
					var keys []*block.Vector
					if keyed {
						keys = append(keys, sliceOf(x.key, from, to))
					}
					update(t, p, keys, []*block.Vector{sliceOf(x.arg, from, to), sliceOf(y.arg, from, to)}, to-from)
				}
				feed(whole, 0, n)
				for to := n; to > 0; {
					from := max(0, to-1-rng.IntN(60))
					if rng.IntN(2) == 0 {
						feed(one, from, to)
					} else {
						feed(other, from, to)
					}
					to = from
				}
				sent, err := plan.Decode(one.AppendBinary(nil))
				if err != nil {
					t.Fatal(err)
				}
				merge(t, other, sent)
				if !bytes.Equal(other.AppendBinary(nil), whole.AppendBinary(nil)) {
					t.Fatalf("%s and %s, keyed %v: bytes differ", types[0].Kind, types[1].Kind, keyed)
				}
				if got, want := rowsOf(t, other), rowsOf(t, whole); got != want {
					t.Fatalf("results differ:\n%s\n%s", got, want)
				}
			}
		}
	}
}

func TestPairsShareTheirSums(t *testing.T) {
	plan := mustPlan(t, pairSpec(floatType, intType, false))
	if n := len(plan.inputs[0].kept); len(plan.inputs) != 1 || n != 5 {
		t.Errorf("%d states, want 5: two sums, two sums of squares, one of products", n)
	}
}

func TestPairsOfWhatDoesNotMultiply(t *testing.T) {
	for _, types := range [][]block.Type{{floatType, stringType}, {dateType, floatType}} {
		call := Call{Name: "c", Func: "corr", Args: []int{0, 1}}
		if _, err := NewPlan(Builtin(), Spec{Args: types, Calls: []Call{call}}); err == nil {
			t.Errorf("%v: no error", types)
		}
	}
}

// A correlation is never beyond 1, and 1 only for a line.
func TestCorrelationIsAtMostOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(131, 132))
	for range 300 {
		x, y := floats(), floats()
		for range 3 + rng.IntN(5) {
			v := rng.NormFloat64()
			x.Float, y.Float = append(x.Float, v), append(y.Float, v*math.Pi)
		}
		x.Len, y.Len = len(x.Float), len(x.Float)
		got, err := strconv.ParseFloat(answer(t, Call{Func: "corr"}, x, y), 64)
		if err != nil || got > 1 || got < 1-1e-15 {
			t.Fatalf("%v %v of %v and %v", got, err, x.Float, y.Float)
		}
	}
}
