package agg

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
)

func quantiles(ps ...float64) (calls []Call) {
	for _, p := range ps {
		calls = append(calls, Call{Name: fmt.Sprint("q", p), Func: "quantile", Args: []int{0}, Params: []float64{p}})
	}
	return calls
}

// What quantiles answer, by input: the contract of the package comment.
func TestQuantileSemantics(t *testing.T) {
	inf, nan, negZero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	calls := append(quantiles(0, 0.25, 0.5, 0.9, 1), Call{Name: "median", Func: "median", Args: []int{0}})
	for _, tt := range []struct {
		name string
		arg  *block.Vector
		want string
	}{
		{"no rows", floats(), "q0: null, q0.25: null, q0.5: null, q0.9: null, q1: null, median: null"},
		{"nulls only", withNulls(floats(1, 2), 0, 1), "q0: null, q0.25: null, q0.5: null, q0.9: null, q1: null, median: null"},
		{"nulls are skipped", withNulls(floats(1, 99, 2), 1), "q0: 1, q0.25: 1.25, q0.5: 1.5, q0.9: 1.9, q1: 2, median: 1.5"},
		{"the literal null", &block.Vector{Len: 2, Null: []bool{true, true}}, "q0: null, q0.25: null, q0.5: null, q0.9: null, q1: null, median: null"},
		{"one value", floats(4), "q0: 4, q0.25: 4, q0.5: 4, q0.9: 4, q1: 4, median: 4"},
		{"two values", floats(2, 1), "q0: 1, q0.25: 1.25, q0.5: 1.5, q0.9: 1.9, q1: 2, median: 1.5"},
		{"a rank that is whole in decimals", floats(10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), "q0: 0, q0.25: 2.5, q0.5: 5, q0.9: 9, q1: 10, median: 5"},
		{"NaN propagates", floats(1, nan, 2), `q0: "NaN", q0.25: "NaN", q0.5: "NaN", q0.9: "NaN", q1: "NaN", median: "NaN"`},
		{"NaN under a null does not", withNulls(floats(1, nan, 2), 1), "q0: 1, q0.25: 1.25, q0.5: 1.5, q0.9: 1.9, q1: 2, median: 1.5"},
		{"an infinity beside numbers", floats(1, 2, inf), `q0: 1, q0.25: 1.5, q0.5: 2, q0.9: "Infinity", q1: "Infinity", median: 2`},
		{"between infinities of both signs there is nothing", floats(inf, -inf), `q0: "-Infinity", q0.25: "NaN", q0.5: "NaN", q0.9: "NaN", q1: "Infinity", median: "NaN"`},
		{"between equal infinities there is one", floats(-inf, -inf), `q0: "-Infinity", q0.25: "-Infinity", q0.5: "-Infinity", q0.9: "-Infinity", q1: "-Infinity", median: "-Infinity"`},
		{"-0 is 0", floats(negZero, negZero), "q0: 0, q0.25: 0, q0.5: 0, q0.9: 0, q1: 0, median: 0"},
		{"the ends of the range", floats(math.MaxFloat64, -math.MaxFloat64), "q0: -1.7976931348623157e+308, q0.25: -8.988465674311579e+307, q0.5: 0, q0.9: 1.4381545078898526e+308, q1: 1.7976931348623157e+308, median: 0"},
		{"beyond the range on the way", floats(math.MaxFloat64, math.MaxFloat64/2), "q0: 8.988465674311579e+307, q0.25: 1.1235582092889472e+308, q0.5: 1.3482698511467367e+308, q0.9: 1.7078084781191998e+308, q1: 1.7976931348623157e+308, median: 1.3482698511467367e+308"},
		{"subnormals", floats(5e-324, 1e-323), "q0: 5e-324, q0.25: 5e-324, q0.5: 1e-323, q0.9: 1e-323, q1: 1e-323, median: 1e-323"},
		{"integers give a float", ints(intType, 3, -1, 4, 1), "q0: -1, q0.25: 0.5, q0.5: 2, q0.9: 3.7, q1: 4, median: 2"},
		{"integers that no float holds", ints(intType, 1<<53+1, 1<<53+3), "q0: 9007199254740992, q0.25: 9007199254740994, q0.5: 9007199254740994, q0.9: 9007199254740994, q1: 9007199254740996, median: 9007199254740994"},
		{"the ends of int64", ints(intType, math.MaxInt64, math.MinInt64), "q0: -9223372036854776000, q0.25: -4611686018427388000, q0.5: -0.5, q0.9: 7378697629483821000, q1: 9223372036854776000, median: -0.5"},
		{"large unsigned", uints(math.MaxUint64, 0), "q0: 0, q0.25: 4611686018427388000, q0.5: 9223372036854776000, q0.9: 16602069666338597000, q1: 18446744073709552000, median: 9223372036854776000"},
		{"bools are 0 and 1", withNulls(bools(true, false, true, true), 3), "q0: 0, q0.25: 0.5, q0.5: 1, q0.9: 1, q1: 1, median: 1"},
		{"dates are rounded down", ints(dateType, 0, 1), `q0: "1970-01-01", q0.25: "1970-01-01", q0.5: "1970-01-01", q0.9: "1970-01-01", q1: "1970-01-02", median: "1970-01-01"`},
		{"dates before 1970 too", ints(dateType, -2, -1), `q0: "1969-12-30", q0.25: "1969-12-30", q0.5: "1969-12-30", q0.9: "1969-12-30", q1: "1969-12-31", median: "1969-12-30"`},
		{"timestamps keep their unit", ints(timeType, -3, 1), `q0: "1969-12-31T23:59:59.999997Z", q0.25: "1969-12-31T23:59:59.999998Z", q0.5: "1969-12-31T23:59:59.999999Z", q0.9: "1970-01-01T00:00:00Z", q1: "1970-01-01T00:00:00.000001Z", median: "1969-12-31T23:59:59.999999Z"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := mustPlan(t, Spec{Args: []block.Type{tt.arg.Type}, Calls: calls}).NewPartial()
			update(t, p, nil, []*block.Vector{tt.arg}, tt.arg.Len)
			if got := describe(t, p); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestApproxQuantileSemantics(t *testing.T) {
	inf := math.Inf(1)
	var calls []Call
	for _, p := range []float64{0, 0.5, 1} {
		calls = append(calls, Call{Name: fmt.Sprint("q", p), Func: "approx_quantile", Args: []int{0}, Params: []float64{p}})
	}
	for _, tt := range []struct {
		name string
		arg  *block.Vector
		want string
	}{
		{"no rows", floats(), "q0: null, q0.5: null, q1: null"},
		{"nulls are skipped", withNulls(floats(0, 99, 0), 1), "q0: 0, q0.5: 0, q1: 0"},
		{"NaN propagates", floats(1, math.NaN(), 2), `q0: "NaN", q0.5: "NaN", q1: "NaN"`},
		{"zero and infinities are exact", floats(-inf, math.Copysign(0, -1), inf), `q0: "-Infinity", q0.5: 0, q1: "Infinity"`},
		{"the lower of two ranks", floats(0, 0, inf, inf), `q0: 0, q0.5: 0, q1: "Infinity"`},
		{"bools are 0 and 1", bools(false, false, true), "q0: 0, q0.5: 0, q1: 1.00990099009901"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := mustPlan(t, Spec{Args: []block.Type{tt.arg.Type}, Calls: calls}).NewPartial()
			update(t, p, nil, []*block.Vector{tt.arg}, tt.arg.Len)
			if got := describe(t, p); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
	t.Run("is within the relative error", func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		for _, typ := range []block.Type{floatType, intType, uintType} {
			plan := mustPlan(t, Spec{Args: []block.Type{typ}, Calls: []Call{
				{Name: "a", Func: "approx_quantile", Args: []int{0}, Params: []float64{0.9}},
				{Name: "b", Func: "approx_quantile", Args: []int{0}, Params: []float64{0.1, 0.001}},
			}})
			for range 20 {
				r := randomRows(rng, typ, 1+rng.IntN(300), false)
				p := plan.NewPartial()
				add(t, p, r, false)
				sorted := sortedRats(r.arg)
				if len(sorted) == 0 {
					continue
				}
				table, err := p.Result()
				if err != nil {
					t.Fatal(err)
				}
				for i, at := range []int{(len(sorted) - 1) * 9 / 10, (len(sorted) - 1) / 10} {
					x, _ := sorted[at].Float64()
					if got, alpha := table.Rows[0][i].Float64(), []float64{0.01, 0.001}[i]; math.Abs(got-x) > alpha*math.Abs(x)+5e-324 {
						t.Errorf("%s: %v is estimated as %v", typ.Kind, x, got)
					}
				}
			}
		}
	})
}

// sortedRats is the values of a vector that are not null, which are numbers.
func sortedRats(v *block.Vector) []*big.Rat {
	var all []*big.Rat
	for i := range v.Len {
		if v.Null != nil && v.Null[i] {
			continue
		}
		x := new(big.Rat)
		switch v.Type.Kind {
		case block.Float:
			x.SetFloat64(v.Float[i])
		case block.Uint:
			x.SetUint64(v.Uint[i])
		default:
			x.SetInt64(v.Int[i])
		}
		all = append(all, x)
	}
	slices.SortFunc(all, (*big.Rat).Cmp)
	return all
}

// Quantiles against sorting and rationals of math/big.
func TestQuantilesAgainstRationals(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 33))
	for _, typ := range []block.Type{floatType, intType, uintType} {
		for range 60 {
			ps := []float64{0, 1, 0.5, 0.99, float64(rng.IntN(1000)) / 1000, 0.1 + float64(rng.Int64N(8e16))/1e17}
			plan := mustPlan(t, Spec{Args: []block.Type{typ}, Calls: quantiles(ps...)})
			r := randomRows(rng, typ, 1+rng.IntN(200), false)
			sorted := sortedRats(r.arg)
			if len(sorted) == 0 {
				continue
			}
			p := plan.NewPartial()
			add(t, p, r, false)
			table, err := p.Result()
			if err != nil {
				t.Fatal(err)
			}
			for i, q := range ps {
				share, _ := new(big.Rat).SetString(fmt.Sprint(q))
				h := share.Mul(share, big.NewRat(int64(len(sorted)-1), 1))
				rank := int(new(big.Int).Quo(h.Num(), h.Denom()).Int64())
				want := new(big.Rat).Set(sorted[rank])
				if rank+1 < len(sorted) {
					part := h.Sub(h, big.NewRat(int64(rank), 1))
					want.Add(want, part.Mul(part, new(big.Rat).Sub(sorted[rank+1], sorted[rank])))
				}
				if x, _ := want.Float64(); table.Rows[0][i].Float64() != x {
					t.Errorf("%s: quantile %v of %d is %v, want %v", typ.Kind, q, len(sorted), table.Rows[0][i].Float64(), x)
				}
			}
		}
	}
}

// passes reads rows as a run does: several partials that shed as they please,
// merged and refined until all is known.
func passes(t *testing.T, spec Spec, pieces []rows, lanes int, limitBytes int64) (table *result.Table, n int) {
	t.Helper()
	plan := mustPlan(t, spec)
	pass := func(plan *Plan) *Partial {
		partials := make([]*Partial, lanes)
		for i := range partials {
			partials[i] = plan.NewPartial()
		}
		for i, piece := range pieces {
			p := partials[i%lanes]
			add(t, p, piece, len(plan.keys) > 0)
			p.Shed(limitBytes)
		}
		final := plan.NewPartial()
		for i, p := range partials {
			p.Settle()
			if i%2 == 1 {
				sent, err := plan.Decode(p.AppendBinary(nil))
				if err != nil {
					t.Fatal(err)
				}
				p = sent
			}
			merge(t, final, p)
			final.Shed(limitBytes)
		}
		return final
	}
	n = 1
	final := pass(plan)
	known, err := final.Refine(nil)
	for ; err == nil && known != nil && !known.Known(); n++ {
		text, jsonErr := json.Marshal(known) // as it travels to workers
		if jsonErr != nil {
			t.Fatal(jsonErr)
		}
		sent := new(Refinement)
		if err := json.Unmarshal(text, sent); err != nil {
			t.Fatal(err)
		}
		needed := spec
		needed.Calls = slices.Clone(spec.Calls)
		for i := range needed.Calls {
			needed.Calls[i].Skip = !sent.Needs(i)
		}
		narrowed, planErr := mustPlan(t, needed).Narrow(sent)
		if planErr != nil {
			t.Fatal(planErr)
		}
		known, err = pass(narrowed).Refine(known)
	}
	if err != nil {
		t.Fatal(err)
	}
	if known != nil {
		if err := final.Complete(known); err != nil {
			t.Fatal(err)
		}
	}
	table, err = final.Result()
	if err != nil {
		t.Fatal(err)
	}
	return table, n
}

func TestSheddingChangesNoResult(t *testing.T) {
	lawPlans(t, func(name string, plan *Plan, typ block.Type, keyed bool) {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(71, 72))
			for trial := range 8 {
				data := randomRows(rng, typ, 1+rng.IntN(4000), trial%4 == 3)
				whole := plan.NewPartial()
				add(t, whole, data, keyed)
				want := rowsOf(t, whole)
				var pieces []rows
				for from := 0; from < data.arg.Len; from += 300 {
					pieces = append(pieces, data.slice(from, min(data.arg.Len, from+300)))
				}
				for limit, most := range map[int64]int{0: 17, 20 << 10: 5, 1 << 40: 1} {
					table, n := passes(t, Spec{Keys: plan.keys, Args: []block.Type{typ}, Calls: allOf(typ)}, pieces, 1+rng.IntN(3), limit)
					var got []byte
					for _, row := range table.Rows {
						got = append(result.AppendJSONRow(got, row), '\n')
					}
					if string(got) != want {
						t.Fatalf("%d rows, %d bytes, %d passes:\n got %swant %s", data.arg.Len, limit, n, got, want)
					}
					if n > most || n > 1 && keyed {
						t.Errorf("%d rows, %d bytes: %d passes", data.arg.Len, limit, n)
					}
				}
			}
		})
	})
}

func TestShedPartialsTakeLittleMemory(t *testing.T) {
	rng := rand.New(rand.NewPCG(73, 74))
	plan := mustPlan(t, Spec{Args: []block.Type{floatType}, Calls: quantiles(0.01, 0.5, 0.99)})
	p := plan.NewPartial()
	for range 200 {
		add(t, p, randomRows(rng, floatType, block.Rows, false), false)
		p.Shed(256 << 10)
		if size := p.SizeBytes(); size > 512<<10 {
			t.Fatalf("%d bytes are kept of 256 KiB", size)
		}
	}
	if _, err := p.Result(); err == nil || !strings.Contains(err.Error(), "located") {
		t.Errorf("a result of what was shed: error is %v", err)
	}
}

// What reads other rows in the second pass than in the first has no answer, if
// the counts tell.
func TestChangedRowsAreNoticed(t *testing.T) {
	plan := mustPlan(t, Spec{Args: []block.Type{floatType}, Calls: quantiles(0.5)})
	first := plan.NewPartial()
	update(t, first, nil, []*block.Vector{floats(1, 2, 3, 4, 5)}, 5)
	first.Shed(0)
	known, err := first.Refine(nil)
	if err != nil || known == nil || known.Known() {
		t.Fatalf("refinement is %v, error %v", known, err)
	}
	narrowed, err := plan.Narrow(known)
	if err != nil {
		t.Fatal(err)
	}
	for name, changed := range map[string]*block.Vector{
		"a row less": floats(1, 2, 4, 5), "another value": floats(1, 2, 6, 4, 5), "a NaN": floats(1, 2, math.NaN(), 4, 5),
		"rows more": floats(1, 2, 3, 4, 5, 6, 7, 8, 9),
	} {
		p := narrowed.NewPartial()
		err := p.Update(nil, []*block.Vector{changed}, changed.Len)
		if err == nil {
			_, err = p.Refine(known)
		}
		if !errors.Is(err, ErrInputChanged) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestNarrowRefusesWhatIsNotThere(t *testing.T) {
	r := &Refinement{States: []RefinedState{{Calls: []int{0}, State: 0}}}
	r.States[0].Ranges = append(r.States[0].Ranges, orderRange(0, 9))
	for name, spec := range map[string]Spec{
		"groups":           {Keys: []block.Field{{Name: "k", Type: intType}}, Args: []block.Type{floatType}, Calls: quantiles(0.5)},
		"no ranked state":  {Args: []block.Type{floatType}, Calls: []Call{{Name: "s", Func: "sum", Args: []int{0}}}},
		"no state at all":  {Args: []block.Type{floatType}, Calls: []Call{{Name: "n", Func: "count", Args: []int{0}}}},
		"no input at all ": {Calls: []Call{{Name: "n", Func: "count"}}},
	} {
		if _, err := mustPlan(t, spec).Narrow(r); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	plan := mustPlan(t, Spec{Args: []block.Type{floatType}, Calls: quantiles(0.5)})
	narrowed, err := plan.Narrow(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.NewPartial().Merge(narrowed.NewPartial()); !errors.Is(err, errOtherPlan) {
		t.Errorf("partials of two passes are merged: %v", err)
	}
}

// FuzzDecodeNarrowed is FuzzDecodePartial for a pass after the first.
func FuzzDecodeNarrowed(f *testing.F) {
	plan := mustPlan(f, Spec{Args: []block.Type{floatType}, Calls: quantiles(0.1, 0.5)})
	whole := plan.NewPartial()
	add(f, whole, randomRows(rand.New(rand.NewPCG(1, 1)), floatType, 2000, false), false)
	whole.Shed(0)
	known, err := whole.Refine(nil)
	if err != nil {
		f.Fatal(err)
	}
	narrowed, err := plan.Narrow(known)
	if err != nil {
		f.Fatal(err)
	}
	for _, limit := range []int64{0, 1 << 40} {
		p := narrowed.NewPartial()
		add(f, p, randomRows(rand.New(rand.NewPCG(1, 1)), floatType, 2000, false), false)
		p.Shed(limit)
		f.Add(p.AppendBinary(nil)[headBytes:])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		src := append(narrowed.NewPartial().AppendBinary(nil)[:headBytes:headBytes], body...)
		p, err := narrowed.Decode(src)
		if err != nil {
			return
		}
		if got := p.AppendBinary(nil); !bytes.Equal(got, src) {
			t.Errorf("%x was read, %x is written", src, got)
		}
		p.Refine(known) // an error is an answer
		twice := narrowed.NewPartial()
		if twice.Merge(p) == nil {
			twice.Merge(p)
			twice.Refine(known)
		}
	})
}
