package expr

import (
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
			return mapK(kb.Float, addVectorK)
		}
		return map2(addVectors)
	case "-":
		if second {
			return mapK(kb.Float, subFloatsK)
		} else if first {
			return mapKFirst(ka.Float, subKFloats)
		}
		return map2(subVectors)
	case "*":
		if second {
			return mapK(kb.Float, mulVectorK)
		}
		return map2(mulVectors)
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
