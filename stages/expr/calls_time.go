package expr

import (
	"fmt"
	"math"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

func (c *compiler) dateCall(n *Node, args []*inst) (*inst, error) {
	switch a := args[0]; {
	case a.kind() == block.Date:
		return a, nil
	case a.kind() == block.Null, a.literalText():
		return c.convert(n, a, dateType)
	case a.kind() == block.Timestamp:
		perDay := a.typ.Unit.PerSecond() * daySeconds
		return c.emit(n, operation{
			name: "date", typ: dateType,
			run: mapK(perDay, func(dst, a []int64, k int64) {
				for i, v := range a {
					dst[i] = floorDiv(v, k)
				}
			}),
		}, a)
	}
	return nil, c.errorf(n, "date needs a timestamp or a text such as '2001-03-31', not %s", typeName(args[0].typ))
}

func (c *compiler) timestampCall(n *Node, args []*inst) (*inst, error) {
	a := args[0]
	switch {
	case a.kind() == block.Timestamp:
		return a, nil
	case a.kind() == block.Null:
		return c.convert(n, a, block.Type{Kind: block.Timestamp})
	case a.kind() == block.Date:
		perDay := chunk.Microsecond.PerSecond() * daySeconds
		return c.emit(n, operation{
			name: "timestamp", typ: block.Type{Kind: block.Timestamp, Unit: chunk.Microsecond},
			run: checkedK(perDay, mulIntsK, mulFails),
			fault: func(_ *inst, args []Value) string {
				return fmt.Sprintf("%s is beyond timestamp[us]", args[0])
			},
		}, a)
	case a.literalText():
		t, err := c.instant(a)
		if err != nil {
			return nil, err
		}
		typ := block.Type{Kind: block.Timestamp, Unit: coarsest(t.nanos)}
		if t.zoned {
			typ.Zone = "UTC"
		}
		at := t.in(typ.Unit)
		if at.side != 0 {
			return nil, newError(c.text, a.node.Pos, "%s is beyond %s", a.konst, typeName(typ))
		}
		return c.constant(n, Value{Type: typ, Int: at.floor}), nil
	}
	return nil, c.errorf(n, "timestamp needs a date or a text such as '2001-03-31 18:30:00', not %s", typeName(a.typ))
}

// epochCall is seconds since 1970-01-01T00:00:00.
func (c *compiler) epochCall(n *Node, args []*inst) (*inst, error) {
	a := args[0]
	switch a.kind() {
	case block.Null:
		return c.convert(n, a, floatType)
	case block.Timestamp:
		return c.secondsOf(n, a, a.typ.Unit.PerSecond())
	case block.Date:
		return c.emit(n, operation{name: "epoch", typ: floatType, run: map1(func(dst []float64, a []int64) {
			for i, v := range a {
				dst[i] = float64(v) * daySeconds
			}
		})}, a)
	}
	return nil, c.errorf(n, "epoch needs a date or timestamp, not %s", typeName(a.typ))
}

func datePart(name string, part func(days int64) int64) compileCall {
	return func(c *compiler, n *Node, args []*inst) (*inst, error) {
		a := args[0]
		perDay := int64(1)
		switch a.kind() {
		case block.Null:
			return c.convert(n, a, intType)
		case block.Timestamp:
			perDay = a.typ.Unit.PerSecond() * daySeconds
		case block.Date:
		default:
			return nil, c.errorf(n, "%s needs a date or timestamp, not %s%s", name, typeName(a.typ), dateHint(c, a))
		}
		return c.emit(n, operation{name: name, typ: intType, run: map1(calendar(perDay, part))}, a)
	}
}

func clockPart(name string, sizeSeconds, count int64) compileCall {
	return func(c *compiler, n *Node, args []*inst) (*inst, error) {
		a := args[0]
		switch a.kind() {
		case block.Null:
			return c.convert(n, a, intType)
		case block.Timestamp:
			return c.emit(n, operation{name: name, typ: intType, run: map1(clock(a.typ.Unit.PerSecond(), sizeSeconds, count))}, a)
		}
		return nil, c.errorf(n, "%s needs a timestamp, not %s%s", name, typeName(a.typ), dateHint(c, a))
	}
}

func dateHint(c *compiler, a *inst) string {
	if a.literalText() {
		return fmt.Sprintf("; write timestamp(%s)", a.konst)
	}
	return ""
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
