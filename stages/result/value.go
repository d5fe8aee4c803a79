package result

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/big"
	"slices"
	"strings"
	"unsafe"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// Value is one cell of a result. The zero value is null. Values are small and
// passed by copy.
type Value struct {
	kind  block.Kind // Null for a null of any type
	unit  chunk.Unit // Timestamp only
	zoned bool       // Timestamp only: the instant is in UTC
	bits  uint64     // Bool as 0 and 1, IEEE bits of a Float, two's complement of the rest
	text  string     // of a String; 8 bytes of each element of a List; the upper 8 bytes of an Int128
}

// Null is the value of a null cell.
func Null() Value { return Value{} }

// Bool is a truth value.
func Bool(b bool) Value {
	v := Value{kind: block.Bool}
	if b {
		v.bits = 1
	}
	return v
}

// Int is a signed integer.
func Int(i int64) Value { return Value{kind: block.Int, bits: uint64(i)} }

// Uint is an unsigned integer.
func Uint(u uint64) Value { return Value{kind: block.Uint, bits: u} }

// Int128 is the integer hi·2^64 + lo, such as a sum: an Int where it fits int64,
// else of kind Int128. A column of Int or Uint may have values of both kinds.
//
// Note: a field for hi would make every value of every result a fourth larger.
func Int128(hi int64, lo uint64) Value {
	if hi == int64(lo)>>63 {
		return Int(int64(lo))
	}
	upper := binary.LittleEndian.AppendUint64(nil, uint64(hi))
	return Value{kind: block.Int128, bits: lo, text: string(upper)}
}

// Float is a floating-point number.
func Float(f float64) Value { return Value{kind: block.Float, bits: math.Float64bits(f)} }

// String is a text.
func String(s string) Value { return Value{kind: block.String, text: s} }

// Date is a number of days since 1970-01-01.
func Date(days int64) Value { return Value{kind: block.Date, bits: uint64(days)} }

// Timestamp is a number of ticks since 1970-01-01T00:00:00; zoned says that
// this is the Unix epoch in UTC and not a local time.
func Timestamp(ticks int64, unit chunk.Unit, zoned bool) Value {
	return Value{kind: block.Timestamp, unit: unit, zoned: zoned, bits: uint64(ticks)}
}

// List is a list of integers.
func List(elements []int64) Value {
	packed := make([]byte, 0, 8*len(elements))
	for _, e := range elements {
		packed = binary.LittleEndian.AppendUint64(packed, uint64(e))
	}
	return Value{kind: block.List, text: string(packed)}
}

// Fixed is a value of type t, which is neither string nor list, from the bits that
// [Value.Bits] gives.
func Fixed(t block.Type, bits uint64) Value {
	return Value{kind: t.Kind, unit: t.Unit, zoned: t.Zone != "", bits: bits}
}

// At is row i of v. The text of a string is not copied: it is valid as long as
// the chunk that v is computed on; [Value.Clone] outlives it.
func At(v *block.Vector, i int) Value {
	if v.Null != nil && v.Null[i] {
		return Value{}
	}
	switch v.Type.Kind {
	case block.Bool:
		return Bool(v.Bool[i])
	case block.Uint:
		return Uint(v.Uint[i])
	case block.Float:
		return Float(v.Float[i])
	case block.String:
		b := v.Str.At(i)
		return Value{kind: block.String, text: unsafe.String(unsafe.SliceData(b), len(b))}
	case block.Null:
		return Value{}
	}
	return Fixed(v.Type, uint64(v.Int[i]))
}

// Clone is v with a text of its own.
func (v Value) Clone() Value {
	v.text = strings.Clone(v.text)
	return v
}

// Kind is the value's type, Null for any null.
func (v Value) Kind() block.Kind { return v.kind }

// IsNull tells whether the value is null.
func (v Value) IsNull() bool { return v.kind == block.Null }

// Bits is the value as 64 bits: 0 and 1 for a bool, the IEEE bits of a float,
// two's complement of anything else; the lower half of an Int128; 0 for strings,
// lists and nulls.
func (v Value) Bits() uint64 { return v.bits }

// Bool is the value of a Bool.
func (v Value) Bool() bool { return v.bits == 1 }

// Int64 is the value of an Int, the days of a Date or the ticks of a Timestamp. Of
// an Int128, which a sum of integers may be, it is not the value: see [Value.Big].
func (v Value) Int64() int64 { return int64(v.bits) }

// Uint64 is the value of a Uint.
func (v Value) Uint64() uint64 { return v.bits }

// Int128 is the value of an Int, Uint or Int128: hi·2^64 + lo.
func (v Value) Int128() (hi int64, lo uint64) {
	switch v.kind {
	case block.Int:
		hi = int64(v.bits) >> 63
	case block.Int128:
		hi = int64(binary.LittleEndian.Uint64([]byte(v.text)))
	}
	return hi, v.bits
}

// Big is the value of an Int, Uint or Int128, and nil of anything else.
func (v Value) Big() *big.Int {
	if !integer(v.kind) {
		return nil
	}
	hi, lo := v.Int128()
	b := new(big.Int).Lsh(big.NewInt(hi), 64)
	return b.Add(b, new(big.Int).SetUint64(lo))
}

// integer tells whether values of a kind are integers.
func integer(k block.Kind) bool { return k == block.Int || k == block.Uint || k == block.Int128 }

// Float64 is the value of a Float.
func (v Value) Float64() float64 { return math.Float64frombits(v.bits) }

// Text is the value of a String, unescaped.
func (v Value) Text() string { return v.text }

// List is the elements of a List.
func (v Value) List() []int64 {
	elements := make([]int64, 0, len(v.text)/8)
	for rest := v.text; len(rest) >= 8; rest = rest[8:] {
		elements = append(elements, int64(binary.LittleEndian.Uint64([]byte(rest[:8]))))
	}
	return elements
}

// Compare orders two values of one column: numbers, dates and timestamps by
// value with NaN after all, -0 before +0, false before true, strings by bytes,
// lists by their first element that differs, nulls last.
func Compare(a, b Value) int {
	if a.IsNull() || b.IsNull() {
		return cmp.Compare(bit(a.IsNull()), bit(b.IsNull()))
	}
	if a.kind == block.Int128 || b.kind == block.Int128 {
		aHi, aLo := a.Int128()
		bHi, bLo := b.Int128()
		return cmp.Or(cmp.Compare(aHi, bHi), cmp.Compare(aLo, bLo))
	}
	switch a.kind {
	case block.String:
		return strings.Compare(a.text, b.text)
	case block.List:
		return slices.Compare(a.List(), b.List())
	case block.Float:
		return compareFloats(a.Float64(), b.Float64())
	case block.Bool, block.Uint:
		return cmp.Compare(a.bits, b.bits)
	}
	return cmp.Compare(int64(a.bits), int64(b.bits))
}

func compareFloats(x, y float64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	case x == y:
		return cmp.Compare(bit(math.Signbit(y)), bit(math.Signbit(x)))
	}
	return cmp.Compare(bit(x != x), bit(y != y))
}

func bit(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}
