package expr

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/weir-pipeline/weir/stages/block"
)

var refMath = map[string]func(float64) float64{
	"sqrt": math.Sqrt, "cbrt": math.Cbrt, "exp": math.Exp, "exp2": math.Exp2, "expm1": math.Expm1,
	"ln": math.Log, "log": math.Log, "log2": math.Log2, "log10": math.Log10, "log1p": math.Log1p,
	"sin": math.Sin, "cos": math.Cos, "tan": math.Tan, "asin": math.Asin, "acos": math.Acos, "atan": math.Atan,
	"sinh": math.Sinh, "cosh": math.Cosh, "tanh": math.Tanh,
}

func (r *reference) call(n *Node, row []Value) (Value, error) {
	args := make([]Value, len(n.Args))
	errs := make([]error, len(n.Args))
	for i, a := range n.Args {
		args[i], errs[i] = r.eval(a, row)
	}
	typ := r.typeOf(n)
	switch n.Name { // those that do not need all their arguments
	case "if":
		if errs[0] != nil {
			return Value{}, errs[0]
		}
		i := 2
		if args[0].isTrue() {
			i = 1
		}
		if errs[i] != nil {
			return Value{}, errs[i]
		}
		return r.convert(args[i], typ)
	case "coalesce":
		for i, v := range args {
			if errs[i] != nil {
				return Value{}, errs[i]
			}
			if !v.Null {
				return r.convert(v, typ)
			}
		}
		return nullOf(typ), nil
	case "nullif":
		if errs[0] != nil || errs[1] != nil {
			return Value{}, errNoValue
		}
		if compareOp("=", args[0], args[1]).isTrue() {
			return nullOf(typ), nil
		}
		return args[0], nil
	}
	anyNull := false
	for i, err := range errs {
		if err != nil {
			return Value{}, err
		}
		anyNull = anyNull || args[i].Null
	}
	switch n.Name {
	case "isnull":
		return truthOf(args[0].Null), nil
	case "least", "greatest":
		return r.extreme(n.Name, typ, args)
	case "clip", "clamp":
		source := func(i int) string { return r.text[n.Args[i].Pos:n.Args[i].End] }
		inner := r.typeOfText("greatest(" + source(0) + "," + source(1) + ")")
		v, err := r.extreme("greatest", inner, args[:2])
		if err != nil {
			return v, err
		}
		return r.extreme("least", typ, []Value{v, args[2]})
	}
	if anyNull {
		return nullOf(typ), nil
	}
	a := args[0]
	asFloat := func(v Value) float64 { f, _ := r.convert(v, floatType); return f.Float }
	if f := refMath[n.Name]; f != nil {
		return floatOf(f(asFloat(a))), nil
	}
	switch n.Name {
	case "isnan":
		return truthOf(math.IsNaN(asFloat(a))), nil
	case "isinf":
		return truthOf(math.IsInf(asFloat(a), 0)), nil
	case "isfinite":
		return truthOf(!math.IsNaN(asFloat(a)) && !math.IsInf(asFloat(a), 0)), nil
	case "hypot":
		return floatOf(math.Hypot(asFloat(a), asFloat(args[1]))), nil
	case "atan2":
		return floatOf(math.Atan2(asFloat(a), asFloat(args[1]))), nil
	case "pow":
		return floatOf(refPow(asFloat(a), asFloat(args[1]))), nil
	case "mod":
		return r.arithmetic("%", typ, a, args[1])
	case "float":
		return r.convert(a, floatType)
	case "int":
		switch a.kind() {
		case block.Float:
			if math.IsNaN(a.Float) || math.IsInf(a.Float, 0) {
				return Value{}, errNoValue
			}
			whole, _ := big.NewFloat(a.Float).Int(nil)
			return fromBig(whole, intType)
		case block.Bool:
			return Value{Type: intType, Int: int64(asFloat(a))}, nil
		case block.Date, block.Timestamp:
			return Value{Type: intType, Int: a.Int}, nil
		}
		return fromBig(bigOf(a), intType)
	case "abs":
		if a.kind() == block.Float {
			return floatOf(math.Abs(a.Float)), nil
		}
		return fromBig(new(big.Int).Abs(bigOf(a)), typ)
	case "sign":
		if a.kind() == block.Float {
			if a.Float == 0 || a.Float != a.Float {
				return a, nil
			}
			return floatOf(math.Copysign(1, a.Float)), nil
		}
		return fromBig(big.NewInt(int64(bigOf(a).Sign())), typ)
	case "floor", "ceil", "trunc":
		if a.kind() != block.Float {
			return a, nil
		}
		f := map[string]func(float64) float64{"floor": math.Floor, "ceil": math.Ceil, "trunc": math.Trunc}[n.Name]
		return floatOf(f(a.Float)), nil
	case "round":
		return r.round(a, args)
	case "length":
		return Value{Type: intType, Int: int64(utf8.RuneCountInString(a.Text))}, nil
	case "contains":
		return truthOf(bytes.Contains([]byte(a.Text), []byte(args[1].Text))), nil
	case "starts_with":
		return truthOf(strings.HasPrefix(a.Text, args[1].Text)), nil
	case "ends_with":
		return truthOf(strings.HasSuffix(a.Text, args[1].Text)), nil
	}
	return r.temporal(n.Name, typ, a)
}

func (r *reference) extreme(name string, typ block.Type, args []Value) (Value, error) {
	var best Value
	null := false
	for i, v := range args {
		v, err := r.convert(v, typ)
		if err != nil {
			return v, err
		}
		null = null || v.Null
		switch {
		case typ == floatType && i > 0 && name == "least":
			best.Float = math.Min(best.Float, v.Float)
		case typ == floatType && i > 0:
			best.Float = math.Max(best.Float, v.Float)
		case i == 0, name == "least" && compareExactly(v, best) < 0, name == "greatest" && compareExactly(v, best) == 1:
			best = v
		}
	}
	if null {
		return nullOf(typ), nil
	}
	for _, v := range args {
		if v.kind() == block.Float && v.Float != v.Float { // math.Max(inf, NaN) is inf
			return v, nil
		}
	}
	return best, nil
}

func (r *reference) round(a Value, args []Value) (Value, error) {
	digits := int64(0)
	if len(args) == 2 {
		digits = args[1].Int
	}
	power := func(d int64) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(d), nil) }
	if a.kind() != block.Float {
		if digits >= 0 {
			return a, nil
		}
		unit := power(-digits)
		n := bigOf(a)
		half := new(big.Int).Quo(unit, big.NewInt(2))
		n.Add(n, half.Mul(half, big.NewInt(int64(n.Sign()))))
		n.Quo(n, unit)
		return fromBig(n.Mul(n, unit), a.Type)
	}
	scale, _ := new(big.Float).SetInt(power(int64(math.Abs(float64(digits))))).Float64()
	switch {
	case digits == 0:
		return floatOf(math.Round(a.Float)), nil
	case digits < 0:
		return floatOf(math.Round(a.Float/scale) * scale), nil
	case math.Abs(a.Float*scale) < 1<<52:
		return floatOf(math.Round(a.Float*scale) / scale), nil
	}
	return a, nil
}

func (r *reference) temporal(name string, typ block.Type, a Value) (Value, error) {
	nanos := new(big.Int)
	if a.kind() == block.String {
		nanos = nanosOfText(a.Text)
	} else {
		nanos = nanosOf(a)
	}
	seconds, rest := new(big.Int).DivMod(nanos, big.NewInt(1e9), new(big.Int))
	at := time.Unix(seconds.Int64(), rest.Int64()).UTC()
	whole := func(n int) (Value, error) { return Value{Type: intType, Int: int64(n)}, nil }
	switch name {
	case "date":
		days, _ := new(big.Int).DivMod(seconds, big.NewInt(daySeconds), new(big.Int))
		return fromBig(days, dateType)
	case "timestamp":
		return r.convert(a, typ)
	case "epoch":
		if a.kind() == block.Date {
			return floatOf(float64(a.Int) * daySeconds), nil
		}
		return floatOf(float64(a.Int) / float64(a.Type.Unit.PerSecond())), nil
	case "year":
		return whole(at.Year())
	case "quarter":
		return whole((int(at.Month())-1)/3 + 1)
	case "month":
		return whole(int(at.Month()))
	case "day":
		return whole(at.Day())
	case "weekday":
		return whole((int(at.Weekday())+6)%7 + 1)
	case "yearday":
		return whole(at.YearDay())
	case "hour":
		return whole(at.Hour())
	case "minute":
		return whole(at.Minute())
	case "second":
		return whole(at.Second())
	}
	panic(fmt.Sprintf("the reference does not know %s", name))
}
