package agg

import (
	"slices"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/exact"
	"github.com/weir-pipeline/weir/stages/result"
)

// covariance is an aggregate of pairs of numbers.
func covariance(name, doc string, ddof int) Func {
	return Func{Name: name, MinArgs: 2, MaxArgs: 2, Doc: doc, Plan: func(args []block.Type, _ []float64) (Recipe, error) {
		return planPairs(args, false, func(n int64, t []exact.Total) (float64, bool) {
			return exact.Covariance(t[0], t[1], t[2], uint64(n), ddof)
		})
	}}
}

func planCorr(args []block.Type, _ []float64) (Recipe, error) {
	return planPairs(args, true, func(n int64, t []exact.Total) (float64, bool) {
		return exact.Correlation(t[0], t[1], t[3], t[4], t[2], uint64(n))
	})
}

// planPairs keeps Σx, Σy and Σxy and, if squares, Σx² and Σy².
func planPairs(args []block.Type, squares bool, finish func(n int64, totals []exact.Total) (float64, bool)) (Recipe, error) {
	for _, t := range args {
		if err := numeric(t.Kind); err != nil {
			return Recipe{}, err
		}
	}
	if args[0].Kind == block.Null || args[1].Kind == block.Null {
		return alwaysNull(), nil
	}
	states := []Kept{keepSum(args[0]), ofSecond(keepSum(args[1])), keepProducts}
	if squares {
		states = append(states, keepSquares(args[0]), ofSecond(keepSquares(args[1])))
	}
	return Recipe{Type: block.Type{Kind: block.Float}, States: states, Finish: func(n int64, s []State, g int) (result.Value, error) {
		totals := make([]exact.Total, len(s))
		for i, state := range s {
			totals[i] = state.(interface{ total(group int) exact.Total }).total(g)
		}
		return ifDefined(finish(n, totals))
	}}, nil
}

func keepSum(t block.Type) Kept {
	if t.Kind == block.Float {
		return keepFloatSums
	}
	return keepIntSums
}

func keepSquares(t block.Type) Kept {
	if t.Kind == block.Float {
		return keepFloatSquares
	}
	return keepIntSquares
}

var keepProducts = Kept{ID: "products", New: func() State { return &products{} }}

// second is a state of the second argument.
type second struct{ State }

func ofSecond(k Kept) Kept {
	return Kept{ID: "second " + k.ID, New: func() State { return second{k.New()} }}
}

// Update adds rows.
func (s second) Update(ids []uint32, args []*block.Vector, n int) error {
	return s.State.Update(ids, args[1:], n)
}

// Merge adds the groups of from.
func (s second) Merge(from State, ids []uint32) error {
	other, ok := from.(second)
	if !ok {
		return errOtherState
	}
	return s.State.Merge(other.State, ids)
}

func (s second) total(group int) exact.Total {
	return s.State.(interface{ total(group int) exact.Total }).total(group)
}

// products is Σxy of numbers of any two types.
type products struct {
	sums[exact.Products, *exact.Products]
	floats [2][]float64 // of integers, in one block
}

// Update adds rows.
func (p *products) Update(ids []uint32, args []*block.Vector, n int) error {
	x, wideX := floatsOf(&p.floats[0], args[0], n)
	y, wideY := floatsOf(&p.floats[1], args[1], n)
	switch {
	case wideX || wideY:
		for i := range n {
			p.addWide(at(ids, i), args, i)
		}
	case ids == nil:
		p.groups[0].AddSlice(x, y)
	default:
		for i, id := range ids[:n] {
			p.groups[id].Add(x[i], y[i])
		}
	}
	return nil
}

// SizeBytes is the memory that the state holds.
func (p *products) SizeBytes() int64 {
	return p.sums.SizeBytes() + int64(cap(p.floats[0])+cap(p.floats[1]))*8
}

// addWide adds the product of row i, of which a number may be wider than a float.
func (p *products) addWide(group uint32, args []*block.Vector, i int) {
	x, lowX := split(args[0], i)
	y, lowY := split(args[1], i)
	sum := &p.groups[group]
	sum.Add(x, y)
	if lowX != 0 {
		sum.Add(lowX, y)
	}
	if lowY != 0 {
		sum.Add(x, lowY)
		if lowX != 0 {
			sum.Add(lowX, lowY)
		}
	}
}

// exactInts is up to which size every integer is a float.
const exactInts = 1 << 53

// floatsOf is the first n numbers of v as floats, in room unless they are floats.
// wide tells that some may be none.
func floatsOf(room *[]float64, v *block.Vector, n int) (floats []float64, wide bool) {
	if v.Type.Kind == block.Float {
		return v.Float[:n], false
	}
	floats = slices.Grow((*room)[:0], n)[:n]
	*room = floats
	switch v.Type.Kind {
	case block.Bool:
		for i, b := range v.Bool[:n] {
			floats[i] = float64(boolRank(b))
		}
	case block.Uint:
		for i, u := range v.Uint[:n] {
			floats[i] = float64(u)
			wide = wide || u > exactInts
		}
	default:
		for i, x := range v.Int[:n] {
			floats[i] = float64(x)
			wide = wide || x > exactInts || x < -exactInts
		}
	}
	return floats, wide
}

// split is row i of v as a sum of two floats; low is 0 if one suffices.
func split(v *block.Vector, i int) (high, low float64) {
	switch v.Type.Kind {
	case block.Float:
		return v.Float[i], 0
	case block.Bool:
		return float64(boolRank(v.Bool[i])), 0
	case block.Uint:
		if u := v.Uint[i]; u > exactInts {
			return float64(u >> 32 << 32), float64(u & low32)
		}
		return float64(v.Uint[i]), 0
	}
	if x := v.Int[i]; x > exactInts || x < -exactInts {
		return float64(x >> 32 << 32), float64(x & low32)
	}
	return float64(v.Int[i]), 0
}

const low32 = 1<<32 - 1
