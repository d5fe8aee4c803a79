package group

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// AppendBinary appends the groups order, which is [Table.Order] or some of it.
// The bytes depend on nothing but these groups:
//
//	groups   uvarint, n
//	columns  for each key column its n values in key order, see
//	         fixed.appendBinary and texts.appendBinary
func (t *Table) AppendBinary(dst []byte, order []uint32) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(order)))
	ids := make([]uint32, len(order))
	for c := range t.columns {
		for i, group := range order {
			ids[i] = t.columnID(group, c)
		}
		dst = t.columns[c].appendBinary(dst, ids)
	}
	return dst
}

// ErrMalformed says that bytes are not what [Table.AppendBinary] writes.
var ErrMalformed = errors.New("malformed group keys")

// Decode makes a table from what AppendBinary wrote for the same types, with
// ids in key order, and gives the bytes that follow. It accepts nothing else:
// a table that it returns appends the bytes that it was made from.
func Decode(types []block.Type, src []byte) (_ *Table, rest []byte, err error) {
	t := New(types)
	n, src, err := decodeLen(src)
	if err != nil {
		return nil, nil, err
	}
	if len(types) == 0 {
		if n > 1 {
			return nil, nil, fmt.Errorf("%w: %d groups without keys", ErrMalformed, n)
		}
		t.rows = n == 1
		return t, src, nil
	}
	keys := make([]*block.Vector, len(types))
	for c, typ := range types {
		if keys[c], src, err = decodeColumn(typ, src, n); err != nil {
			return nil, nil, fmt.Errorf("%w, column %d", err, c+1)
		}
	}
	ids := make([]uint32, n)
	if err := t.Assign(keys, n, ids); err != nil {
		return nil, nil, err
	}
	if t.Len() != n {
		return nil, nil, fmt.Errorf("%w: a key is there twice", ErrMalformed)
	}
	if !slices.IsSorted(t.Order()) {
		return nil, nil, fmt.Errorf("%w: keys are not in order", ErrMalformed)
	}
	return t, src, nil
}

// decodeLen reads a number of things each of which takes a byte of src at least.
func decodeLen(src []byte) (int, []byte, error) {
	n, size := binary.Uvarint(src)
	if size <= 0 || size > 1 && src[size-1] == 0 || n > uint64(len(src)) || n > maxGroups {
		return 0, nil, fmt.Errorf("%w: a count that the bytes do not hold", ErrMalformed)
	}
	return int(n), src[size:], nil
}

func decodeColumn(typ block.Type, src []byte, n int) (*block.Vector, []byte, error) {
	v := &block.Vector{Type: typ, Len: n}
	src, err := decodeNulls(v, src)
	if err != nil {
		return nil, nil, err
	}
	if typ.Kind == block.String {
		return decodeTexts(v, src)
	}
	if len(src) < 8*n {
		return nil, nil, fmt.Errorf("%w: %d bytes for %d keys", ErrMalformed, len(src), n)
	}
	keys := make([]uint64, n)
	for i := range keys {
		key := binary.LittleEndian.Uint64(src[8*i:])
		keys[i] = key
		if v.Null != nil && v.Null[i] && key != 0 {
			return nil, nil, fmt.Errorf("%w: a null with a value", ErrMalformed)
		}
	}
	if err := setFixed(v, keys); err != nil {
		return nil, nil, err
	}
	return v, src[8*n:], nil
}

// setFixed makes keys the values of v.
func setFixed(v *block.Vector, keys []uint64) error {
	switch v.Type.Kind {
	case block.Null:
		for i := range keys {
			if v.Null == nil || !v.Null[i] {
				return fmt.Errorf("%w: a null that is none", ErrMalformed)
			}
		}
	case block.Uint:
		v.Uint = keys
	case block.Float:
		v.Float = chunk.View[float64](chunk.Bytes(keys))
		for i, key := range keys {
			if floatKey(v.Float[i]) != key {
				return fmt.Errorf("%w: a float that is no key", ErrMalformed)
			}
		}
	case block.Bool:
		v.Bool = make([]bool, len(keys))
		for i, key := range keys {
			if key > 1 {
				return fmt.Errorf("%w: a bool of %d", ErrMalformed, key)
			}
			v.Bool[i] = key == 1
		}
	default:
		v.Int = chunk.View[int64](chunk.Bytes(keys))
	}
	return nil
}

// decodeNulls sets the nulls of v.
func decodeNulls(v *block.Vector, src []byte) ([]byte, error) {
	if len(src) == 0 || src[0] > 1 {
		return nil, fmt.Errorf("%w: no nulls", ErrMalformed)
	}
	if src[0] == 0 {
		return src[1:], nil
	}
	src = src[1:]
	size := chunk.BitmapBytes(v.Len)
	if len(src) < size {
		return nil, fmt.Errorf("%w: nulls cut short", ErrMalformed)
	}
	v.Null = make([]bool, v.Len)
	ones := 0
	for i := range v.Null {
		v.Null[i] = src[i>>3]>>(i&7)&1 == 1
		ones += int(oneIf(v.Null[i]))
	}
	if ones == 0 || chunk.CountBits(src, 0, 8*size) != ones {
		return nil, fmt.Errorf("%w: bits of no null", ErrMalformed)
	}
	return src[size:], nil
}

// decodeTexts makes v a vector over the texts in src.
func decodeTexts(v *block.Vector, src []byte) (*block.Vector, []byte, error) {
	offsets := make([]int64, v.Len+1)
	for i := range v.Len {
		length, rest, err := decodeLen(src)
		if err != nil {
			return nil, nil, err
		}
		if length > 0 && v.Null != nil && v.Null[i] {
			return nil, nil, fmt.Errorf("%w: a null with a text", ErrMalformed)
		}
		offsets[i+1] = offsets[i] + int64(length)
		src = rest
	}
	size := offsets[v.Len]
	if size > int64(len(src)) {
		return nil, nil, fmt.Errorf("%w: texts cut short", ErrMalformed)
	}
	v.Str.Source = &chunk.Column{
		Type: chunk.Type{ID: chunk.String}, Len: v.Len,
		Offsets: chunk.Bytes(offsets), WideOffsets: true, Values: src[:size],
	}
	return v, src[size:], nil
}
