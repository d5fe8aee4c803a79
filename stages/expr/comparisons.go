package expr

import (
	"bytes"
	"fmt"
	"math"

	"github.com/weir-pipeline/weir/stages/block"
)

// compare compiles a comparison of two operands.
func (c *compiler) compare(n *Node, op string, a, b *inst) (*inst, error) {
	for _, side := range []*inst{a, b} {
		if side.kind() == block.Null {
			if side.node.Op == OpLiteral && n.Op == OpBinary {
				return nil, c.errorf(n, "a comparison with null is never true; write is null or is not null")
			}
			return c.constant(n, Value{Type: boolType, Null: true}), nil
		}
	}
	if a.konst != nil && b.konst == nil {
		a, b, op = b, a, mirrored(op)
	}
	o := operation{name: op, typ: boolType}
	k, constant := b.constantOf()
	if constant {
		o.bound = boundOf(a, op, k)
	}
	switch {
	case a.temporal() && (b.temporal() || b.literalText()), a.literalText() && b.temporal():
		return c.compareTemporal(n, op, a, b)
	case a.kind() == block.Bool && b.kind() == block.Bool:
		if op != "=" && op != "!=" {
			return nil, c.errorf(n, "bool has no order; compare with = or !=")
		}
		o.name, o.run = "bool=", equalBools
		if op == "!=" {
			o.bound = nil
		}
		in, err := c.emit(n, o, a, b)
		return c.negatedIf(op == "!=", n, in, err)
	case a.kind() == block.String && b.kind() == block.String:
		o.run = c.textKernel(op, b)
	case a.numeric() && b.numeric():
		if constant && a.kind() == block.Int && b.kind() != block.Int {
			return c.compareCut(n, op, a, b, cutOfNumber(k))
		}
		if constant && a.kind() == block.Uint && b.kind() == block.Int && k.Int >= 0 {
			converted, err := c.convert(n, b, uintType)
			if err != nil {
				return nil, err
			}
			b, k = converted, *converted.konst
		}
		if f, same := sameFloat(k); constant && a.kind() == block.Float && same {
			b = c.constant(b.node, Value{Type: floatType, Float: f})
			k = *b.konst
		}
		if a.kind() > b.kind() {
			a, b, op, constant = b, a, mirrored(op), false
			o.name = op
		}
		o.run = numberKernel(op, a.kind(), b.kind(), k, constant)
	default:
		return nil, c.errorf(n, "%s cannot compare %s with %s%s", op, typeName(a.typ), typeName(b.typ), compareHint(a, b))
	}
	return c.emit(n, o, a, b)
}

// sameFloat is a number as a float64, if one is equal to it.
func sameFloat(k Value) (_ float64, ok bool) {
	f, ok := k.AsFloat()
	switch k.Type.Kind {
	case block.Int:
		ok = ok && orderIntFloat(k.Int, f) == 0
	case block.Uint:
		ok = ok && orderUintFloat(k.Uint, f) == 0
	}
	return f, ok
}

func compareHint(a, b *inst) string {
	if a.numeric() && b.literalText() || b.numeric() && a.literalText() {
		return "; a number is written without quotes"
	}
	if a.temporal() || b.temporal() {
		return "; a date is written in quotes: '2001-03-31'"
	}
	return ""
}

func (c *compiler) textKernel(op string, b *inst) kernel {
	k, ok := b.constantOf()
	if !ok {
		return compareText(op)
	}
	if op == "=" || op == "!=" {
		return equalText(k.Text, op == "!=")
	}
	want, table := []byte(k.Text), holds(op)
	return matchText(func(s []byte) bool { return table[bytes.Compare(s, want)+1] })
}

// numberKernel compares numbers exactly. The types are in the order of Int,
// Uint and Float.
func numberKernel(op string, a, b block.Kind, k Value, constant bool) kernel {
	switch {
	case a == block.Int && b == block.Int:
		return compareKernel(op, k.Int, constant)
	case a == block.Uint && b == block.Uint:
		return compareKernel(op, k.Uint, constant)
	case a == block.Float && b == block.Float && constant:
		return testK(k.Float, comparingFloatsK(op))
	case a == block.Float && b == block.Float:
		return compareKernel(op, k.Float, constant)
	case a == block.Int && b == block.Uint:
		return test2(mixed(op, orderIntUint))
	case a == block.Int:
		return test2(mixed(op, orderIntFloat))
	}
	return test2(mixed(op, orderUintFloat))
}

func compareKernel[T word](op string, k T, constant bool) kernel {
	if constant {
		return testK(k, comparingK[T](op))
	}
	return test2(comparing[T](op))
}

// cutOfNumber is where a uint64 or float64 lies among the int64s; nil for NaN.
func cutOfNumber(k Value) *cut {
	if k.Type.Kind == block.Uint {
		if k.Uint > math.MaxInt64 {
			return &cut{side: 1}
		}
		return &cut{floor: int64(k.Uint), exact: true}
	}
	at, nan := cutOf(k.Float)
	if nan {
		return nil
	}
	return &at
}

// compareCut compares 64-bit signed values with a constant that need not be one.
func (c *compiler) compareCut(n *Node, op string, a, b *inst, at *cut) (*inst, error) {
	o := operation{name: op, typ: boolType}
	if at == nil {
		o.name, o.run = fmt.Sprint("always ", op == "!="), fill(op == "!=")
		return c.emit(n, o, a)
	}
	o.bound = cutBound(a, op, *at)
	op, k, constant, outcome := at.reduce(op)
	if constant {
		o.name, o.run = fmt.Sprint("always ", outcome, " ", *at), fill(outcome)
		return c.emit(n, o, a)
	}
	o.name, o.run = op, compareKernel(op, k, true)
	return c.emit(n, o, a, c.constant(b.node, Value{Type: a.typ, Int: k}))
}

// compareTemporal compares dates and timestamps of any units.
func (c *compiler) compareTemporal(n *Node, op string, a, b *inst) (*inst, error) {
	if a.konst != nil && b.konst != nil && a.literalText() {
		a, b, op = b, a, mirrored(op)
	}
	if b.konst != nil {
		if b.konst.Null {
			return c.constant(n, Value{Type: boolType, Null: true}), nil
		}
		t, err := c.instant(b)
		if err != nil {
			return nil, err
		}
		if err := c.checkZone(b, t, a.typ); err != nil {
			return nil, err
		}
		at := t.among(a.typ)
		return c.compareCut(n, op, a, b, &at)
	}
	if a.kind() == block.Timestamp && b.kind() == block.Timestamp && (a.typ.Zone == "") != (b.typ.Zone == "") {
		return nil, c.errorf(n, "%s and %s: a time without a zone cannot be compared with an instant", typeName(a.typ), typeName(b.typ))
	}
	o := operation{name: op, typ: boolType}
	ka, kb := scale(a.typ), scale(b.typ)
	if ka == kb {
		o.run = compareKernel(op, int64(0), false)
	} else {
		o.run = test2(mixed(op, orderScaled(ka, kb)))
	}
	return c.emit(n, o, a, b)
}
