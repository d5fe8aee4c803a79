package expr

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// function is one that expressions can call.
type function struct {
	name     string
	usage    string // how it is called, for errors
	min, max int    // arguments; max -1 is any number
	compile  func(c *compiler, n *Node, args []*inst) (*inst, error)
}

// functions is in the order of the documentation.
var functions = []function{
	{"if", "if(condition, then, else)", 3, 3, (*compiler).ifCall},
	{"coalesce", "coalesce(x, y, ...)", 1, -1, (*compiler).coalesce},
	{"nullif", "nullif(x, y)", 2, 2, (*compiler).nullIf},
	{"isnull", "isnull(x)", 1, 1, func(c *compiler, n *Node, a []*inst) (*inst, error) { return c.isNull(n, a[0]) }},
	{"isnan", "isnan(x)", 1, 1, floatTest("isnan", func(dst []bool, a []float64) {
		for i, v := range a[:len(dst)] {
			dst[i] = v != v
		}
	})},
	{"isinf", "isinf(x)", 1, 1, floatTest("isinf", func(dst []bool, a []float64) {
		for i, v := range a[:len(dst)] {
			dst[i] = math.Abs(v) > math.MaxFloat64
		}
	})},
	{"isfinite", "isfinite(x)", 1, 1, floatTest("isfinite", func(dst []bool, a []float64) {
		for i, v := range a[:len(dst)] {
			dst[i] = math.Abs(v) <= math.MaxFloat64
		}
	})},
	{"int", "int(x)", 1, 1, (*compiler).intCall},
	{"float", "float(x)", 1, 1, (*compiler).floatCall},
	{"abs", "abs(x)", 1, 1, (*compiler).absCall},
	{"sign", "sign(x)", 1, 1, (*compiler).signCall},
	{"floor", "floor(x)", 1, 1, wholeNumber("floor", func(dst, a []float64) {
		for i, v := range a[:len(dst)] {
			dst[i] = math.Floor(v)
		}
	})},
	{"ceil", "ceil(x)", 1, 1, wholeNumber("ceil", func(dst, a []float64) {
		for i, v := range a[:len(dst)] {
			dst[i] = math.Ceil(v)
		}
	})},
	{"trunc", "trunc(x)", 1, 1, wholeNumber("trunc", func(dst, a []float64) {
		for i, v := range a[:len(dst)] {
			dst[i] = math.Trunc(v)
		}
	})},
	{"round", "round(x) or round(x, digits)", 1, 2, (*compiler).roundCall},
	{"least", "least(x, y, ...)", 1, -1, extreme("least", true)},
	{"greatest", "greatest(x, y, ...)", 1, -1, extreme("greatest", false)},
	{"clip", "clip(x, low, high)", 3, 3, (*compiler).clip},
	{"clamp", "clamp(x, low, high)", 3, 3, (*compiler).clip},
	{"mod", "mod(x, y)", 2, 2, func(c *compiler, n *Node, a []*inst) (*inst, error) { return c.arithmetic(n, "%", a[0], a[1]) }},
	{"pow", "pow(x, y)", 2, 2, (*compiler).powCall},
	{"sqrt", "sqrt(x)", 1, 1, floatLoop("sqrt", func(dst, a []float64) {
		for i, v := range a[:len(dst)] {
			dst[i] = math.Sqrt(v)
		}
	})},
	{"cbrt", "cbrt(x)", 1, 1, floatMap("cbrt", math.Cbrt)},
	{"hypot", "hypot(x, y)", 2, 2, floatMap2("hypot", math.Hypot)},
	{"exp", "exp(x)", 1, 1, floatMap("exp", math.Exp)},
	{"exp2", "exp2(x)", 1, 1, floatMap("exp2", math.Exp2)},
	{"expm1", "expm1(x)", 1, 1, floatMap("expm1", math.Expm1)},
	{"ln", "ln(x)", 1, 1, floatMap("ln", math.Log)},
	{"log", "log(x)", 1, 1, floatMap("ln", math.Log)},
	{"log2", "log2(x)", 1, 1, floatMap("log2", math.Log2)},
	{"log10", "log10(x)", 1, 1, floatMap("log10", math.Log10)},
	{"log1p", "log1p(x)", 1, 1, floatMap("log1p", math.Log1p)},
	{"sin", "sin(x)", 1, 1, floatMap("sin", math.Sin)},
	{"cos", "cos(x)", 1, 1, floatMap("cos", math.Cos)},
	{"tan", "tan(x)", 1, 1, floatMap("tan", math.Tan)},
	{"asin", "asin(x)", 1, 1, floatMap("asin", math.Asin)},
	{"acos", "acos(x)", 1, 1, floatMap("acos", math.Acos)},
	{"atan", "atan(x)", 1, 1, floatMap("atan", math.Atan)},
	{"atan2", "atan2(y, x)", 2, 2, floatMap2("atan2", math.Atan2)},
	{"sinh", "sinh(x)", 1, 1, floatMap("sinh", math.Sinh)},
	{"cosh", "cosh(x)", 1, 1, floatMap("cosh", math.Cosh)},
	{"tanh", "tanh(x)", 1, 1, floatMap("tanh", math.Tanh)},
	{"pi", "pi()", 0, 0, floatConstant(math.Pi)},
	{"e", "e()", 0, 0, floatConstant(math.E)},
	{"inf", "inf()", 0, 0, floatConstant(math.Inf(1))},
	{"nan", "nan()", 0, 0, floatConstant(math.NaN())},
	{"date", "date(x)", 1, 1, (*compiler).dateCall},
	{"timestamp", "timestamp('2001-03-31 18:30:00')", 1, 1, (*compiler).timestampCall},
	{"epoch", "epoch(t)", 1, 1, (*compiler).epochCall},
	{"year", "year(t)", 1, 1, datePart("year", yearOf)},
	{"quarter", "quarter(t)", 1, 1, datePart("quarter", quarterOf)},
	{"month", "month(t)", 1, 1, datePart("month", monthOf)},
	{"day", "day(t)", 1, 1, datePart("day", dayOf)},
	{"weekday", "weekday(t)", 1, 1, datePart("weekday", weekdayOf)},
	{"yearday", "yearday(t)", 1, 1, datePart("yearday", yeardayOf)},
	{"hour", "hour(t)", 1, 1, clockPart("hour", 3600, 24)},
	{"minute", "minute(t)", 1, 1, clockPart("minute", 60, 60)},
	{"second", "second(t)", 1, 1, clockPart("second", 1, 60)},
	{"length", "length(s)", 1, 1, (*compiler).lengthCall},
	{"contains", "contains(s, 'part')", 2, 2, textTest("contains", bytes.Contains)},
	{"starts_with", "starts_with(s, 'start')", 2, 2, textTest("starts_with", bytes.HasPrefix)},
	{"ends_with", "ends_with(s, 'end')", 2, 2, textTest("ends_with", bytes.HasSuffix)},
}

// aggregateNames are functions of --agg that people try in other places, with
// what there is instead.
var aggregateNames = map[string]string{
	"min": "least(x, y)", "max": "greatest(x, y)",
	"sum": "", "count": "", "mean": "", "avg": "", "var": "", "stddev": "", "var_pop": "", "stddev_pop": "",
	"quantile": "", "median": "", "first": "", "last": "",
}

func aggregates() []string {
	var names []string
	for name := range aggregateNames {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (c *compiler) call(n *Node) (*inst, error) {
	name := strings.ToLower(n.Name)
	i := slices.IndexFunc(functions, func(f function) bool { return f.name == name })
	if i < 0 {
		if instead, ok := aggregateNames[name]; ok {
			if instead != "" {
				instead = "; of values in one row there is " + instead
			}
			return nil, c.errorf(n, "%s is an aggregate over rows, which only --agg computes%s", name, instead)
		}
		var names []string
		for _, f := range functions {
			names = append(names, f.name)
		}
		hint := ""
		if near := nearest(name, names); near != "" {
			hint = "; did you mean " + near + "?"
		} else if near := nearest(name, aggregates()); near != "" {
			hint = "; " + near + " is an aggregate, which only --agg computes"
		}
		return nil, c.errorf(n, "unknown function %s%s", n.Name, hint)
	}
	f := functions[i]
	if len(n.Args) < f.min || f.max >= 0 && len(n.Args) > f.max {
		return nil, c.errorf(n, "%s with %d arguments; it is called as %s", f.name, len(n.Args), f.usage)
	}
	args := make([]*inst, len(n.Args))
	for i, a := range n.Args {
		var err error
		if args[i], err = c.expr(a); err != nil {
			return nil, err
		}
	}
	return f.compile(c, n, args)
}

func (c *compiler) ifCall(n *Node, args []*inst) (*inst, error) {
	cond, err := c.truth(n, "the condition of if", args[0])
	if err != nil {
		return nil, err
	}
	branches, typ, err := c.unify(n, "if", args[1:])
	if err != nil {
		return nil, err
	}
	if k := cond.konst; k != nil {
		if k.Bool && !k.Null {
			return branches[0], nil
		}
		return branches[1], nil
	}
	return c.emit(n, operation{name: "if", typ: typ, run: choose, lazy: true}, cond, branches[0], branches[1])
}

func (c *compiler) coalesce(n *Node, args []*inst) (*inst, error) {
	args, typ, err := c.unify(n, "coalesce", args)
	if err != nil {
		return nil, err
	}
	in := args[len(args)-1]
	for i := len(args) - 2; i >= 0; i-- {
		switch {
		case args[i].konst != nil && args[i].konst.Null:
		case args[i].konst != nil:
			in = args[i]
		default:
			if in, err = c.emit(n, operation{name: "coalesce", typ: typ, run: either, alias: 1}, args[i], in); err != nil {
				return nil, err
			}
		}
	}
	return in, nil
}

// nullIf is if(x = y, null, x).
func (c *compiler) nullIf(n *Node, args []*inst) (*inst, error) {
	equal, err := c.compare(n, "=", args[0], args[1])
	if err != nil {
		return nil, err
	}
	return c.ifCall(n, []*inst{equal, c.constant(n, Value{Null: true}), args[0]})
}

// numbers checks that all args are numbers.
func (c *compiler) numbers(n *Node, args []*inst) error {
	for _, a := range args {
		if !a.numeric() {
			hint := ""
			if a.kind() == block.Bool {
				hint = fmt.Sprintf("; write int(%s) for 1 and 0", c.source(a.node))
			}
			return c.errorf(n, "%s needs numbers, not %s%s", n.Name, typeName(a.typ), hint)
		}
	}
	return nil
}

// floats converts all args to float64.
func (c *compiler) floats(n *Node, args []*inst) ([]*inst, error) {
	if err := c.numbers(n, args); err != nil {
		return nil, err
	}
	out := make([]*inst, len(args))
	for i, a := range args {
		var err error
		if out[i], err = c.toFloat(a); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type compileCall = func(c *compiler, n *Node, args []*inst) (*inst, error)

func floatLoop(name string, loop func(dst, a []float64)) compileCall {
	return func(c *compiler, n *Node, args []*inst) (*inst, error) {
		args, err := c.floats(n, args)
		if err != nil {
			return nil, err
		}
		return c.emit(n, operation{name: name, typ: floatType, run: map1(loop)}, args...)
	}
}

func floatMap(name string, f func(float64) float64) compileCall { return floatLoop(name, each(f)) }

func floatMap2(name string, f func(a, b float64) float64) compileCall {
	return func(c *compiler, n *Node, args []*inst) (*inst, error) {
		args, err := c.floats(n, args)
		if err != nil {
			return nil, err
		}
		return c.emit(n, operation{name: name, typ: floatType, run: map2(eachPair(f))}, args...)
	}
}

func floatTest(name string, loop func(dst []bool, a []float64)) compileCall {
	return func(c *compiler, n *Node, args []*inst) (*inst, error) {
		args, err := c.floats(n, args)
		if err != nil {
			return nil, err
		}
		return c.emit(n, operation{name: name, typ: boolType, run: test1(loop)}, args...)
	}
}

func floatConstant(f float64) compileCall {
	return func(c *compiler, n *Node, _ []*inst) (*inst, error) {
		return c.constant(n, Value{Type: floatType, Float: f}), nil
	}
}

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
		k, ok := args[1].constantOf()
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

func (c *compiler) lengthCall(n *Node, args []*inst) (*inst, error) {
	switch a := args[0]; a.kind() {
	case block.Null:
		return c.convert(n, a, intType)
	case block.String:
		return c.emit(n, operation{name: "length", typ: intType, run: textLength}, a)
	}
	return nil, c.errorf(n, "length needs a string, not %s", typeName(args[0].typ))
}

// textTest is a predicate of a text and a constant text.
func textTest(name string, test func(s, part []byte) bool) compileCall {
	return func(c *compiler, n *Node, args []*inst) (*inst, error) {
		a, b := args[0], args[1]
		if a.kind() == block.Null || b.kind() == block.Null {
			return c.constant(n, Value{Type: boolType, Null: true}), nil
		}
		if a.kind() != block.String || b.kind() != block.String {
			return nil, c.errorf(n, "%s needs strings, not %s and %s", name, typeName(a.typ), typeName(b.typ))
		}
		k, ok := b.constantOf()
		if !ok {
			return nil, newError(c.text, n.Args[1].Pos, "what %s looks for is a constant", name)
		}
		part := []byte(k.Text)
		return c.emit(n, operation{
			name: name, typ: boolType,
			run: matchText(func(s []byte) bool { return test(s, part) }),
		}, a, b)
	}
}
