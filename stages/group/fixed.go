package group

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// fixed is a key column of any type but String. Values are 64-bit keys: two's
// complement, or 0 and 1, or the bits of a float whose zero is +0 and whose NaN
// is the quiet one.
type fixed struct {
	typ   block.Type
	index index
	null  uint32   // plus 1: the id of null; 0 until there is one
	keys  []uint64 // of one block
}

func newFixed(t block.Type) *fixed { return &fixed{typ: t} }

func (f *fixed) assign(v *block.Vector, n int, ids []uint32) error {
	keys := f.normal(v, n)
	if v.Null == nil && keys != nil {
		return f.index.assign(keys, ids)
	}
	for i := range ids {
		var err error
		if keys == nil || v.Null[i] {
			ids[i], err = f.nullID()
		} else {
			ids[i], err = f.index.lookup(keys[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *fixed) nullID() (uint32, error) {
	if f.null == 0 {
		id, err := f.index.reserve()
		if err != nil {
			return 0, err
		}
		f.null = id + 1
	}
	return f.null - 1, nil
}

// normal is the first n values of v as keys, nil if v is of kind Null.
func (f *fixed) normal(v *block.Vector, n int) []uint64 {
	switch f.typ.Kind {
	case block.Null:
		return nil
	case block.Uint:
		return v.Uint[:n]
	case block.Float:
		f.keys = slices.Grow(f.keys[:0], n)[:n]
		for i, x := range v.Float[:n] {
			f.keys[i] = floatKey(x)
		}
		return f.keys
	case block.Bool:
		f.keys = slices.Grow(f.keys[:0], n)[:n]
		for i, b := range v.Bool[:n] {
			f.keys[i] = uint64(oneIf(b))
		}
		return f.keys
	}
	if n == 0 {
		return []uint64{}
	}
	return chunk.View[uint64](chunk.Bytes(v.Int[:n]))
}

// nanKey is the key of every NaN.
const nanKey = 0x7ff8000000000000

func floatKey(x float64) uint64 {
	if x != x {
		return nanKey
	}
	return math.Float64bits(x + 0) // -0 + 0 is +0
}

func (f *fixed) merge(from column) ([]uint32, error) {
	other := from.(*fixed)
	ids := make([]uint32, len(other.index.keys))
	for i, key := range other.index.keys {
		var err error
		if uint32(i)+1 == other.null {
			ids[i], err = f.nullID()
		} else {
			ids[i], err = f.index.lookup(key)
		}
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func (f *fixed) rank() []uint32 {
	keys := f.index.keys
	ordered := make([]ranked, len(keys))
	for i, key := range keys {
		ordered[i] = ranked{f.sortKey(key), uint32(i)}
	}
	if f.null != 0 { // to the end, whatever its slot holds
		i := f.null - 1
		ordered = append(append(ordered[:i:i], ordered[i+1:]...), ordered[i])
		sortRanked(ordered[:len(ordered)-1])
	} else {
		sortRanked(ordered)
	}
	rank := make([]uint32, len(keys))
	for r, o := range ordered {
		rank[o.id] = uint32(r)
	}
	return rank
}

type ranked struct {
	key uint64
	id  uint32
}

func sortRanked(ordered []ranked) {
	slices.SortFunc(ordered, func(a, b ranked) int {
		if a.key < b.key {
			return -1
		}
		return 1 // no two keys are the same
	})
}

// sortKey maps a key to a number that sorts unsigned as the value does.
func (f *fixed) sortKey(key uint64) uint64 {
	switch f.typ.Kind {
	case block.Uint, block.Bool:
		return key
	case block.Float:
		if key>>63 != 0 {
			return ^key
		}
	}
	return key ^ 1<<63
}

func (f *fixed) len() int { return len(f.index.keys) }

func (f *fixed) value(id uint32) result.Value {
	if id+1 == f.null {
		return result.Null()
	}
	return result.Fixed(f.typ, f.index.keys[id])
}

// appendBinary writes the values of ids:
//
//	nulls   1 byte: 1 if a bitmap of the nulls follows, else 0
//	bitmap  (n+7)/8 bytes, LSB first, 1 is null, the rest of the last byte 0
//	keys    n * 8 bytes, little-endian; 0 for a null
func (f *fixed) appendBinary(dst []byte, ids []uint32) []byte {
	dst = appendNulls(dst, ids, f.null)
	for _, id := range ids {
		key := f.index.keys[id]
		dst = binary.LittleEndian.AppendUint64(dst, key)
	}
	return dst
}

func (f *fixed) sizeBytes() int64 { return f.index.sizeBytes() + int64(cap(f.keys))*8 }

// appendNulls writes which of ids are the null with id null-1, if any.
func appendNulls(dst []byte, ids []uint32, null uint32) []byte {
	if null == 0 || !slices.Contains(ids, null-1) {
		return append(dst, 0)
	}
	dst = append(dst, 1)
	from := len(dst)
	dst = append(dst, make([]byte, chunk.BitmapBytes(len(ids)))...)
	for i, id := range ids {
		if id+1 == null {
			dst[from+i>>3] |= 1 << (i & 7)
		}
	}
	return dst
}
