package expr

import (
	"fmt"
	"math"

	"github.com/weir-pipeline/weir/stages/block"
)

var (
	boolType  = block.Type{Kind: block.Bool}
	intType   = block.Type{Kind: block.Int}
	uintType  = block.Type{Kind: block.Uint}
	floatType = block.Type{Kind: block.Float}
	dateType  = block.Type{Kind: block.Date}
)

func (in *inst) kind() block.Kind { return in.typ.Kind }

// numeric tells whether in is a number, or the null that becomes one.
func (in *inst) numeric() bool {
	switch in.kind() {
	case block.Int, block.Uint, block.Float, block.Null:
		return true
	}
	return false
}

func (in *inst) temporal() bool { return in.kind() == block.Date || in.kind() == block.Timestamp }

// literalText tells whether in is a string constant, which becomes a date or a
// timestamp next to one.
func (in *inst) literalText() bool {
	return in.kind() == block.String && in.konst != nil && !in.konst.Null
}

// literalNatural tells whether in is an integer constant that is not negative,
// which becomes a uint64 next to one.
func (in *inst) literalNatural() bool {
	return in.kind() == block.Int && in.konst != nil && (in.konst.Null || in.konst.Int >= 0)
}

// common is the type that values of both become when they meet in one column.
func common(a, b *inst) (_ block.Type, ok bool) {
	switch {
	case a.typ == b.typ || b.kind() == block.Null:
		return a.typ, true
	case a.kind() == block.Null:
		return b.typ, true
	case a.numeric() && b.numeric():
		switch {
		case a.kind() == block.Float || b.kind() == block.Float:
			return floatType, true
		case a.kind() == block.Int && !a.literalNatural(), b.kind() == block.Int && !b.literalNatural():
			return intType, true
		}
		return uintType, true
	case a.temporal() && b.literalText():
		return a.typ, true
	case b.temporal() && a.literalText():
		return b.typ, true
	case a.kind() == block.Timestamp && b.temporal() && b.konst != nil:
		return a.typ, true
	case b.kind() == block.Timestamp && a.temporal() && a.konst != nil:
		return b.typ, true
	}
	return block.Type{}, false
}

// unify converts all args to one type.
func (c *compiler) unify(n *Node, what string, args []*inst) ([]*inst, block.Type, error) {
	best := args[0]
	for _, a := range args[1:] {
		t, ok := common(best, a)
		if !ok {
			return nil, t, c.errorf(n, "%s of %s and %s: all have to be of one type", what, typeName(best.typ), typeName(a.typ))
		}
		switch {
		case best.typ == t && !(best.konst != nil && a.konst == nil && a.typ == t):
		case a.typ == t:
			best = a
		default: // neither has the type, as of an int64 and a uint64 literal
			best = &inst{typ: t}
		}
	}
	out := make([]*inst, len(args))
	for i, a := range args {
		var err error
		if out[i], err = c.convert(n, a, best.typ); err != nil {
			return nil, best.typ, err
		}
	}
	return out, best.typ, nil
}

// convert makes a value of a type of in, without changing what it means.
func (c *compiler) convert(n *Node, in *inst, to block.Type) (*inst, error) {
	if in.typ == to {
		return in, nil
	}
	if in.kind() == block.Null || in.konst != nil && in.konst.Null {
		return c.constant(in.node, Value{Type: to, Null: true}), nil
	}
	if in.konst != nil && (to.Kind == block.Date || to.Kind == block.Timestamp) {
		return c.temporalConstant(in, to)
	}
	switch {
	case to.Kind == block.Float:
		return c.toFloat(in)
	case to.Kind == block.Int && in.kind() == block.Uint:
		return c.emit(in.node, operation{
			name: "int", typ: intType,
			run: checked1(func(dst []int64, a []uint64) bool {
				var over int64
				for i, v := range a {
					dst[i] = int64(v)
					over |= int64(v)
				}
				return over < 0
			}, func(a uint64) bool { return a > math.MaxInt64 }),
			fault: func(in *inst, args []Value) string {
				return fmt.Sprintf("%s is beyond int64, which it became next to an int64; write float(%s) to calculate with float64",
					args[0], c.source(in.node))
			},
		}, in)
	case to.Kind == block.Uint && in.kind() == block.Int:
		return c.emit(in.node, operation{
			name: "uint", typ: uintType,
			run: checked1(func(dst []uint64, a []int64) bool {
				var under int64
				for i, v := range a {
					dst[i] = uint64(v)
					under |= v
				}
				return under < 0
			}, func(a int64) bool { return a < 0 }),
			fault: func(in *inst, args []Value) string { return fmt.Sprintf("%s is below 0, the least uint64", args[0]) },
		}, in)
	}
	return nil, c.errorf(n, "%s is %s, not %s", c.source(in.node), typeName(in.typ), typeName(to))
}

// toFloat rounds integers beyond 2^53 to the nearest float64.
func (c *compiler) toFloat(in *inst) (*inst, error) {
	op := operation{name: "float", typ: floatType}
	switch in.kind() {
	case block.Float:
		return in, nil
	case block.Null:
		return c.constant(in.node, Value{Type: floatType, Null: true}), nil
	case block.Int:
		op.run = map1(func(dst []float64, a []int64) {
			for i, v := range a {
				dst[i] = float64(v)
			}
		})
	case block.Uint:
		op.run = map1(func(dst []float64, a []uint64) {
			for i, v := range a {
				dst[i] = float64(v)
			}
		})
	case block.Bool:
		op.run = func(e *Evaluator, in *inst, out *result) {
			e.masks(in, out)
			dst := as[float64](out.words)
			for i, v := range raw(e.res[in.args[0].id].bools) {
				dst[i] = float64(v)
			}
		}
	}
	return c.emit(in.node, op, in)
}

// instant is the point in time of a constant: a date, a timestamp or a text
// that stands next to one.
func (c *compiler) instant(in *inst) (instant, error) {
	if in.kind() != block.String {
		return instantOf(*in.konst), nil
	}
	t, err := parseInstant(in.konst.Text)
	if err != nil {
		return t, newError(c.text, in.node.Pos, "%s is no date: %v", in.konst, err)
	}
	return t, nil
}

// checkZone refuses to compare an instant with a local time.
func (c *compiler) checkZone(in *inst, t instant, with block.Type) error {
	if t.zoned && with.Kind == block.Timestamp && with.Zone == "" {
		return newError(c.text, in.node.Pos, "%s has an offset from UTC, but the timestamps beside it have no zone; leave the offset out",
			in.konst)
	}
	return nil
}

// temporalConstant is a constant as a value of a date or timestamp type, which
// has to hold it exactly.
func (c *compiler) temporalConstant(in *inst, to block.Type) (*inst, error) {
	if !in.temporal() && in.kind() != block.String {
		return nil, c.errorf(in.node, "%s is %s, not %s", c.source(in.node), typeName(in.typ), typeName(to))
	}
	t, err := c.instant(in)
	if err != nil {
		return nil, err
	}
	if err := c.checkZone(in, t, to); err != nil {
		return nil, err
	}
	at := t.among(to)
	if !at.exact {
		return nil, newError(c.text, in.node.Pos, "%s is no value of type %s", in.konst, typeName(to))
	}
	return c.constant(in.node, Value{Type: to, Int: at.floor}), nil
}
