package agg

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
)

// What aggregates answer, by input: the contract of the package comment.
func TestSemantics(t *testing.T) {
	inf, nan, negZero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	for _, tt := range []struct {
		name string
		arg  *block.Vector
		want string // name: value for the aggregates that take the type
	}{
		{"no rows", floats(), "count(): 0, count: 0, sum: null, mean: null, var: null, var_pop: null, stddev: null, stddev_pop: null, min: null, max: null"},
		{"nulls only", withNulls(floats(1, 2), 0, 1), "count(): 2, count: 0, sum: null, mean: null, var: null, var_pop: null, stddev: null, stddev_pop: null, min: null, max: null"},
		{"nulls are skipped", withNulls(floats(1, 99, 2), 1), "count(): 3, count: 2, sum: 3, mean: 1.5, var: 0.5, var_pop: 0.25, stddev: 0.7071067811865476, stddev_pop: 0.5, min: 1, max: 2"},
		{"the literal null", &block.Vector{Len: 3, Null: []bool{true, true, true}}, "count(): 3, count: 0, sum: null, mean: null, var: null, var_pop: null, stddev: null, stddev_pop: null, min: null, max: null"},
		{"one value has no sample variance", floats(4), "count(): 1, count: 1, sum: 4, mean: 4, var: null, var_pop: 0, stddev: null, stddev_pop: 0, min: 4, max: 4"},
		{"NaN propagates", floats(1, nan, 2), `count(): 3, count: 3, sum: "NaN", mean: "NaN", var: "NaN", var_pop: "NaN", stddev: "NaN", stddev_pop: "NaN", min: "NaN", max: "NaN"`},
		{"NaN under a null does not", withNulls(floats(1, nan, 2), 1), "count(): 3, count: 2, sum: 3, mean: 1.5, var: 0.5, var_pop: 0.25, stddev: 0.7071067811865476, stddev_pop: 0.5, min: 1, max: 2"},
		{"an infinity", floats(1, inf), `count(): 2, count: 2, sum: "Infinity", mean: "Infinity", var: "NaN", var_pop: "NaN", stddev: "NaN", stddev_pop: "NaN", min: 1, max: "Infinity"`},
		{"infinities of both signs", floats(inf, -inf), `count(): 2, count: 2, sum: "NaN", mean: "NaN", var: "NaN", var_pop: "NaN", stddev: "NaN", stddev_pop: "NaN", min: "-Infinity", max: "Infinity"`},
		{"infinities only", floats(-inf, -inf), `count(): 2, count: 2, sum: "-Infinity", mean: "-Infinity", var: "NaN", var_pop: "NaN", stddev: "NaN", stddev_pop: "NaN", min: "-Infinity", max: "-Infinity"`},
		{"-0 before 0", floats(0, negZero), "count(): 2, count: 2, sum: 0, mean: 0, var: 0, var_pop: 0, stddev: 0, stddev_pop: 0, min: -0, max: 0"},
		{"0 before -0", floats(negZero, 0), "count(): 2, count: 2, sum: 0, mean: 0, var: 0, var_pop: 0, stddev: 0, stddev_pop: 0, min: -0, max: 0"},
		{"-0 alone", floats(negZero), "count(): 1, count: 1, sum: 0, mean: 0, var: null, var_pop: 0, stddev: null, stddev_pop: 0, min: -0, max: -0"},
		{"a sum that rounding would lose", floats(1e100, 1, -1e100, 1), "count(): 4, count: 4, sum: 2, mean: 0.5, var: 6.666666666666667e+199, var_pop: 5e+199, stddev: 8.164965809277261e+99, stddev_pop: 7.071067811865475e+99, min: -1e+100, max: 1e+100"},
		{"a mean beyond the sum's range", floats(math.MaxFloat64, math.MaxFloat64), `count(): 2, count: 2, sum: "Infinity", mean: 1.7976931348623157e+308, var: 0, var_pop: 0, stddev: 0, stddev_pop: 0, min: 1.7976931348623157e+308, max: 1.7976931348623157e+308`},
		{"subnormals", floats(5e-324, 5e-324), "count(): 2, count: 2, sum: 1e-323, mean: 5e-324, var: 0, var_pop: 0, stddev: 0, stddev_pop: 0, min: 5e-324, max: 5e-324"},
		{"no cancellation", floats(1e9+1, 1e9+2, 1e9+3), "count(): 3, count: 3, sum: 3000000006, mean: 1000000002, var: 1, var_pop: 0.6666666666666666, stddev: 1, stddev_pop: 0.816496580927726, min: 1000000001, max: 1000000003"},
		{"integers", ints(intType, 3, -1, 4), "count(): 3, count: 3, sum: 6, mean: 2, var: 7, var_pop: 4.666666666666667, stddev: 2.6457513110645907, stddev_pop: 2.160246899469287, min: -1, max: 4"},
		{"integers that no float holds", ints(intType, 1<<53+1, 0), "count(): 2, count: 2, sum: 9007199254740993, mean: 4503599627370496, var: 4.056481920730335e+31, var_pop: 2.0282409603651675e+31, stddev: 6369051672525773, stddev_pop: 4503599627370496, min: 0, max: 9007199254740993"},
		{"the ends of int64", ints(intType, math.MaxInt64, math.MinInt64), "count(): 2, count: 2, sum: -1, mean: -0.5, var: 1.7014118346046923e+38, var_pop: 8.507059173023462e+37, stddev: 13043817825332783000, stddev_pop: 9223372036854776000, min: -9223372036854775808, max: 9223372036854775807"},
		{"large unsigned", uints(math.MaxUint64, 0), "count(): 2, count: 2, sum: 18446744073709551615, mean: 9223372036854776000, var: 1.7014118346046923e+38, var_pop: 8.507059173023462e+37, stddev: 13043817825332783000, stddev_pop: 9223372036854776000, min: 0, max: 18446744073709551615"},
		{"bools", withNulls(bools(true, false, true, true), 3), "count(): 4, count: 3, sum: 2, mean: 0.6666666666666666, var: 0.3333333333333333, var_pop: 0.2222222222222222, stddev: 0.5773502691896257, stddev_pop: 0.4714045207910317, min: false, max: true"},
		{"dates", withNulls(ints(dateType, 100, -1, 0), 0), `count(): 3, count: 2, min: "1969-12-31", max: "1970-01-01"`},
		{"timestamps", ints(timeType, 1, -1), `count(): 2, count: 2, min: "1969-12-31T23:59:59.999999Z", max: "1970-01-01T00:00:00.000001Z"`},
		{"texts", withNulls(texts("b", "é", "", "ab"), 2), `count(): 4, count: 3, min: "ab", max: "é"`},
		{"the empty text", texts("", "a"), `count(): 2, count: 2, min: "", max: "a"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			calls := slices.DeleteFunc(allOf(tt.arg.Type), func(c Call) bool { return !strings.Contains(" "+tt.want, " "+c.Name+": ") })
			plan := mustPlan(t, Spec{Args: []block.Type{tt.arg.Type}, Calls: calls})
			p := plan.NewPartial()
			update(t, p, nil, []*block.Vector{tt.arg}, tt.arg.Len)
			if got := describe(t, p); got != tt.want {
				t.Errorf("all at once:\n got %s\nwant %s", got, tt.want)
			}
			grouped := mustPlan(t, Spec{Keys: []block.Field{{Name: "k", Type: boolType}}, Args: []block.Type{tt.arg.Type}, Calls: calls}).NewPartial()
			if tt.arg.Len == 0 {
				return
			}
			update(t, grouped, []*block.Vector{bools(make([]bool, tt.arg.Len)...)}, []*block.Vector{tt.arg}, tt.arg.Len)
			if got := describe(t, grouped); got != "k: false, "+tt.want {
				t.Errorf("grouped:\n got %s\nwant k: false, %s", got, tt.want)
			}
		})
	}
}

// describe is the one row of a result, as "column: value" texts.
func describe(t testing.TB, p *Partial) string {
	t.Helper()
	table, err := p.Result()
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Rows) != 1 {
		t.Fatalf("%d rows, want 1", len(table.Rows))
	}
	var cells []string
	for i, v := range table.Rows[0] {
		cells = append(cells, table.Columns[i].Name+": "+string(result.AppendJSON(nil, v)))
	}
	return strings.Join(cells, ", ")
}

// A sum of integers is exact beyond 64 bits, wherever its values were added up.
func TestSumsOfIntegersHaveAllTheirDigits(t *testing.T) {
	const most, least, mostUint = math.MaxInt64, math.MinInt64, math.MaxUint64
	for _, tt := range []struct {
		name string
		arg  *block.Vector
		kind block.Kind // of the value
		want string
	}{
		{"2^63-1", ints(intType, most-1, 1), block.Int, "sum: 9223372036854775807, mean: 4611686018427388000, var_pop: 2.1267647932558654e+37"},
		{"2^63", ints(intType, most, 1), block.Int128, "sum: 9223372036854775808, mean: 4611686018427388000, var_pop: 2.1267647932558654e+37"},
		{"-2^63", ints(intType, least, 0), block.Int, "sum: -9223372036854775808, mean: -4611686018427388000, var_pop: 2.1267647932558654e+37"},
		{"-2^63-1", ints(intType, least, -1), block.Int128, "sum: -9223372036854775809, mean: -4611686018427388000, var_pop: 2.1267647932558654e+37"},
		{"2^64-2", ints(intType, most, most), block.Int128, "sum: 18446744073709551614, mean: 9223372036854776000, var_pop: 0"},
		{"-2^64", ints(intType, least, least), block.Int128, "sum: -18446744073709551616, mean: -9223372036854776000, var_pop: 0"},
		{"beyond and back", ints(intType, most, most, least, least), block.Int, "sum: -2, mean: -0.5, var_pop: 8.507059173023462e+37"},
		{"nulls do not count", withNulls(ints(intType, most, 1, most), 2), block.Int128, "sum: 9223372036854775808, mean: 4611686018427388000, var_pop: 2.1267647932558654e+37"},
		{"unsigned, 2^63", uints(1<<63, 0), block.Uint, "sum: 9223372036854775808, mean: 4611686018427388000, var_pop: 2.1267647932558654e+37"},
		{"unsigned, 2^64-1", uints(mostUint, 0), block.Uint, "sum: 18446744073709551615, mean: 9223372036854776000, var_pop: 8.507059173023462e+37"},
		{"unsigned, 2^64", uints(mostUint, 1), block.Int128, "sum: 18446744073709551616, mean: 9223372036854776000, var_pop: 8.507059173023462e+37"},
		{"unsigned, 2^65-2", uints(mostUint, mostUint), block.Int128, "sum: 36893488147419103230, mean: 18446744073709552000, var_pop: 0"},
		{"no rows", ints(intType), block.Null, "sum: null, mean: null, var_pop: null"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec := Spec{Args: []block.Type{tt.arg.Type}}
			for _, name := range []string{"sum", "mean", "var_pop"} {
				spec.Calls = append(spec.Calls, Call{Name: name, Func: name, Args: []int{0}})
			}
			plan := mustPlan(t, spec)
			p := plan.NewPartial()
			update(t, p, nil, []*block.Vector{tt.arg}, tt.arg.Len)
			merged := plan.NewPartial()
			for i := range tt.arg.Len { // a worker for each row
				one := plan.NewPartial()
				update(t, one, nil, []*block.Vector{sliceOf(tt.arg, i, i+1)}, 1)
				sent, err := plan.Decode(one.AppendBinary(nil))
				if err != nil {
					t.Fatal(err)
				}
				merge(t, merged, sent)
			}
			for how, p := range map[string]*Partial{"at once": p, "merged": merged} {
				if got := describe(t, p); got != tt.want {
					t.Errorf("%s:\n got %s\nwant %s", how, got, tt.want)
				}
				table, _ := p.Result()
				if got := table.Rows[0][0].Kind(); got != tt.kind || table.Columns[0].Type.Kind != tt.arg.Type.Kind {
					t.Errorf("%s: an %s in a column of %s, want an %s", how, got, table.Columns[0].Type.Kind, tt.kind)
				}
			}
		})
	}
	t.Run("of one group among others", func(t *testing.T) {
		p := mustPlan(t, Spec{
			Keys: []block.Field{{Name: "k", Type: stringType}},
			Args: []block.Type{intType}, Calls: []Call{{Name: "s", Func: "sum", Args: []int{0}}},
		}).NewPartial()
		update(t, p, []*block.Vector{texts("b", "a", "b", "c", "c")}, []*block.Vector{ints(intType, most, 5, most, least, -1)}, 5)
		if got, want := rowsOf(t, p), "[\"a\",5]\n[\"b\",18446744073709551614]\n[\"c\",-9223372036854775809]\n"; got != want {
			t.Errorf("rows are\n%swant\n%s", got, want)
		}
	})
}

// No data overflows 128 bits: the most rows of a group with the largest values.
func TestNoSumOverflows128Bits(t *testing.T) {
	for _, tt := range []struct {
		name string
		arg  *block.Vector
		want string
	}{
		{"greatest uint64", uints(math.MaxUint64), "21267647932558653965307991459878666240"}, // 2^60 * (2^64-1)
		{"least int64", ints(intType, math.MinInt64), "-10633823966279326983230456482242756608"},
	} {
		p := mustPlan(t, Spec{Args: []block.Type{tt.arg.Type}, Calls: []Call{{Name: "s", Func: "sum", Args: []int{0}}}}).NewPartial()
		update(t, p, nil, []*block.Vector{tt.arg}, 1)
		for range 60 {
			twin, err := p.plan.Decode(p.AppendBinary(nil))
			if err != nil {
				t.Fatal(err)
			}
			merge(t, p, twin)
		}
		if got := rowsOf(t, p); got != "["+tt.want+"]\n" || p.Rows() != maxRows {
			t.Errorf("%s: %d rows sum to %s", tt.name, p.Rows(), got)
		}
		more := p.plan.NewPartial()
		update(t, more, nil, []*block.Vector{tt.arg}, 1)
		if err := p.Merge(more); !errors.Is(err, errTooManyRows) {
			t.Errorf("%s: one row more: %v", tt.name, err)
		}
	}
}

func TestGroupsComeInKeyOrder(t *testing.T) {
	spec := Spec{
		Keys:  []block.Field{{Name: "k", Type: stringType}},
		Args:  []block.Type{floatType, intType},
		Calls: []Call{{Name: "n", Func: "count"}, {Name: "m", Func: "avg", Args: []int{0}}, {Name: "top", Func: "max", Args: []int{1}}},
	}
	p := mustPlan(t, spec).NewPartial()
	if got := rowsOf(t, p); got != "" {
		t.Errorf("groups of no rows are %s", got)
	}
	keys := []*block.Vector{withNulls(texts("b", "a", "", "b", "c"), 2)}
	args := []*block.Vector{withNulls(floats(1, 2, 3, 4, 5), 1), withNulls(ints(intType, 10, 20, 30, 40, 50), 3)}
	update(t, p, keys, args, 5)
	want := "[\"a\",1,null,20]\n[\"b\",2,2.5,10]\n[\"c\",1,5,50]\n[null,1,3,30]\n"
	if got := rowsOf(t, p); got != want {
		t.Errorf("rows are\n%swant\n%s", got, want)
	}
}

func TestWithoutAggregatesGroupsAreListed(t *testing.T) {
	p := mustPlan(t, Spec{Keys: []block.Field{{Name: "k", Type: intType}}}).NewPartial()
	update(t, p, []*block.Vector{ints(intType, 2, 1, 2)}, nil, 3)
	if got := rowsOf(t, p); got != "[1]\n[2]\n" || p.Rows() != 3 || p.Groups() != 2 {
		t.Errorf("rows %q, %d rows in %d groups", got, p.Rows(), p.Groups())
	}
}

func TestPlanSaysWhatIsWrong(t *testing.T) {
	for _, tt := range []struct {
		call Call
		arg  block.Type
		want string
	}{
		{Call{Name: "sum(d)", Func: "sum", Args: []int{0}}, dateType, "sum(d): sum does not take a date: points in time do not add up; min, max and count take it"},
		{Call{Name: "m", Func: "avg", Args: []int{0}}, timeType, "m: mean does not take a timestamp: points in time do not add up; min, max and count take it"},
		{Call{Name: "m", Func: "stddev", Args: []int{0}}, stringType, "m: stddev does not take a string; min, max and count do"},
		{Call{Name: "m", Func: "medium", Args: []int{0}}, intType, "m: there is no aggregate medium; did you mean median? There are approx_count_distinct, approx_quantile, avg, corr, count, count_distinct, covar, covar_pop, first, histogram, last, max, mean, median, min, quantile, stddev, stddev_pop, sum, var, var_pop"},
		{Call{Name: "q", Func: "quantile", Args: []int{0}}, floatType, "q: quantile takes 1 number after its arguments, not 0"},
		{Call{Name: "q", Func: "quantile", Args: []int{0}, Params: []float64{0.5, 0.5}}, floatType, "q: quantile takes 1 number after its arguments, not 2"},
		{Call{Name: "q", Func: "quantile", Args: []int{0}, Params: []float64{1.5}}, floatType, "q: quantile takes a p from 0 to 1, not 1.5"},
		{Call{Name: "q", Func: "quantile", Args: []int{0}, Params: []float64{math.NaN()}}, floatType, "q: quantile takes a p from 0 to 1, not NaN"},
		{Call{Name: "q", Func: "median", Args: []int{0}}, stringType, "q: median does not take a string; min, max and count do"},
		{Call{Name: "q", Func: "approx_quantile", Args: []int{0}}, floatType, "q: approx_quantile takes 1 to 2 numbers after its arguments, not 0"},
		{Call{Name: "q", Func: "approx_quantile", Args: []int{0}, Params: []float64{-1}}, floatType, "q: approx_quantile takes a p from 0 to 1, not -1"},
		{Call{Name: "q", Func: "approx_quantile", Args: []int{0}, Params: []float64{0.5, 2}}, floatType, "q: approx_quantile takes a relative error from 0.0001 to 0.5, not 2"},
		{Call{Name: "q", Func: "approx_quantile", Args: []int{0}, Params: []float64{0.5}}, timeType, "q: approx_quantile does not take a timestamp: a point in time has no relative error; quantile takes it"},
		{Call{Name: "m", Func: "sum"}, intType, "m: sum takes 1 argument, not 0"},
		{Call{Name: "m", Func: "count", Args: []int{0, 0}}, intType, "m: count takes 0 to 1 arguments, not 2"},
		{Call{Name: "m", Func: "sum", Args: []int{0}, Params: []float64{0.5}}, intType, "m: sum takes 0 numbers after its arguments, not 1"},
		{Call{Name: "m", Func: "sum", Args: []int{1}}, intType, "m: argument 1 of 1"},
	} {
		_, err := NewPlan(Builtin(), Spec{Args: []block.Type{tt.arg}, Calls: []Call{tt.call}})
		if err == nil || err.Error() != tt.want {
			t.Errorf("error is\n%v, want\n%s", err, tt.want)
		}
	}
}

func TestAggregatesOfOneArgumentShareStates(t *testing.T) {
	spec := Spec{Args: []block.Type{floatType, floatType}}
	for _, f := range []string{"count", "sum", "mean", "var", "stddev", "var_pop", "min", "max", "min", "median"} {
		spec.Calls = append(spec.Calls, Call{Name: f, Func: f, Args: []int{0}})
	}
	for _, p := range []float64{0.25, 0.75} {
		for _, f := range []string{"quantile", "approx_quantile"} {
			spec.Calls = append(spec.Calls, Call{Name: f, Func: f, Args: []int{0}, Params: []float64{p}})
		}
	}
	spec.Calls = append(spec.Calls, Call{Name: "other", Func: "mean", Args: []int{1}})
	plan := mustPlan(t, spec)
	if len(plan.inputs) != 2 || len(plan.inputs[0].kept) != 6 || len(plan.inputs[1].kept) != 1 {
		t.Errorf("states are %v", plan.inputs)
	}
}

// A program adds a kind of its own, here of two arguments.
func TestAProgramAddsAnAggregate(t *testing.T) {
	weighted := Func{
		Name: "wmax", MinArgs: 2, MaxArgs: 2, Doc: "greatest product",
		Plan: func(args []block.Type, _ []float64) (Recipe, error) {
			return Recipe{
				Type:   floatType,
				States: []Kept{{ID: "greatest product", New: func() State { return &greatestProduct{} }}},
				Finish: func(n int64, s []State, g int) (result.Value, error) {
					if n == 0 {
						return result.Null(), nil
					}
					return s[0].(*greatestProduct).value(g), nil
				},
			}, nil
		},
	}
	catalog, err := Builtin().With(weighted)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := catalog.With(weighted); err == nil {
		t.Error("a name that is taken: no error")
	}
	if Builtin().Has("wmax") || !catalog.Has("wmax") || !catalog.Has("avg") {
		t.Error("With changed the catalog or lost what was there")
	}
	plan, err := NewPlan(catalog, Spec{Args: []block.Type{floatType, floatType}, Calls: []Call{{Name: "w", Func: "wmax", Args: []int{0, 1}}}})
	if err != nil {
		t.Fatal(err)
	}
	p := plan.NewPartial()
	update(t, p, nil, []*block.Vector{withNulls(floats(100, 2, 3), 0), withNulls(floats(5, 7, 1000), 2)}, 3)
	if got := rowsOf(t, p); got != "[14]\n" {
		t.Errorf("rows in which either is null count: %s", got)
	}
}

// greatestProduct borrows the maximum of floats.
type greatestProduct struct{ max extremes }

func (s *greatestProduct) Resize(groups int) {
	s.max.kind, s.max.flip = floatType, -1
	s.max.Resize(groups)
}

func (s *greatestProduct) Update(ids []uint32, args []*block.Vector, n int) error {
	product := make([]float64, n)
	for i := range product {
		product[i] = args[0].Float[i] * args[1].Float[i]
	}
	return s.max.Update(ids, []*block.Vector{floats(product...)}, n)
}

func (s *greatestProduct) Merge(from State, ids []uint32) error {
	return s.max.Merge(&from.(*greatestProduct).max, ids)
}
func (s *greatestProduct) AppendBinary(dst []byte, g int) []byte { return s.max.AppendBinary(dst, g) }
func (s *greatestProduct) Decode(src []byte, g int) ([]byte, error) {
	return s.max.Decode(src, g)
}
func (s *greatestProduct) SizeBytes() int64         { return s.max.SizeBytes() }
func (s *greatestProduct) value(g int) result.Value { return s.max.value(g) }
