package expr

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/weir-pipeline/weir/stages/block"
)

// inList compiles x in (a, b, ...). The list is of constants, so that a
// membership test is one pass however long the list.
func (c *compiler) inList(n *Node, x *inst, list []*inst) (*inst, error) {
	var equals []*inst
	withNull := false
	for _, item := range list {
		switch {
		case item.konst == nil:
			return nil, newError(c.text, item.node.Pos, "the list of in holds constants; write %s = %s instead",
				c.source(x.node), c.source(item.node))
		case item.konst.Null:
			withNull = true
			continue
		}
		// A comparison knows how to bring the constant to the type of x.
		at := &Node{Op: OpIn, Args: n.Args, Pos: n.Pos, End: n.End, At: item.node.Pos}
		eq, err := c.compare(at, "=", x, item)
		if err != nil {
			return nil, err
		}
		equals = append(equals, eq)
	}
	if x.konst != nil || x.kind() == block.Bool || len(equals) == 0 {
		return c.anyOf(n, equals, withNull)
	}
	o := operation{typ: boolType, bound: equals[0].filterBound()}
	for _, eq := range equals[1:] {
		o.bound = hull(o.bound, eq.filterBound())
	}
	members := constantsOf(x, equals)
	var name strings.Builder
	fmt.Fprintf(&name, "in null=%v", withNull)
	for _, m := range members {
		fmt.Fprintf(&name, " %s", m)
	}
	o.name = name.String()
	o.run = memberKernel(x.kind(), members)
	if withNull {
		o.run = nullUnlessTrue(o.run)
	}
	return c.emit(n, o, x)
}

// anyOf joins comparisons with or.
func (c *compiler) anyOf(n *Node, equals []*inst, withNull bool) (*inst, error) {
	if withNull {
		equals = append(equals, c.constant(n, Value{Type: boolType, Null: true}))
	}
	in := equals[0]
	for _, eq := range equals[1:] {
		var err error
		if in, err = c.logic(n, "or", in, eq); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// constantsOf is what x is compared with, as values of its type. Constants that
// no value of the type equals are left out.
func constantsOf(x *inst, equals []*inst) []Value {
	var members []Value
	for _, eq := range equals {
		if len(eq.args) < 2 { // never equal
			continue
		}
		k := eq.args[1].konst
		if k == nil {
			k = eq.args[0].konst
		}
		switch {
		case k.Type.Kind == x.kind() || x.temporal():
			members = append(members, *k)
		case x.kind() == block.Uint && k.Type.Kind == block.Float:
			if f := k.Float; f >= 0 && f < 1<<64 && f == math.Floor(f) {
				members = append(members, Value{Type: uintType, Uint: uint64(f)})
			}
		}
	}
	return members
}

func memberKernel(kind block.Kind, members []Value) kernel {
	switch kind {
	case block.String:
		texts := make([]string, len(members))
		for i, m := range members {
			texts[i] = m.Text
		}
		return memberText(texts)
	case block.Uint:
		return test1(memberLoop(members, func(v Value) uint64 { return v.Uint }))
	case block.Float:
		return test1(memberLoop(members, func(v Value) float64 { return v.Float }))
	}
	return test1(memberLoop(members, func(v Value) int64 { return v.Int }))
}

// memberLoop looks a few values up one by one, and many by halving.
func memberLoop[T word](members []Value, get func(Value) T) func(dst []bool, a []T) {
	list := make([]T, 0, len(members))
	for _, m := range members {
		if v := get(m); v == v {
			list = append(list, v)
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	const few = 6
	if len(list) <= few {
		return func(dst []bool, a []T) {
			clear(dst)
			d := raw(dst)
			for _, k := range list {
				for i, v := range a[:len(d)] {
					var same byte
					if v == k {
						same = 1
					}
					d[i] |= same
				}
			}
		}
	}
	return func(dst []bool, a []T) {
		for i, v := range a[:len(dst)] {
			lo, hi := 0, len(list)
			for lo < hi {
				if mid := int(uint(lo+hi) >> 1); list[mid] < v {
					lo = mid + 1
				} else {
					hi = mid
				}
			}
			dst[i] = lo < len(list) && list[lo] == v
		}
	}
}

// nullUnlessTrue makes a predicate null where it is false: what is not in a
// list with a null may or may not be that null.
func nullUnlessTrue(run kernel) kernel {
	return func(e *Evaluator, in *inst, out *result) {
		run(e, in, out)
		nulls := e.mask(&out.own.null)
		old := e.orZeros(out.null)
		for i, v := range out.bools {
			nulls[i] = old[i] || !v
		}
		out.null = nulls
	}
}
