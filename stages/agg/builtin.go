package agg

import (
	"errors"
	"fmt"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/exact"
	"github.com/weir-pipeline/weir/stages/result"
)

func builtin() []Func {
	return []Func{
		{Name: "count", MaxArgs: 1, Doc: "rows; with an argument, its values that are not null", Plan: planCount},
		{Name: "sum", MinArgs: 1, MaxArgs: 1, Doc: "sum, exact for integers and rounded once for floats", Plan: planSum},
		{Name: "mean", Aliases: []string{"avg"}, MinArgs: 1, MaxArgs: 1, Doc: "exact mean, rounded once", Plan: planMean},
		spread("var", "variance of the sample (n-1)", 1, false),
		spread("var_pop", "variance of the population (n)", 0, false),
		spread("stddev", "standard deviation of the sample (n-1)", 1, true),
		spread("stddev_pop", "standard deviation of the population (n)", 0, true),
		{Name: "min", MinArgs: 1, MaxArgs: 1, Doc: "least value; NaN if there is one", Plan: planExtreme("min", 0)},
		{Name: "max", MinArgs: 1, MaxArgs: 1, Doc: "greatest value; NaN if there is one", Plan: planExtreme("max", -1)},
		{Name: "count_distinct", MinArgs: 1, MaxArgs: 1, Doc: "distinct values, exact", Plan: planCountDistinct},
		{Name: "approx_count_distinct", MinArgs: 1, MaxArgs: 1, Doc: "distinct values, about, in 16 kB; standard error 0.8 %", Plan: planApproxCountDistinct},
		{Name: "corr", MinArgs: 2, MaxArgs: 2, Doc: "Pearson's correlation coefficient, rounded once", Plan: planCorr},
		covariance("covar", "covariance of the sample (n-1)", 1),
		covariance("covar_pop", "covariance of the population (n)", 0),
		{Name: "first", MinArgs: 1, MaxArgs: 1, Doc: "first value that is not null, in the order of the dataset", Plan: planEnd(false)},
		{Name: "last", MinArgs: 1, MaxArgs: 1, Doc: "last value that is not null, in the order of the dataset", Plan: planEnd(true)},
		{Name: "histogram", MinArgs: 1, MaxArgs: 1, Params: 3, Usage: "histogram(x, low, high, bins)", Doc: "how many values each of equal bins has, a list", Plan: planHistogram},
		{Name: "median", MinArgs: 1, MaxArgs: 1, Doc: "the middle value, exactly; quantile(x, 0.5)", Plan: planQuantile},
		{Name: "quantile", MinArgs: 1, MaxArgs: 1, Params: 1, Usage: "quantile(x, p)", Doc: "the value below which lies the share p, interpolated exactly", Plan: planQuantile},
		{Name: "approx_quantile", MinArgs: 1, MaxArgs: 1, Params: 1, Optional: 1, Usage: "approx_quantile(x, p) or approx_quantile(x, p, alpha)", Doc: "a quantile within 1 %, or within alpha", Plan: planApproxQuantile},
	}
}

// The states that the aggregates share.
var (
	keepFloatSums    = Kept{ID: "sum", New: func() State { return &floatSums{} }}
	keepIntSums      = Kept{ID: "intsum", New: func() State { return &intSums{} }}
	keepFloatSquares = Kept{ID: "squares", New: func() State { return &floatSquares{} }}
	keepIntSquares   = Kept{ID: "intsquares", New: func() State { return &intSquares{} }}
)

func planCount([]block.Type, []float64) (Recipe, error) {
	return Recipe{Type: block.Type{Kind: block.Int}, Finish: func(n int64, _ []State, _ int) (result.Value, error) {
		return result.Int(n), nil
	}}, nil
}

// alwaysNull is an aggregate of the literal null.
func alwaysNull() Recipe {
	return Recipe{Finish: func(int64, []State, int) (result.Value, error) { return result.Null(), nil }}
}

// numeric says why values of a kind cannot be added up, if they cannot.
func numeric(k block.Kind) error {
	switch k {
	case block.Date, block.Timestamp:
		return fmt.Errorf("does not take a %s: points in time do not add up; min, max and count take it", k)
	case block.String:
		return errors.New("does not take a string; min, max and count do")
	}
	return nil
}

func planSum(args []block.Type, _ []float64) (Recipe, error) {
	kind := args[0].Kind
	if err := numeric(kind); err != nil {
		return Recipe{}, err
	}
	switch kind {
	case block.Null:
		return alwaysNull(), nil
	case block.Float:
		return Recipe{Type: args[0], States: []Kept{keepFloatSums}, Finish: func(n int64, s []State, g int) (result.Value, error) {
			if n == 0 {
				return result.Null(), nil
			}
			return result.Float(s[0].(*floatSums).groups[g].Float64()), nil
		}}, nil
	}
	t := block.Type{Kind: block.Int}
	if kind == block.Uint {
		t = args[0]
	}
	return Recipe{Type: t, States: []Kept{keepIntSums}, Finish: func(n int64, s []State, g int) (result.Value, error) {
		if n == 0 {
			return result.Null(), nil
		}
		return integer(t.Kind, &s[0].(*intSums).groups[g]), nil
	}}, nil
}

// integer is a sum in a column of kind Int or Uint: of that kind where 64 bits
// hold it, else an Int128. 128 bits hold every sum, since a group has at most
// 2^60 rows (maxRows), of at most 2^64 each.
func integer(k block.Kind, sum *exact.Int) result.Value {
	if u, ok := sum.Uint64(); ok && k == block.Uint {
		return result.Uint(u)
	}
	return result.Int128(sum.Int128())
}

func planMean(args []block.Type, _ []float64) (Recipe, error) {
	kind := args[0].Kind
	if err := numeric(kind); err != nil {
		return Recipe{}, err
	}
	if kind == block.Null {
		return alwaysNull(), nil
	}
	r := Recipe{Type: block.Type{Kind: block.Float}}
	if kind == block.Float {
		r.States = []Kept{keepFloatSums}
		r.Finish = func(n int64, s []State, g int) (result.Value, error) {
			return ifAny(n, exact.Mean(&s[0].(*floatSums).groups[g], uint64(n)))
		}
		return r, nil
	}
	r.States = []Kept{keepIntSums}
	r.Finish = func(n int64, s []State, g int) (result.Value, error) {
		return ifAny(n, exact.IntMean(&s[0].(*intSums).groups[g], uint64(n)))
	}
	return r, nil
}

// ifAny is v, or null for no values.
func ifAny(n int64, v float64) (result.Value, error) {
	if n == 0 {
		return result.Null(), nil
	}
	return result.Float(v), nil
}

// spread is a variance or its root.
func spread(name, doc string, ddof int, root bool) Func {
	floats, ints := exact.Variance, exact.IntVariance
	if root {
		floats, ints = exact.StdDev, exact.IntStdDev
	}
	return Func{Name: name, MinArgs: 1, MaxArgs: 1, Doc: doc, Plan: func(args []block.Type, _ []float64) (Recipe, error) {
		kind := args[0].Kind
		if err := numeric(kind); err != nil {
			return Recipe{}, err
		}
		if kind == block.Null {
			return alwaysNull(), nil
		}
		r := Recipe{Type: block.Type{Kind: block.Float}}
		if kind == block.Float {
			r.States = []Kept{keepFloatSums, keepFloatSquares}
			r.Finish = func(n int64, s []State, g int) (result.Value, error) {
				v, ok := floats(&s[0].(*floatSums).groups[g], &s[1].(*floatSquares).groups[g], uint64(n), ddof)
				return ifDefined(v, ok)
			}
			return r, nil
		}
		r.States = []Kept{keepIntSums, keepIntSquares}
		r.Finish = func(n int64, s []State, g int) (result.Value, error) {
			v, ok := ints(&s[0].(*intSums).groups[g], &s[1].(*intSquares).groups[g], uint64(n), ddof)
			return ifDefined(v, ok)
		}
		return r, nil
	}}
}

func ifDefined(v float64, ok bool) (result.Value, error) {
	if !ok {
		return result.Null(), nil
	}
	return result.Float(v), nil
}

// extreme is a state that ends as one value of each group.
type extreme interface{ value(group int) result.Value }

func planExtreme(id string, flip int64) func([]block.Type, []float64) (Recipe, error) {
	return func(args []block.Type, _ []float64) (Recipe, error) {
		t := args[0]
		r := Recipe{Type: t, Finish: func(n int64, s []State, g int) (result.Value, error) {
			if n == 0 {
				return result.Null(), nil
			}
			return s[0].(extreme).value(g), nil
		}}
		switch t.Kind {
		case block.Null:
			return alwaysNull(), nil
		case block.String:
			r.States = []Kept{{ID: id, New: func() State { return &extremeTexts{greatest: flip != 0} }}}
		default:
			r.States = []Kept{{ID: id, New: func() State { return &extremes{kind: t, flip: flip} }}}
		}
		return r, nil
	}
}
