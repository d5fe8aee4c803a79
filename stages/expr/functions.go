package expr

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/spelling"
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
		if near := spelling.Nearest(name, names); near != "" {
			hint = "; did you mean " + near + "?"
		} else if near := spelling.Nearest(name, aggregates()); near != "" {
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
