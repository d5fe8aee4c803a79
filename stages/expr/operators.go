package expr

import (
	"bytes"
	"fmt"
	"math"

	"github.com/weir-pipeline/weir/stages/block"
)

// arithmetic compiles + - * / // % and **.
func (c *compiler) arithmetic(n *Node, op string, a, b *inst) (*inst, error) {
	if in, done, err := c.temporalArithmetic(n, op, a, b); done || err != nil {
		return in, err
	}
	if !a.numeric() || !b.numeric() {
		return nil, c.notNumbers(n, op, a, b)
	}
	if a.kind() == block.Null && b.kind() == block.Null {
		return c.constant(n, Value{Null: true}), nil
	}
	typ, _ := common(a, b)
	if op == "/" {
		typ = floatType
	}
	a, err := c.convert(n, a, typ)
	if err != nil {
		return nil, err
	}
	if b, err = c.convert(n, b, typ); err != nil {
		return nil, err
	}
	o := operation{name: op, typ: typ}
	switch typ.Kind {
	case block.Float:
		if op == "**" && b.konst != nil && !b.konst.Null && b.konst.Float == 2 {
			return c.emit(n, operation{name: "square", typ: typ, run: map1(squareFloats)}, a)
		}
		o.run = floatKernel(op, a, b)
	case block.Int:
		o.run = intKernel(op, a, b)
		o.fault = c.arithmeticFault(op, a, b)
	case block.Uint:
		o.run = uintKernel(op)
		o.fault = c.arithmeticFault(op, a, b)
	}
	return c.emit(n, o, a, b)
}

// notNumbers says which operand is no number and what can be done.
func (c *compiler) notNumbers(n *Node, op string, a, b *inst) error {
	bad := a
	if a.numeric() {
		bad = b
	}
	hint := ""
	switch bad.kind() {
	case block.Bool:
		hint = fmt.Sprintf("; write int(%s) for 1 and 0", c.source(bad.node))
	case block.Timestamp:
		hint = fmt.Sprintf("; write epoch(%s) for its seconds since 1970", c.source(bad.node))
	case block.Date:
		hint = fmt.Sprintf("; write int(%s) for its days since 1970", c.source(bad.node))
	}
	return c.errorf(n, "%s needs numbers, not %s and %s%s", op, typeName(a.typ), typeName(b.typ), hint)
}

// constantOf is the value of a constant that is not null.
func (in *inst) constantOf() (Value, bool) {
	if in.konst != nil && !in.konst.Null {
		return *in.konst, true
	}
	return Value{}, false
}

func floatKernel(op string, a, b *inst) kernel {
	ka, first := a.constantOf()
	kb, second := b.constantOf()
	switch op {
	case "+":
		if second {
			return mapK(kb.Float, addFloatsK)
		}
		return map2(addFloats)
	case "-":
		if second {
			return mapK(kb.Float, subFloatsK)
		} else if first {
			return mapKFirst(ka.Float, subKFloats)
		}
		return map2(subFloats)
	case "*":
		if second {
			return mapK(kb.Float, mulFloatsK)
		}
		return map2(mulFloats)
	case "/":
		if second {
			return mapK(kb.Float, divFloatsK)
		} else if first {
			return mapKFirst(ka.Float, divKFloats)
		}
		return map2(divFloats)
	case "//":
		return map2(eachPair(floorDivFloat))
	case "%":
		return map2(eachPair(floorModFloat))
	}
	return map2(eachPair(powFloat))
}

// eachPair is a map2 loop that calls f for each row.
func eachPair[R, A, B word](f func(a A, b B) R) func(dst []R, a []A, b []B) {
	return func(dst []R, a []A, b []B) {
		for i := range dst {
			dst[i] = f(a[i], b[i])
		}
	}
}

func intKernel(op string, a, b *inst) kernel {
	kb, second := b.constantOf()
	switch op {
	case "+":
		if second {
			return checkedK(kb.Int, addIntsK, addFails)
		}
		return checked2(addInts, addFails)
	case "-":
		if second {
			return checkedK(kb.Int, subIntsK, subFails)
		}
		return checked2(subInts, subFails)
	case "*":
		if second {
			return checkedK(kb.Int, mulIntsK, mulFails)
		}
		return checked2(mulInts, mulFails)
	case "//":
		if second && kb.Int > 0 {
			return mapK(kb.Int, divIntsK)
		}
		return checked2(divInts, divFails)
	case "%":
		if second && kb.Int > 0 {
			return mapK(kb.Int, modIntsK)
		}
		return checked2(modInts, isZeroDivisor[int64])
	}
	return checked2(eachOf(powInt), func(a, b int64) bool { _, ok := powInt(a, b); return !ok })
}

func uintKernel(op string) kernel {
	switch op {
	case "+":
		return checked2(addUints, addUintFails)
	case "-":
		return checked2(subUints, subUintFails)
	case "*":
		return checked2(mulUints, mulUintFails)
	case "//":
		return checked2(divUints, isZeroDivisor[uint64])
	case "%":
		return checked2(modUints, isZeroDivisor[uint64])
	}
	return checked2(eachOf(powUint), func(a, b uint64) bool { _, ok := powUint(a, b); return !ok })
}

// arithmeticFault says why integers a op b have no value, and what helps.
func (c *compiler) arithmeticFault(op string, a, b *inst) func(*inst, []Value) string {
	left, right := c.source(a.node), c.source(b.node)
	return func(in *inst, args []Value) string {
		x, y := args[0], args[1]
		did := fmt.Sprintf("%s %s %s", x, op, y)
		zero, _ := y.AsFloat()
		switch {
		case (op == "//" || op == "%") && zero == 0:
			return fmt.Sprintf("%s divides by zero; guard it with if(%s != 0, ..., ...)", did, right)
		case op == "**" && zero < 0:
			return fmt.Sprintf("%s is no integer; write float(%s) ** %s", did, left, right)
		case op == "-" && in.typ.Kind == block.Uint:
			return fmt.Sprintf("%s is below 0, the least uint64; write int(%s) - int(%s)", did, left, right)
		}
		return fmt.Sprintf("%s overflows %s; write float(%s) %s %s to calculate with float64", did, in.typ.Kind, left, op, right)
	}
}

// temporalArithmetic compiles dates and timestamps; done is false if there are
// none.
func (c *compiler) temporalArithmetic(n *Node, op string, a, b *inst) (_ *inst, done bool, err error) {
	if !a.temporal() && !b.temporal() {
		return nil, false, nil
	}
	if op == "-" && (a.temporal() || a.literalText()) && (b.temporal() || b.literalText()) {
		typ, ok := common(a, b)
		if !ok {
			return nil, true, c.errorf(n, "%s - %s: they have to be of one type", typeName(a.typ), typeName(b.typ))
		}
		if a, err = c.convert(n, a, typ); err == nil {
			b, err = c.convert(n, b, typ)
		}
		if err != nil {
			return nil, true, err
		}
		in, err := c.difference(n, a, b)
		return in, true, err
	}
	days := b
	if op == "+" && b.kind() == block.Date {
		a, days = b, a
	}
	if a.kind() != block.Date || op != "+" && op != "-" || !days.numeric() || days.kind() == block.Float {
		return nil, false, nil // an error, which the caller words
	}
	if days, err = c.convert(n, days, intType); err != nil {
		return nil, true, err
	}
	f := func(d, k int64) (int64, bool) {
		if op == "-" {
			if k == math.MinInt64 {
				return 0, false
			}
			k = -k
		}
		s := d + k
		return s, !addFails(d, k) && s <= maxDays && s >= -maxDays
	}
	in, err := c.emit(n, operation{
		name: "date" + op, typ: dateType,
		run: checked2(eachOf(f), func(d, k int64) bool { _, ok := f(d, k); return !ok }),
		fault: func(in *inst, args []Value) string {
			return fmt.Sprintf("%s %s %s days is beyond the calendar", args[0], op, args[1])
		},
	}, a, days)
	return in, true, err
}

// difference is days between dates, seconds between timestamps.
func (c *compiler) difference(n *Node, a, b *inst) (*inst, error) {
	o := operation{
		name: "difference", typ: intType, run: checked2(subInts, subFails),
		fault: func(in *inst, args []Value) string {
			return fmt.Sprintf("%s - %s overflows int64", args[0], args[1])
		},
	}
	if a.kind() == block.Date {
		return c.emit(n, o, a, b)
	}
	ticks, err := c.emit(n, o, a, b)
	if err != nil {
		return nil, err
	}
	return c.secondsOf(n, ticks, a.typ.Unit.PerSecond())
}

// secondsOf is ticks as seconds, rounded to the nearest float64.
func (c *compiler) secondsOf(n *Node, ticks *inst, perSecond int64) (*inst, error) {
	return c.emit(n, operation{
		name: fmt.Sprint("seconds per ", perSecond), typ: floatType,
		run: mapK(float64(perSecond), func(dst []float64, a []int64, k float64) {
			for i, v := range a {
				dst[i] = float64(v) / k
			}
		}),
	}, ticks)
}

// negate compiles the minus sign.
func (c *compiler) negate(n *Node, a *inst) (*inst, error) {
	if !a.numeric() {
		return nil, c.errorf(n, "- needs a number, not %s", typeName(a.typ))
	}
	switch a.kind() {
	case block.Null:
		return a, nil
	case block.Float:
		return c.emit(n, operation{name: "neg", typ: floatType, run: map1(negFloats)}, a)
	case block.Uint:
		if v, ok := a.constantOf(); ok && v.Uint == 1<<63 {
			return c.constant(n, Value{Type: intType, Int: math.MinInt64}), nil
		}
		var err error
		if a, err = c.convert(n, a, intType); err != nil {
			return nil, err
		}
	}
	source := c.source(n.Args[0])
	return c.emit(n, operation{
		name: "neg", typ: intType, run: checked1(negInts, isMinInt),
		fault: func(in *inst, args []Value) string {
			return fmt.Sprintf("-(%s) overflows int64; write -float(%s) to calculate with float64", args[0], source)
		},
	}, a)
}

// truth converts null and checks that a is a truth value.
func (c *compiler) truth(n *Node, op string, a *inst) (*inst, error) {
	switch a.kind() {
	case block.Bool, block.Null:
		return c.convert(n, a, boolType)
	case block.Int, block.Uint, block.Float:
		return nil, c.errorf(n, "%s needs bool, not %s; write %s != 0", op, typeName(a.typ), c.source(a.node))
	}
	return nil, c.errorf(n, "%s needs bool, not %s; compare %s with something", op, typeName(a.typ), c.source(a.node))
}

func (c *compiler) not(n *Node, a *inst) (*inst, error) {
	a, err := c.truth(n, "not", a)
	if err != nil {
		return nil, err
	}
	return c.emit(n, operation{name: "not", typ: boolType, run: negation}, a)
}

// logic compiles and and or.
func (c *compiler) logic(n *Node, op string, a, b *inst) (*inst, error) {
	a, err := c.truth(n, op, a)
	if err != nil {
		return nil, err
	}
	if b, err = c.truth(n, op, b); err != nil {
		return nil, err
	}
	run := conjunction
	if op == "or" {
		run = disjunction
	}
	return c.emit(n, operation{name: op, typ: boolType, run: run}, a, b)
}

func (c *compiler) isNull(n *Node, a *inst) (*inst, error) {
	if a.kind() == block.Null {
		return c.constant(n, Value{Type: boolType, Bool: true}), nil
	}
	return c.emit(n, operation{name: "isnull", typ: boolType, run: isNull}, a)
}

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
