package expr

import (
	"fmt"
	"math"

	"github.com/weir-pipeline/weir/stages/block"
)

// wholeNumber is a rounding of floats; integers stay as they are.
func wholeNumber(name string, loop func(dst, a []float64)) compileCall {
	return func(c *compiler, n *Node, args []*inst) (*inst, error) {
		if k := args[0].kind(); k == block.Int || k == block.Uint {
			return args[0], nil
		}
		return floatLoop(name, loop)(c, n, args)
	}
}

func (c *compiler) powCall(n *Node, args []*inst) (*inst, error) {
	args, err := c.floats(n, args)
	if err != nil {
		return nil, err
	}
	return c.arithmetic(n, "**", args[0], args[1])
}

func (c *compiler) intCall(n *Node, args []*inst) (*inst, error) {
	a := args[0]
	source := c.source(n.Args[0])
	switch a.kind() {
	case block.Int:
		return a, nil
	case block.Null:
		return c.convert(n, a, intType)
	case block.Date, block.Timestamp:
		return c.emit(n, operation{name: "ticks", typ: intType, run: map1(func(dst, a []int64) { copy(dst, a) })}, a)
	case block.Uint:
		return c.emit(n, operation{
			name: "int of uint", typ: intType,
			run: checked1(func(dst []int64, a []uint64) bool {
				var over int64
				for i, v := range a {
					dst[i] = int64(v)
					over |= int64(v)
				}
				return over < 0
			}, func(a uint64) bool { return a > math.MaxInt64 }),
			fault: func(_ *inst, args []Value) string {
				return fmt.Sprintf("int(%s) is beyond int64; write float(%s)", args[0], source)
			},
		}, a)
	case block.Bool:
		return c.emit(n, operation{name: "int of bool", typ: intType, run: func(e *Evaluator, in *inst, out *result) {
			e.masks(in, out)
			dst := as[int64](out.words)
			for i, v := range raw(e.res[in.args[0].id].bools) {
				dst[i] = int64(v)
			}
		}}, a)
	case block.Float:
		fails := func(f float64) bool { return !(f >= -1<<63 && f < 1<<63) }
		return c.emit(n, operation{
			name: "int of float", typ: intType,
			run: checked1(func(dst []int64, a []float64) bool {
				bad := false
				for i, v := range a {
					if fails(v) {
						dst[i], bad = 0, true
						continue
					}
					dst[i] = int64(v)
				}
				return bad
			}, fails),
			fault: func(_ *inst, args []Value) string {
				return fmt.Sprintf("int(%s) is beyond int64; guard it with if(isfinite(%s), ..., ...) or clip", args[0], source)
			},
		}, a)
	}
	return nil, c.errorf(n, "int needs a number, bool, date or timestamp, not %s", typeName(a.typ))
}

func (c *compiler) floatCall(n *Node, args []*inst) (*inst, error) {
	if args[0].kind() != block.Bool && !args[0].numeric() {
		return nil, c.errorf(n, "float needs a number or bool, not %s", typeName(args[0].typ))
	}
	return c.toFloat(args[0])
}

func (c *compiler) absCall(n *Node, args []*inst) (*inst, error) {
	switch a := args[0]; a.kind() {
	case block.Uint:
		return a, nil
	case block.Int:
		source := c.source(n.Args[0])
		return c.emit(n, operation{
			name: "abs", typ: intType, run: checked1(absInts, isMinInt),
			fault: func(_ *inst, args []Value) string {
				return fmt.Sprintf("abs(%s) overflows int64; write abs(float(%s)) to calculate with float64", args[0], source)
			},
		}, a)
	}
	return floatLoop("abs", func(dst, a []float64) {
		for i, v := range a[:len(dst)] {
			dst[i] = math.Abs(v)
		}
	})(c, n, args)
}

func (c *compiler) signCall(n *Node, args []*inst) (*inst, error) {
	switch a := args[0]; a.kind() {
	case block.Uint:
		return c.emit(n, operation{name: "sign", typ: uintType, run: map1(func(dst, a []uint64) {
			for i, v := range a {
				dst[i] = min(v, 1)
			}
		})}, a)
	case block.Int:
		return c.emit(n, operation{name: "sign", typ: intType, run: map1(func(dst, a []int64) {
			for i, v := range a {
				dst[i] = v>>63 | int64(uint64(-v)>>63)
			}
		})}, a)
	}
	return floatMap("sign", func(v float64) float64 {
		switch {
		case v > 0:
			return 1
		case v < 0:
			return -1
		}
		return v // zeros and NaN
	})(c, n, args)
}

// extreme is least or greatest: null if any argument is, NaN if any is.
func extreme(name string, low bool) compileCall {
	return func(c *compiler, n *Node, args []*inst) (*inst, error) {
		args, typ, err := c.unify(n, name, args)
		if err != nil {
			return nil, err
		}
		o := operation{name: name, typ: typ}
		switch typ.Kind {
		case block.Null:
			return args[0], nil
		case block.Int, block.Date, block.Timestamp:
			o.run = map2(pick[int64](low))
		case block.Uint:
			o.run = map2(pick[uint64](low))
		case block.Float:
			o.run = map2(pick[float64](low))
		default:
			return nil, c.errorf(n, "%s of %s: it needs numbers, dates or timestamps", n.Name, typeName(typ))
		}
		in := args[0]
		for _, a := range args[1:] {
			if in, err = c.emit(n, o, in, a); err != nil {
				return nil, err
			}
		}
		return in, nil
	}
}

// pick is the loop of least or greatest; for floats the builtins do as IEEE 754
// minimum and maximum: a NaN wins, and -0 is below 0.
func pick[T word](low bool) func(dst, a, b []T) {
	if low {
		return func(dst, a, b []T) {
			for i := range dst {
				dst[i] = min(a[i], b[i])
			}
		}
	}
	return func(dst, a, b []T) {
		for i := range dst {
			dst[i] = max(a[i], b[i])
		}
	}
}

// clip is least(greatest(x, low), high).
func (c *compiler) clip(n *Node, args []*inst) (*inst, error) {
	in, err := extreme("greatest", false)(c, n, args[:2])
	if err != nil {
		return nil, err
	}
	return extreme("least", true)(c, n, []*inst{in, args[2]})
}

// maxDigits is how many digits round takes: a float64 has none beyond.
const maxDigits = 308

func (c *compiler) roundCall(n *Node, args []*inst) (*inst, error) {
	if err := c.numbers(n, args); err != nil {
		return nil, err
	}
	digits := int64(0)
	if len(args) == 2 {
		k, _ := args[1].constantOf()
		var ok bool
		if digits, ok = k.AsInt(); !ok || digits < -maxDigits || digits > maxDigits {
			return nil, newError(c.text, n.Args[1].Pos, "the digits of round are an integer constant from %d to %d", -maxDigits, maxDigits)
		}
	}
	if a := args[0]; a.kind() == block.Int || a.kind() == block.Uint {
		if digits >= 0 {
			return a, nil
		}
		return c.roundToTens(n, a, digits)
	}
	scale := math.Pow(10, math.Abs(float64(digits)))
	f := math.Round
	switch {
	case digits > 0:
		f = func(v float64) float64 {
			scaled := v * scale
			if math.Abs(scaled) >= 1<<52 || scaled != scaled {
				return v // no digits there to round
			}
			return math.Round(scaled) / scale
		}
	case digits < 0:
		f = func(v float64) float64 { return math.Round(v/scale) * scale }
	}
	return floatMap(fmt.Sprint("round ", digits), f)(c, n, args[:1])
}

func (c *compiler) roundToTens(n *Node, a *inst, digits int64) (*inst, error) {
	source := c.source(n.Args[0])
	o := operation{
		name: "round", typ: a.typ,
		run: checked2(eachOf(roundInt), func(a, d int64) bool { _, ok := roundInt(a, d); return !ok }),
		fault: func(in *inst, args []Value) string {
			return fmt.Sprintf("round(%s, %s) overflows %s; write round(float(%s), %s)", args[0], args[1], in.typ.Kind, source, args[1])
		},
	}
	if a.kind() == block.Uint {
		o.run = checked2(eachOf(roundUint), func(a uint64, d int64) bool { _, ok := roundUint(a, d); return !ok })
	}
	return c.emit(n, o, a, c.constant(n, Value{Type: intType, Int: digits}))
}

// roundUint rounds to a multiple of 10^-digits, halves up.
func roundUint(a uint64, digits int64) (_ uint64, ok bool) {
	if digits < -19 {
		// Half of 10^20 is above every uint64.
		return 0, true
	}
	unit := uint64(1)
	for range -digits {
		unit *= 10 // 10^19 fits
	}
	whole, rest := a/unit*unit, a%unit
	if rest < unit-rest {
		return whole, true
	}
	return whole + unit, whole <= math.MaxUint64-unit
}

// roundInt rounds to a multiple of 10^-digits, halves away from zero.
func roundInt(a, digits int64) (_ int64, ok bool) {
	if a < 0 {
		size, ok := roundUint(-uint64(a), digits)
		return -int64(size), ok && size <= 1<<63
	}
	size, ok := roundUint(uint64(a), digits)
	return int64(size), ok && size < 1<<63
}
