package agg

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
)

// rows is random data of one argument type with a key, nulls and the values
// that make aggregates differ.
type rows struct {
	key, arg *block.Vector
	at       int64 // place of the first row
}

func (r rows) slice(from, to int) rows {
	return rows{key: sliceOf(r.key, from, to), arg: sliceOf(r.arg, from, to), at: r.at + int64(from)}
}

func sliceOf(v *block.Vector, from, to int) *block.Vector {
	s := *v
	s.Len = to - from
	cut(&s.Int, from, to)
	cut(&s.Uint, from, to)
	cut(&s.Float, from, to)
	cut(&s.Bool, from, to)
	cut(&s.Null, from, to)
	s.Str.From += from
	return &s
}

func cut[T any](s *[]T, from, to int) {
	if *s != nil {
		*s = (*s)[from:to]
	}
}

// randomRows makes n rows; special says whether floats may be infinite or NaN.
func randomRows(rng *rand.Rand, t block.Type, n int, special bool) rows {
	return randomRowsOf(rng, 1+rng.IntN(1+n/8), t, n, special)
}

// randomRowsOf is randomRows with keys of a number of groups.
func randomRowsOf(rng *rand.Rand, groups int, t block.Type, n int, special bool) rows {
	keys := make([]string, n)
	arg := &block.Vector{Type: t, Len: n, Null: make([]bool, n)}
	var words []string
	for i := range n {
		keys[i] = fmt.Sprint("group ", rng.IntN(groups))
		arg.Null[i] = rng.IntN(8) == 0
		switch t.Kind {
		case block.Float:
			f := math.Ldexp(rng.NormFloat64(), rng.IntN(200)-100)
			switch rng.IntN(30) {
			case 0:
				f = math.Copysign(0, f)
			case 1:
				f = math.Ldexp(f, -1000)
			case 2:
				if special {
					f = []float64{math.NaN(), math.Inf(1), math.Inf(-1)}[rng.IntN(3)]
				}
			}
			arg.Float = append(arg.Float, f)
		case block.Uint:
			arg.Uint = append(arg.Uint, rng.Uint64()>>(8+rng.IntN(50)))
		case block.Bool:
			arg.Bool = append(arg.Bool, rng.IntN(2) == 0)
		case block.String:
			words = append(words, fmt.Sprint(rng.IntN(100)))
		default:
			arg.Int = append(arg.Int, int64(rng.Uint64())>>(8+rng.IntN(50)))
		}
	}
	if t.Kind == block.String {
		arg.Str = texts(words...).Str
	}
	key := texts(keys...)
	key.Null = make([]bool, n)
	for i := range key.Null {
		key.Null[i] = rng.IntN(20) == 0
	}
	return rows{key: key, arg: arg, at: rng.Int64()}
}

// lawPlans is every aggregate of every type, with and without keys.
func lawPlans(t testing.TB, f func(name string, plan *Plan, typ block.Type, keyed bool)) {
	for _, typ := range []block.Type{floatType, intType, uintType, boolType, dateType, timeType, stringType} {
		for _, keyed := range []bool{false, true} {
			spec := Spec{Args: []block.Type{typ}, Calls: allOf(typ)}
			name := typ.Kind.String()
			if keyed {
				spec.Keys = []block.Field{{Name: "k", Type: stringType}}
				name += " by key"
			}
			f(name, mustPlan(t, spec), typ, keyed)
		}
	}
}

func add(t testing.TB, p *Partial, r rows, keyed bool) {
	t.Helper()
	var keys []*block.Vector
	if keyed {
		keys = append(keys, r.key)
	}
	p.At(Place{First: r.at})
	update(t, p, keys, []*block.Vector{r.arg}, r.arg.Len)
}

func merge(t testing.TB, into, from *Partial) {
	t.Helper()
	if err := into.Merge(from); err != nil {
		t.Fatal(err)
	}
}

// However rows are cut into blocks, spread over partials, sent as bytes and
// merged, the bytes and the result are the same.
func TestSplitInvariance(t *testing.T) {
	lawPlans(t, func(name string, plan *Plan, typ block.Type, keyed bool) {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(11, 12))
			for trial := range 12 {
				data := randomRows(rng, typ, 1+rng.IntN(400), trial%2 == 1)
				n := data.arg.Len
				whole := plan.NewPartial()
				add(t, whole, data, keyed)
				wantBytes, want := whole.AppendBinary(nil), rowsOf(t, whole)

				partials := make([]*Partial, 1+rng.IntN(5))
				for i := range partials {
					partials[i] = plan.NewPartial()
				}
				var pieces []rows
				for from := 0; from < n; {
					to := min(n, from+1+rng.IntN(80))
					pieces = append(pieces, data.slice(from, to))
					from = to
				}
				rng.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
				for _, piece := range pieces {
					add(t, partials[rng.IntN(len(partials))], piece, keyed)
				}
				for len(partials) > 1 {
					i := rng.IntN(len(partials) - 1)
					from := partials[i+1]
					if rng.IntN(2) == 0 {
						sent, err := plan.Decode(from.AppendBinary(nil))
						if err != nil {
							t.Fatal(err)
						}
						from = sent
					}
					if rng.IntN(2) == 0 {
						partials[i], from = from, partials[i]
					}
					merge(t, partials[i], from)
					partials = slices.Delete(partials, i+1, i+2)
				}
				if got := partials[0].AppendBinary(nil); !bytes.Equal(got, wantBytes) {
					t.Fatalf("bytes differ:\n%x\n%x", got, wantBytes)
				}
				if got := rowsOf(t, partials[0]); got != want {
					t.Fatalf("results differ:\n%s\n%s", got, want)
				}
			}
		})
	})
}

// Staging values on their way to the states changes nothing, whether groups
// fill runs, or become too many for it on the way.
func TestStagingChangesNothing(t *testing.T) {
	for _, typ := range []block.Type{floatType, intType, uintType} {
		plan := mustPlan(t, Spec{Keys: []block.Field{{Name: "k", Type: stringType}}, Args: []block.Type{typ}, Calls: allOf(typ)})
		for _, size := range []struct{ rows, groups int }{{10, 2}, {10 * runRows, 3}, {3 * stageGroups, 9 * stageGroups}} {
			n := size.rows
			rng := rand.New(rand.NewPCG(51, uint64(n)))
			data := randomRowsOf(rng, size.groups, typ, n, true)
			staged, direct := plan.NewPartial(), plan.NewPartial()
			unstaged(direct)
			for from := 0; from < n; from += 500 {
				add(t, direct, data.slice(from, min(n, from+500)), true)
				add(t, staged, data.slice(from, min(n, from+500)), true)
				if rng.IntN(4) == 0 { // in between, settled or not
					if got, want := rowsOf(t, staged), rowsOf(t, direct); got != want {
						t.Fatalf("%s: after %d rows:\n%s\n%s", typ.Kind, from, got, want)
					}
				}
			}
			if got, want := staged.inputs[0].staged == nil, size.groups > stageGroups; got != want {
				t.Errorf("%s: staging was given up %v, want %v", typ.Kind, got, want)
			}
			if !bytes.Equal(staged.AppendBinary(nil), direct.AppendBinary(nil)) {
				t.Errorf("%s: %d rows in %d groups: bytes differ", typ.Kind, n, direct.Groups())
			}
		}
	}
}

func TestMergeLaws(t *testing.T) {
	lawPlans(t, func(name string, plan *Plan, typ block.Type, keyed bool) {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(21, 22))
			of := func(r rows) *Partial {
				p := plan.NewPartial()
				add(t, p, r, keyed)
				return p
			}
			sum := func(parts ...*Partial) []byte {
				p := plan.NewPartial()
				for _, part := range parts {
					merge(t, p, part)
				}
				return p.AppendBinary(nil)
			}
			for range 5 {
				a, b, c := of(randomRows(rng, typ, 60, true)), of(randomRows(rng, typ, 3, true)), of(randomRows(rng, typ, 200, true))
				before := a.AppendBinary(nil)
				ab, bc := of(rows{key: texts(), arg: sliceOf(randomRows(rng, typ, 1, false).arg, 0, 0)}), plan.NewPartial()
				merge(t, ab, a)
				merge(t, ab, b)
				merge(t, bc, b)
				merge(t, bc, c)
				if !bytes.Equal(sum(ab, c), sum(a, bc)) {
					t.Error("(a+b)+c is not a+(b+c)")
				}
				if !bytes.Equal(sum(a, b), sum(b, a)) {
					t.Error("a+b is not b+a")
				}
				if !bytes.Equal(sum(a, plan.NewPartial()), before) || !bytes.Equal(sum(a), before) {
					t.Error("the empty partial is no identity")
				}
				if !bytes.Equal(a.AppendBinary(nil), before) {
					t.Error("merging changed what was merged")
				}
			}
		})
	})
}

// Sums, means and variances against rationals of math/big.
func TestAgainstRationals(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	for _, typ := range []block.Type{floatType, intType, uintType} {
		t.Run(typ.Kind.String(), func(t *testing.T) {
			plan := mustPlan(t, Spec{Args: []block.Type{typ}, Calls: []Call{
				{Name: "sum", Func: "sum", Args: []int{0}}, {Name: "mean", Func: "mean", Args: []int{0}},
				{Name: "var", Func: "var", Args: []int{0}}, {Name: "var_pop", Func: "var_pop", Args: []int{0}},
			}})
			for range 50 {
				data := randomRows(rng, typ, 2+rng.IntN(100), false)
				var sum, squares big.Rat
				n := int64(0)
				for i, null := range data.arg.Null {
					if null {
						continue
					}
					var x big.Rat
					switch typ.Kind {
					case block.Float:
						x.SetFloat64(data.arg.Float[i])
					case block.Int:
						x.SetInt64(data.arg.Int[i])
					case block.Uint:
						x.SetUint64(data.arg.Uint[i])
					}
					n++
					sum.Add(&sum, &x)
					squares.Add(&squares, x.Mul(&x, &x))
				}
				if n < 2 {
					continue
				}
				p := plan.NewPartial()
				add(t, p, data, false)
				table, err := p.Result()
				if err != nil {
					t.Fatal(err)
				}
				row := table.Rows[0]
				mean := new(big.Rat).Quo(&sum, big.NewRat(n, 1))
				// n times the population's variance: the squares less n times the square of the mean.
				spread := new(big.Rat).Sub(&squares, new(big.Rat).Mul(mean, &sum))
				for i, want := range []*big.Rat{nil, mean, new(big.Rat).Quo(spread, big.NewRat(n-1, 1)), new(big.Rat).Quo(spread, big.NewRat(n, 1))} {
					if want == nil {
						continue
					}
					if f, _ := want.Float64(); row[i].Float64() != f {
						t.Errorf("%s is %v, want %v", table.Columns[i].Name, row[i].Float64(), f)
					}
				}
				switch f, _ := sum.Float64(); typ.Kind {
				case block.Float:
					if row[0].Float64() != f {
						t.Errorf("sum is %v, want %v", row[0].Float64(), f)
					}
				case block.Int:
					if got := new(big.Rat).SetInt64(row[0].Int64()); got.Cmp(&sum) != 0 {
						t.Errorf("sum is %v, want %v", got, &sum)
					}
				case block.Uint:
					if got := new(big.Rat).SetUint64(row[0].Uint64()); got.Cmp(&sum) != 0 {
						t.Errorf("sum is %v, want %v", got, &sum)
					}
				}
			}
		})
	}
}

// A partial that is reset is as good as a new one.
func TestReset(t *testing.T) {
	lawPlans(t, func(name string, plan *Plan, typ block.Type, keyed bool) {
		rng := rand.New(rand.NewPCG(61, 62))
		used := plan.NewPartial()
		for _, n := range []int{50, 3, 600, 30, 2 * stageGroups, 10} {
			data, fresh := randomRowsOf(rng, max(4, 2*n), typ, n, true), plan.NewPartial()
			add(t, fresh, data, keyed)
			used.Reset()
			if !bytes.Equal(used.AppendBinary(nil), plan.NewPartial().AppendBinary(nil)) {
				t.Fatalf("%s: a reset partial is not empty", name)
			}
			add(t, used, data, keyed)
			if !bytes.Equal(used.AppendBinary(nil), fresh.AppendBinary(nil)) || n <= 50 && rowsOf(t, used) != rowsOf(t, fresh) {
				t.Fatalf("%s: %d rows after a reset differ", name, n)
			}
			if used.Groups() != fresh.Groups() || used.Rows() != int64(n) {
				t.Errorf("%s: %d groups of %d rows, want %d of %d", name, used.Groups(), used.Rows(), fresh.Groups(), n)
			}
		}
	})
}

func TestUpdateDoesNotAllocate(t *testing.T) {
	lawPlans(t, func(name string, plan *Plan, typ block.Type, keyed bool) {
		rng := rand.New(rand.NewPCG(41, 42))
		data := randomRows(rng, typ, block.Rows, false)
		if typ.Kind == block.Float { // of one magnitude: no sum needs more than its window
			for i := range data.arg.Float {
				data.arg.Float[i] = rng.NormFloat64()
			}
		}
		p := plan.NewPartial()
		keys, args := []*block.Vector{data.key}, []*block.Vector{data.arg}
		if !keyed {
			keys = nil
		}
		spec := Spec{Keys: plan.keys, Args: []block.Type{typ}, Calls: plainOf(typ)} // quantiles keep what they are given
		p = mustPlan(t, spec).NewPartial()
		if allocs := testing.AllocsPerRun(10, func() { update(t, p, keys, args, block.Rows) }); allocs != 0 {
			t.Errorf("%s: %v allocations a block", name, allocs)
		}
		if size := p.SizeBytes(); size < int64(8*p.Groups()) {
			t.Errorf("%s: %d groups take %d bytes", name, p.Groups(), size)
		}
	})
}
