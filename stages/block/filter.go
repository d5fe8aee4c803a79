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

// positions writes the rows of keep that are true, and counts them. dst has
// room for 8 more than Rows: eight rows are written at a time, of which those
// that count come first, and the next eight go over the others.
func positions(dst []int32, keep *Vector) int {
	n, i := 0, 0
	b, nulls := asBytes(keep.Bool), asBytes(keep.Null)
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
		d, base := (*[8]int32)(dst[n:]), int32(i)
		d[0] = base + int32(first&7)
		d[1] = base + int32(first>>3&7)
		d[2] = base + int32(first>>6&7)
		d[3] = base + int32(first>>9&7)
		d[4] = base + int32(first>>12&7)
		d[5] = base + int32(first>>15&7)
		d[6] = base + int32(first>>18&7)
		d[7] = base + int32(first>>21&7)
		n += bits.OnesCount64(w)
	}
	for ; i < len(b); i++ {
		if b[i] == 1 && (nulls == nil || nulls[i] == 0) {
			dst[n] = int32(i)
			n++
		}
	}
	return n
}

// compressed lists the bits that are set in a byte, lowest first, three bits
// for each.
var compressed = func() (table [256]uint32) {
	for set := range table {
		n := 0
		for bit := range 8 {
			if set>>bit&1 == 1 {
				table[set] |= uint32(bit) << (3 * n)
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
	for i, k := range kept {
		dst[i] = src[k]
	}
	return dst
}

func gatherBools(dst, src []bool, kept []int32) []bool {
	dst = dst[:len(kept)]
	for i, k := range kept {
		dst[i] = src[k]
	}
	return dst
}
