package block

import (
	"encoding/binary"
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
// Rows elements.
func positions(dst []int32, keep *Vector) int {
	n := 0
	if keep.Null == nil {
		dst = dst[:len(keep.Bool)]
		for i, k := range keep.Bool {
			// Written always and counted only if kept: no branch to mispredict.
			// n <= i holds, but the compiler does not see it.
			dst[n&(Rows-1)] = int32(i)
			if k {
				n++
			}
		}
		return n
	}
	null := keep.Null[:len(keep.Bool)]
	for i, k := range keep.Bool {
		dst[n&(Rows-1)] = int32(i)
		if k && !null[i] {
			n++
		}
	}
	return n
}

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
