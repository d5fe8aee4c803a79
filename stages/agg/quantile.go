package agg

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/order"
	"github.com/weir-pipeline/weir/stages/result"
)

// keepOrdered is a state for values of a kind.
func keepOrdered(k block.Kind) Kept {
	low, high := uint64(0), uint64(math.MaxUint64)
	switch k {
	case block.Float:
		low, high = order.FloatKey(math.Inf(-1)), order.FloatKey(math.Inf(1))
	case block.Bool:
		low, high = order.IntKey(0), order.IntKey(1)
	}
	return Kept{ID: "ordered", New: func() State { return &ordered{low: low, high: high} }}
}

// planQuantile is for quantile(x, p), and with no params for the median.
func planQuantile(args []block.Type, params []float64) (Recipe, error) {
	p := fraction{1, 2}
	if len(params) > 0 {
		var err error
		if p, err = newFraction(params[0]); err != nil {
			return Recipe{}, err
		}
	}
	t := args[0]
	r := Recipe{Type: block.Type{Kind: block.Float}, States: []Kept{keepOrdered(t.Kind)}, Lighter: "approx_quantile"}
	switch t.Kind {
	case block.Null:
		return alwaysNull(), nil
	case block.String:
		return Recipe{}, errors.New("does not take a string; min, max and count do")
	case block.Date, block.Timestamp:
		r.Type, r.Lighter = t, "" // approx_quantile takes none
	}
	r.Ranks = func(n int64) []int64 {
		rank, rest := p.position(n)
		if rest == 0 {
			return []int64{rank}
		}
		return []int64{rank, rank + 1}
	}
	r.Finish = func(n int64, s []State, g int) (result.Value, error) {
		if n == 0 {
			return result.Null(), nil
		}
		if o, ok := s[0].(*ordered); ok && o.groups[g].NaN() {
			return result.Float(math.NaN()), nil
		}
		values := s[0].(interface {
			at(rank int64) (uint64, bool)
		})
		rank, rest := p.position(n)
		low, ok := values.at(rank)
		high := low
		if ok && rest > 0 {
			high, ok = values.at(rank + 1)
		}
		if !ok {
			return result.Null(), errors.New("the ranks of the quantile have not been located")
		}
		return between(t, low, high, rest, p.denominator), nil
	}
	return r, nil
}

// fraction is a p from 0 to 1 as the decimal that it was written as: 0.99 is
// 99/100, not the float nearest to it.
type fraction struct{ numerator, denominator uint64 }

// mostDecimals is how many decimals of a p count, so that both numbers fit 64 bits.
const mostDecimals = 18

func newFraction(p float64) (fraction, error) {
	if !(p >= 0 && p <= 1) {
		return fraction{}, fmt.Errorf("takes a p from 0 to 1, not %v", p)
	}
	text := strconv.FormatFloat(p, 'f', -1, 64)
	if len(text) > len("0.")+mostDecimals {
		text = strconv.FormatFloat(p, 'f', mostDecimals, 64)
	}
	exact, _ := new(big.Rat).SetString(text) // a number as Go writes it
	return fraction{exact.Num().Uint64(), exact.Denom().Uint64()}, nil
}

// position is where p lies among n values, n > 0: between the value of a rank
// and the next, rest/denominator on the way.
func (p fraction) position(n int64) (rank int64, rest uint64) {
	high, low := bits.Mul64(uint64(n-1), p.numerator)
	whole, rest := bits.Div64(high, low, p.denominator) // numerator <= denominator: it fits
	return int64(whole), rest
}

// between is the value rest/whole on the way from one key to another, rounded
// once: down for dates and timestamps, else to the nearest float.
func between(t block.Type, low, high, rest, whole uint64) result.Value {
	switch t.Kind {
	case block.Float:
		return result.Float(betweenFloats(order.KeyFloat(low), order.KeyFloat(high), rest, whole))
	case block.Uint:
		return result.Float(interpolate(new(big.Rat).SetUint64(low), new(big.Rat).SetUint64(high), rest, whole))
	case block.Date, block.Timestamp:
		hi, lo := bits.Mul64(high-low, rest)
		part, _ := bits.Div64(hi, lo, whole)
		return result.Fixed(t, uint64(order.KeyInt(low+part)))
	}
	a, b := order.KeyInt(low), order.KeyInt(high)
	const exact = 1 << 52
	if max(a, -a, b, -b) < exact && min(a, -a, b, -b) > -exact && (rest == 0 || 2*rest == whole) {
		if rest == 0 {
			b = a
		}
		return result.Float(float64(a+b) / 2)
	}
	return result.Float(interpolate(new(big.Rat).SetInt64(a), new(big.Rat).SetInt64(b), rest, whole))
}

// betweenFloats takes infinities as limits: between an infinity and a number is
// the infinity, between two of different sign nothing.
func betweenFloats(a, b float64, rest, whole uint64) float64 {
	switch {
	case rest == 0 || a == b:
		return a
	case math.IsInf(a, 0) || math.IsInf(b, 0):
		return a + b
	}
	if 2*rest == whole {
		if sum := a + b; !math.IsInf(sum, 0) {
			return sum / 2
		}
	}
	return interpolate(new(big.Rat).SetFloat64(a), new(big.Rat).SetFloat64(b), rest, whole)
}

// interpolate is a + (b-a)·rest/whole, rounded once.
func interpolate(a, b *big.Rat, rest, whole uint64) float64 {
	part := new(big.Rat).SetFrac(new(big.Int).SetUint64(rest), new(big.Int).SetUint64(whole))
	b.Sub(b, a)
	x, _ := a.Add(a, b.Mul(b, part)).Float64()
	return x + 0 // a tiny negative number is rounded to -0
}
