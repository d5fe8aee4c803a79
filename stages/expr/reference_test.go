package expr

import (
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// reference evaluates an expression row by row, walking the tree, with numbers
// of any size: slow, and plain enough to be read as the definition. Of the
// compiler it uses only the static types, which tests of their own pin.
type reference struct {
	t      *testing.T
	text   string
	schema block.Schema
	types  map[*Node]block.Type
}

var errNoValue = errors.New("no value")

func (r *reference) typeOf(n *Node) block.Type {
	if t, ok := r.types[n]; ok {
		return t
	}
	e, err := Compile(r.text[n.Pos:n.End], r.schema)
	if err != nil {
		r.t.Fatalf("a part of a valid expression is not valid: %v", err)
	}
	r.types[n] = e.Type()
	return e.Type()
}

func (r *reference) typeOfText(text string) block.Type {
	e, err := Compile(text, r.schema)
	if err != nil {
		r.t.Fatalf("%v", err)
	}
	return e.Type()
}

func truthOf(b bool) Value { return Value{Type: boolType, Bool: b} }

func nullOf(t block.Type) Value { return Value{Type: t, Null: true} }

func floatOf(f float64) Value { return Value{Type: floatType, Float: f} }

func (v Value) isTrue() bool { return v.Bool && !v.Null }

func (v Value) kind() block.Kind { return v.Type.Kind }

func isNumber(k block.Kind) bool { return k == block.Int || k == block.Uint || k == block.Float }

func isTemporal(k block.Kind) bool { return k == block.Date || k == block.Timestamp }

func bigOf(v Value) *big.Int {
	if v.kind() == block.Uint {
		return new(big.Int).SetUint64(v.Uint)
	}
	return big.NewInt(v.Int)
}

// fromBig is n as a value of an integer type, or no value.
func fromBig(n *big.Int, t block.Type) (Value, error) {
	if t.Kind == block.Uint {
		if !n.IsUint64() {
			return Value{}, errNoValue
		}
		return Value{Type: t, Uint: n.Uint64()}, nil
	}
	if !n.IsInt64() {
		return Value{}, errNoValue
	}
	return Value{Type: t, Int: n.Int64()}, nil
}

// nanosOf is a date or timestamp in nanoseconds.
func nanosOf(v Value) *big.Int {
	return new(big.Int).Mul(big.NewInt(v.Int), big.NewInt(scale(v.Type)))
}

// nanosOfText is a literal in nanoseconds.
func nanosOfText(text string) *big.Int {
	text = strings.Replace(text, " ", "T", 1)
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			n := new(big.Int).Mul(big.NewInt(t.Unix()), big.NewInt(1e9))
			return n.Add(n, big.NewInt(int64(t.Nanosecond())))
		}
	}
	panic("no date: " + text)
}

func (r *reference) convert(v Value, to block.Type) (Value, error) {
	switch {
	case v.Null:
		return nullOf(to), nil
	case v.Type == to || to.Kind == block.Null:
		return v, nil
	case to.Kind == block.Float && v.kind() == block.Int:
		return floatOf(float64(v.Int)), nil
	case to.Kind == block.Float && v.kind() == block.Uint:
		return floatOf(float64(v.Uint)), nil
	case to.Kind == block.Float && v.kind() == block.Bool:
		if v.Bool {
			return floatOf(1), nil
		}
		return floatOf(0), nil
	case isTemporal(to.Kind):
		nanos := new(big.Int)
		if v.kind() == block.String {
			nanos = nanosOfText(v.Text)
		} else {
			nanos = nanosOf(v)
		}
		q, m := new(big.Int).DivMod(nanos, big.NewInt(scale(to)), new(big.Int))
		if m.Sign() != 0 {
			r.t.Fatalf("%s does not fit %v", v, to)
		}
		return fromBig(q, to)
	}
	return fromBig(bigOf(v), to)
}

// compare orders two values exactly.
func compareExactly(a, b Value) order {
	switch {
	case a.kind() == block.Bool:
		return map[bool]order{true: 0, false: 1}[a.Bool == b.Bool]
	case isTemporal(a.kind()) || isTemporal(b.kind()):
		nanos := func(v Value) *big.Int {
			if v.kind() == block.String {
				return nanosOfText(v.Text)
			}
			return nanosOf(v)
		}
		return order(nanos(a).Cmp(nanos(b)))
	case a.kind() == block.String:
		return order(strings.Compare(a.Text, b.Text))
	}
	precise := func(v Value) *big.Float {
		if v.kind() == block.Float {
			return new(big.Float).SetPrec(200).SetFloat64(v.Float)
		}
		return new(big.Float).SetPrec(200).SetInt(bigOf(v))
	}
	if a.kind() == block.Float && a.Float != a.Float || b.kind() == block.Float && b.Float != b.Float {
		return unordered
	}
	return order(precise(a).Cmp(precise(b)))
}

func compareOp(op string, a, b Value) Value {
	if a.Null || b.Null {
		return nullOf(boolType)
	}
	o := compareExactly(a, b)
	switch op {
	case "=":
		return truthOf(o == 0)
	case "!=":
		return truthOf(o != 0)
	case "<":
		return truthOf(o == -1)
	case "<=":
		return truthOf(o == -1 || o == 0)
	case ">":
		return truthOf(o == 1)
	}
	return truthOf(o == 1 || o == 0)
}

// logicOp is and and or: an operand's failure counts where the other operand
// does not decide and is not null.
func logicOp(op string, a Value, aErr error, b Value, bErr error) (Value, error) {
	decides := op == "or" // the truth value that decides
	switch {
	case aErr != nil && bErr != nil:
		return Value{}, errNoValue
	case aErr != nil:
		return logicOp(op, b, bErr, a, aErr)
	case bErr != nil:
		if a.Null || a.Bool == decides {
			return a, nil
		}
		return Value{}, errNoValue
	}
	switch {
	case !a.Null && a.Bool == decides, !b.Null && b.Bool == decides:
		return truthOf(decides), nil
	case a.Null || b.Null:
		return nullOf(boolType), nil
	}
	return truthOf(!decides), nil
}

func negateValue(v Value) Value { v.Bool = !v.Bool; return v }

// eval is the value of n on a row, whose columns are row.
func (r *reference) eval(n *Node, row []Value) (Value, error) {
	switch n.Op {
	case OpLiteral:
		return n.Value, nil
	case OpColumn:
		return row[r.schema.Index(n.Name)], nil
	case OpCall:
		return r.call(n, row)
	}
	args := make([]Value, len(n.Args))
	errs := make([]error, len(n.Args))
	for i, a := range n.Args {
		args[i], errs[i] = r.eval(a, row)
	}
	maybeNot := func(v Value, err error) (Value, error) {
		if n.Negated {
			v = negateValue(v)
		}
		return v, err
	}
	switch {
	case n.Op == OpBinary && (n.Name == "and" || n.Name == "or"):
		return logicOp(n.Name, args[0], errs[0], args[1], errs[1])
	case n.Op == OpBetween:
		low, high := compareOp(">=", args[0], args[1]), compareOp("<=", args[0], args[2])
		return maybeNot(logicOp("and", low, errors.Join(errs[0], errs[1]), high, errors.Join(errs[0], errs[2])))
	}
	for _, err := range errs {
		if err != nil {
			return Value{}, err
		}
	}
	switch n.Op {
	case OpUnary:
		if n.Name == "not" {
			return negateValue(args[0]), nil
		}
		if args[0].Null {
			return nullOf(r.typeOf(n)), nil
		}
		if args[0].kind() == block.Float {
			return floatOf(-args[0].Float), nil
		}
		if args[0].kind() == block.Uint && n.Args[0].Op != OpLiteral {
			if _, err := r.convert(args[0], intType); err != nil {
				return Value{}, err
			}
		}
		return fromBig(new(big.Int).Neg(bigOf(args[0])), intType)
	case OpIsNull:
		return maybeNot(truthOf(args[0].Null), nil)
	case OpIn:
		found, null := false, args[0].Null
		for _, k := range args[1:] {
			v := compareOp("=", args[0], k)
			found = found || v.isTrue()
			null = null || v.Null
		}
		if !found && null {
			return nullOf(boolType), nil
		}
		return maybeNot(truthOf(found), nil)
	}
	if comparisonOps[n.Name] != "" {
		return compareOp(n.Name, args[0], args[1]), nil
	}
	return r.arithmetic(n.Name, r.typeOf(n), args[0], args[1])
}

func (r *reference) arithmetic(op string, typ block.Type, a, b Value) (Value, error) {
	if isTemporal(a.kind()) || isTemporal(b.kind()) {
		for _, v := range []Value{a, b} { // a number of days is an int64
			if isNumber(v.kind()) {
				if _, err := r.convert(v, intType); err != nil {
					return Value{}, err
				}
			}
		}
		switch {
		case a.Null || b.Null:
			return nullOf(typ), nil
		case typ == dateType:
			n := bigOf(b)
			if op == "-" {
				n.Neg(n)
			}
			n.Add(n, bigOf(a))
			if n.CmpAbs(big.NewInt(maxDays)) > 0 {
				return Value{}, errNoValue
			}
			return fromBig(n, dateType)
		}
		d, err := fromBig(new(big.Int).Sub(bigOf(a), bigOf(b)), intType)
		if err == nil && typ == floatType {
			d = floatOf(float64(d.Int) / float64(a.Type.Unit.PerSecond()))
		}
		return d, err
	}
	a, aErr := r.convert(a, typ)
	b, bErr := r.convert(b, typ)
	switch {
	case aErr != nil || bErr != nil:
		return Value{}, errNoValue
	case a.Null || b.Null:
		return nullOf(typ), nil
	case typ == floatType:
		x, y := a.Float, b.Float
		switch op {
		case "+":
			return floatOf(x + y), nil
		case "-":
			return floatOf(x - y), nil
		case "*":
			return floatOf(x * y), nil
		case "/":
			return floatOf(x / y), nil
		case "//":
			return floatOf(refFloorDiv(x, y)), nil
		case "%":
			return floatOf(refFloorMod(x, y)), nil
		}
		return floatOf(refPow(x, y)), nil
	}
	x, y, z := bigOf(a), bigOf(b), new(big.Int)
	switch op {
	case "+":
		z.Add(x, y)
	case "-":
		z.Sub(x, y)
	case "*":
		z.Mul(x, y)
	case "**":
		if y.Sign() < 0 || y.CmpAbs(big.NewInt(64)) > 0 && x.CmpAbs(big.NewInt(1)) > 0 {
			return Value{}, errNoValue
		}
		if x.CmpAbs(big.NewInt(1)) <= 0 { // only whether the exponent is odd or zero matters
			y = new(big.Int).SetInt64(int64(map[bool]int{true: 0, false: 2}[y.Sign() == 0]) + int64(y.Bit(0)))
		}
		z.Exp(x, y, nil)
	default:
		if y.Sign() == 0 {
			return Value{}, errNoValue
		}
		// The quotient rounded down, and what is left.
		q, m := new(big.Int).QuoRem(x, y, new(big.Int))
		if m.Sign() != 0 && m.Sign() != y.Sign() {
			q.Sub(q, big.NewInt(1))
			m.Add(m, y)
		}
		if z = q; op == "%" {
			z = m
		}
	}
	return fromBig(z, typ)
}

// refFloorMod is Python's float modulo.
func refFloorMod(x, y float64) float64 {
	m := math.Mod(x, y)
	switch {
	case m == 0:
		return math.Copysign(0, y)
	case (m < 0) != (y < 0) && m == m:
		return m + y
	}
	return m
}

// refFloorDiv is the exact quotient rounded down, where that can be computed
// with rationals, then rounded to a float.
func refFloorDiv(x, y float64) float64 {
	if y == 0 || x != x || y != y || math.IsInf(x, 0) {
		return math.Floor(x / y)
	}
	return floorDivFloat(x, y) // checked against rationals by TestFloatFloorDivision
}

func refPow(x, y float64) float64 {
	if y == 2 {
		return x * x
	}
	return math.Pow(x, y)
}

// column of a test chunk, as values.
func valueOfColumn(c *chunk.Column, v *block.Vector, i int) Value {
	typ, _ := block.TypeOf(c.Type)
	return vectorValue(v, typ, i)
}

func vectorValue(v *block.Vector, typ block.Type, i int) Value {
	out := Value{Type: typ}
	switch {
	case v.Null != nil && v.Null[i]:
		out.Null = true
	case typ.Kind == block.Bool:
		out.Bool = v.Bool[i]
	case typ.Kind == block.Uint:
		out.Uint = v.Uint[i]
	case typ.Kind == block.Float:
		out.Float = v.Float[i]
	case typ.Kind == block.String:
		out.Text = string(v.Str.At(i))
	default:
		out.Int = v.Int[i]
	}
	return out
}

func sameValue(a, b Value) bool {
	if a.Null || b.Null {
		return a.Null && b.Null
	}
	if a.kind() == block.Float && b.kind() == block.Float {
		return math.Float64bits(a.Float) == math.Float64bits(b.Float) || a.Float != a.Float && b.Float != b.Float
	}
	return a == b
}
