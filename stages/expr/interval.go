package expr

import (
	"math"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/format"
)

// bound is what the values of a column lie between where a predicate is true.
type bound struct {
	column int
	lo, hi format.Bound
}

var open = format.Bound{Open: true}

// Intervals says what an expression that is used as a filter asks of single
// columns: it can only be true on rows inside all of them. Column is a position
// in the schema that the expression was compiled with. They come from the
// comparisons of a plain column with constants that and joins at the top.
func (e *Expr) Intervals() []format.Interval {
	var found []format.Interval
	var walk func(in *inst)
	walk = func(in *inst) {
		if in.name == "and" {
			walk(in.args[0])
			walk(in.args[1])
		} else if b := in.filterBound(); b != nil {
			found = append(found, format.Interval{Column: b.column, Lo: b.lo, Hi: b.hi})
		}
	}
	walk(e.root())
	return found
}

// filterBound is what a predicate asks of a column, nil if nothing is known.
func (in *inst) filterBound() *bound {
	truth := func(column int, v int64) *bound {
		return &bound{column: column, lo: format.Bound{Int: v}, hi: format.Bound{Int: v}}
	}
	switch {
	case in.bound != nil:
		return in.bound
	case in.column >= 0 && in.kind() == block.Bool:
		return truth(in.column, 1)
	case in.name == "not" && in.args[0].column >= 0:
		return truth(in.args[0].column, 0)
	case in.name == "not" && in.args[0].name == "isnull" && in.args[0].args[0].column >= 0:
		return &bound{column: in.args[0].args[0].column, lo: open, hi: open}
	}
	return nil
}

// boundOf is the bound of the comparison of a column with a constant.
func boundOf(a *inst, op string, k Value) *bound {
	if a.column < 0 {
		return nil
	}
	b := &bound{column: a.column, lo: open, hi: open}
	switch a.kind() {
	case block.Int, block.Uint:
		at := &cut{floor: k.Int, exact: true}
		if k.Type.Kind != block.Int {
			at = cutOfNumber(k)
		}
		if at == nil {
			return nil
		}
		return cutBound(a, op, *at)
	case block.Bool:
		if k.Type.Kind == block.Bool && op == "=" {
			v := int64(0)
			if k.Bool {
				v = 1
			}
			b.lo, b.hi = format.Bound{Int: v}, format.Bound{Int: v}
		}
	case block.String:
		if k.Type.Kind == block.String && op == "=" {
			b.lo, b.hi = format.Bound{Text: k.Text}, format.Bound{Text: k.Text}
		}
	case block.Float:
		f, _ := k.AsFloat()
		below, above := f, f
		if _, same := sameFloat(k); !same { // the integer lies beside its float
			below, above = math.Nextafter(f, math.Inf(-1)), math.Nextafter(f, math.Inf(1))
		}
		if f != f {
			return nil
		}
		switch op {
		case "=":
			b.lo.Float, b.hi.Float, b.lo.Open, b.hi.Open = below, above, false, false
		case "<", "<=":
			b.hi = format.Bound{Float: above}
		case ">", ">=":
			b.lo = format.Bound{Float: below}
		}
	}
	return b
}

// cutBound is the bound of the comparison of an integer column, a date or a
// timestamp with a constant that may lie between its values or beyond them.
func cutBound(a *inst, op string, at cut) *bound {
	if a.column < 0 {
		return nil
	}
	b := &bound{column: a.column, lo: open, hi: open}
	never := func() *bound {
		b.lo, b.hi = format.Bound{Int: math.MaxInt64}, format.Bound{Int: math.MinInt64}
		return b
	}
	if a.kind() == block.Uint && (at.side > 0 || at.floor == math.MaxInt64) {
		return b // a uint64 column has values beyond int64
	}
	op, k, constant, outcome := at.reduce(op)
	switch {
	case constant && outcome:
	case constant:
		return never()
	case op == "=":
		b.lo, b.hi = format.Bound{Int: k}, format.Bound{Int: k}
	case op == "<=":
		b.hi = format.Bound{Int: k}
	case op == ">=":
		b.lo = format.Bound{Int: k}
	case op == "<" && k == math.MinInt64, op == ">" && k == math.MaxInt64:
		return never()
	case op == "<":
		b.hi = format.Bound{Int: k - 1}
	case op == ">":
		b.lo = format.Bound{Int: k + 1}
	}
	return b
}

// hull is the bound of one or the other, of the same column.
func hull(a, b *bound) *bound {
	if a == nil || b == nil {
		return nil
	}
	h := *a
	if b.lo.Open || !h.lo.Open && lessBound(b.lo, h.lo) {
		h.lo = b.lo
	}
	if b.hi.Open || !h.hi.Open && lessBound(h.hi, b.hi) {
		h.hi = b.hi
	}
	return &h
}

// lessBound compares bounds of one column; the fields of other types are equal.
func lessBound(a, b format.Bound) bool {
	return a.Int < b.Int || a.Float < b.Float || a.Text < b.Text
}
