package expr

import (
	"math"
	"strconv"
	"strings"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// Value is one value: a literal, or a constant expression computed.
type Value struct {
	Type  block.Type
	Null  bool
	Bool  bool
	Int   int64 // Int, Date, Timestamp
	Uint  uint64
	Float float64
	Text  string
}

// AsFloat is the value of a number as a float64; ok is false for other kinds
// and null.
func (v Value) AsFloat() (_ float64, ok bool) {
	switch v.Type.Kind {
	case block.Int:
		return float64(v.Int), !v.Null
	case block.Uint:
		return float64(v.Uint), !v.Null
	case block.Float:
		return v.Float, !v.Null
	}
	return 0, false
}

// AsInt is the value of an integer that int64 holds; ok is false for others.
func (v Value) AsInt() (_ int64, ok bool) {
	switch v.Type.Kind {
	case block.Int:
		return v.Int, !v.Null
	case block.Uint:
		return int64(v.Uint), !v.Null && v.Uint <= math.MaxInt64
	}
	return 0, false
}

// String is the value as an expression spells it.
func (v Value) String() string {
	if v.Null {
		return "null"
	}
	switch v.Type.Kind {
	case block.Bool:
		return strconv.FormatBool(v.Bool)
	case block.Int:
		return strconv.FormatInt(v.Int, 10)
	case block.Uint:
		return strconv.FormatUint(v.Uint, 10)
	case block.Float:
		return formatFloat(v.Float)
	case block.String:
		return "'" + strings.ReplaceAll(v.Text, "'", "''") + "'"
	case block.Date:
		return "date('" + formatDate(v.Int) + "')"
	case block.Timestamp:
		return "timestamp('" + formatTimestamp(v.Int, v.Type.Unit) + "')"
	}
	return "null"
}

// formatFloat is the shortest text that reads back to the same float64.
func formatFloat(f float64) string {
	switch {
	case f != f:
		return "nan()"
	case math.IsInf(f, 1):
		return "inf()"
	case math.IsInf(f, -1):
		return "-inf()"
	}
	format := byte('g')
	if a := math.Abs(f); a == 0 || a >= 1e-6 && a < 1e17 {
		format = 'f'
	}
	s := strconv.FormatFloat(f, format, -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// typeName is a type as messages name it.
func typeName(t block.Type) string {
	if t.Kind == block.Timestamp {
		return chunk.Type{ID: chunk.Timestamp, Unit: t.Unit, Zone: t.Zone}.String()
	}
	return t.Kind.String()
}

// bits is the value in a word, as registers hold it.
func (v Value) bits() uint64 {
	switch v.Type.Kind {
	case block.Uint:
		return v.Uint
	case block.Float:
		return math.Float64bits(v.Float)
	}
	return uint64(v.Int)
}

// valueOf is the inverse of bits.
func valueOf(t block.Type, bits uint64) Value {
	v := Value{Type: t}
	switch t.Kind {
	case block.Uint:
		v.Uint = bits
	case block.Float:
		v.Float = math.Float64frombits(bits)
	default:
		v.Int = int64(bits)
	}
	return v
}
