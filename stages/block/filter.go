package block

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// allTrue tells whether no row is false or null.
func allTrue(keep *Vector) bool {
	if keep.Null != nil && anyTrue(keep.Null) {
		return false
	}
	b := asBytes(keep.Bool)
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b) != 0x0101010101010101 {
			return false
		}
	}
	for _, k := range b {
		if k == 0 {
			return false
		}
	}
	return true
}

func anyTrue(s []bool) bool {
	b := asBytes(s)
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b) != 0 {
			return true
		}
	}
	for _, k := range b {
		if k != 0 {
			return true
		}
	}
	return false
}

// asBytes is s as its bytes, which are 0 and 1, so that eight can be taken at
// a time.
func asBytes(s []bool) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s))
}

// positions writes the rows of keep that are true, counted from base, and gives
// their number. dst has room for 8 more than Rows: eight rows are written at a time,
// of which those that count come first, and the next eight go over the others.
func positions(dst []int32, keep *Vector, base int32) int {
	b, nulls := asBytes(keep.Bool), asBytes(keep.Null)
	i, n := positionsOfVectors(dst, b, nulls, base)
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		if nulls != nil {
			w &^= binary.LittleEndian.Uint64(nulls[i:])
		}
		if w == 0 {
			continue
		}
		// Byte k of w goes to bit k of the top byte.
		set := w * 0x0102040810204080 >> 56
		first := compressed[set]
		d, at := (*[8]int32)(dst[n:]), base+int32(i)
		d[0] = at + int32(first&7)
		d[1] = at + int32(first>>8&7)
		d[2] = at + int32(first>>16&7)
		d[3] = at + int32(first>>24&7)
		d[4] = at + int32(first>>32&7)
		d[5] = at + int32(first>>40&7)
		d[6] = at + int32(first>>48&7)
		d[7] = at + int32(first>>56&7)
		n += bits.OnesCount64(w)
	}
	for ; i < len(b); i++ {
		if b[i] == 1 && (nulls == nil || nulls[i] == 0) {
			dst[n] = base + int32(i)
			n++
		}
	}
	return n
}

// Valid lists the rows that are not null, ascending, and gives their number. rows
// has room for 8 more than there are.
func Valid(rows []int32, null []bool) int {
	n := 0
	for at := 0; at < len(null); at += Rows {
		part := null[at:min(len(null), at+Rows)]
		keep := Vector{Bool: trues[:len(part)], Null: part}
		n += positions(rows[n:], &keep, int32(at))
	}
	return n
}

var trues = func() (table [Rows]bool) {
	for i := range table {
		table[i] = true
	}
	return table
}()

// compressed lists the bits that are set in a byte, lowest first, a byte for each.
var compressed = func() (table [256]uint64) {
	for set := range table {
		n := 0
		for bit := range 8 {
			if set>>bit&1 == 1 {
				table[set] |= uint64(bit) << (8 * n)
				n++
			}
		}
	}
	return table
}()

// compact keeps the rows at the positions kept of a derived column. The first
// time it moves the column into scratch of the block; positions ascend, so
// moving within it is safe too.
func (c *column) compact(kept []int32) {
	v := &c.vector
	v.Len = len(kept)
	switch v.Type.Kind {
	case Int, Date, Timestamp:
		v.Int = gather(c, v.Int, kept)
	case Uint:
		v.Uint = gather(c, v.Uint, kept)
	case Float:
		v.Float = gather(c, v.Float, kept)
	case Bool:
		v.Bool = gatherBools(c.boolScratch(), v.Bool, kept)
	case String:
		if v.Str.Source != nil {
			rows := c.rowScratch()[:len(kept)]
			for i, k := range kept {
				rows[i] = int32(v.Str.SourceRow(int(k)))
			}
			v.Str.From, v.Str.Row = 0, rows
		}
	}
	if v.Null != nil {
		v.Null = gatherBools(c.nullScratch(), v.Null, kept)
		if v.Type.Kind != Null && !anyTrue(v.Null) {
			v.Null = nil
		}
	}
}

func gather[T int64 | uint64 | float64](c *column, src []T, kept []int32) []T {
	w := c.wordScratch()
	dst := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(w))), len(w))[:len(kept)]
	Pick(dst, src, kept)
	return dst
}

// Pick sets dst to the rows of src, which ascend. dst may begin where src does.
//
// Note: packing four values at a time by the mask of what is kept, with a table of
// permutations, takes as many steps for half of the rows.
func Pick[T int64 | uint64 | float64](dst, src []T, rows []int32) {
	rows = rows[:len(dst)]
	if len(rows) == 0 {
		return
	}
	_, _ = src[rows[0]], src[rows[len(rows)-1]] // all others are between
	from := unsafe.Pointer(unsafe.SliceData(src))
	const size = 8 // bytes of a T
	for ; len(rows) >= 4 && len(dst) >= 4; rows, dst = rows[4:], dst[4:] {
		a := *(*T)(unsafe.Add(from, uintptr(rows[0])*size))
		b := *(*T)(unsafe.Add(from, uintptr(rows[1])*size))
		c := *(*T)(unsafe.Add(from, uintptr(rows[2])*size))
		d := *(*T)(unsafe.Add(from, uintptr(rows[3])*size))
		dst[0], dst[1], dst[2], dst[3] = a, b, c, d
	}
	for i, r := range rows {
		dst[i] = *(*T)(unsafe.Add(from, uintptr(r)*size))
	}
}

func gatherBools(dst, src []bool, kept []int32) []bool {
	dst = dst[:len(kept)]
	for i, k := range kept {
		dst[i] = src[k]
	}
	return dst
}
