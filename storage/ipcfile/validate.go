package ipcfile

import (
	"fmt"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// ascending tells whether offsets begin at 0 or later and never fall. It is one
// pass without branches: a negative offset, or a fall between two that are not
// negative, leaves a sign bit.
func ascending[T int32 | int64](offsets []T) bool {
	if len(offsets) == 0 {
		return true
	}
	last := offsets[0]
	bad := last
	for _, o := range offsets[1:] {
		bad |= o | (o - last)
		last = o
	}
	return bad >= 0
}

// checkOffsets checks the offsets of rows into data of dataBytes. row is the
// first that is wrong. first and last bound the data that the rows use.
func checkOffsets[T int32 | int64](offsets []T, dataBytes int) (first, last int64, row int, err error) {
	first, last = int64(offsets[0]), int64(offsets[len(offsets)-1])
	if ascending(offsets) && last <= int64(dataBytes) {
		return first, last, 0, nil
	}
	prev := T(0)
	for r, o := range offsets {
		if o < prev || int64(o) > int64(dataBytes) {
			return 0, 0, max(0, r-1), fmt.Errorf("corrupt data: text from byte %d to %d of %d", prev, o, dataBytes)
		}
		prev = o
	}
	panic("ipcfile: offsets are wrong and right")
}

// largest is the greatest of indices; a negative one counts as very large.
func largest(indices []int32) uint32 {
	var a, b, c, d uint32
	i := 0
	for ; i+4 <= len(indices); i += 4 {
		v := indices[i : i+4 : i+4]
		a, b, c, d = max(a, uint32(v[0])), max(b, uint32(v[1])), max(c, uint32(v[2])), max(d, uint32(v[3]))
	}
	for _, v := range indices[i:] {
		a = max(a, uint32(v))
	}
	return max(a, b, c, d)
}

// widen converts indices of any width to int32, one that does not fit to -1.
func widen[T chunk.Number](dst []int32, src []T) {
	src = src[:len(dst)]
	for i, v := range src {
		w := int32(v)
		if T(w) != v || w < 0 {
			w = -1
		}
		dst[i] = w
	}
}

// widenTo converts the indices of the width and sign that the file has. src is
// aligned to its width.
func widenTo(dst []int32, src []byte, width int, signed bool) {
	switch {
	case width == 1 && signed:
		widen(dst, chunk.View[int8](src))
	case width == 1:
		widen(dst, src)
	case width == 2 && signed:
		widen(dst, chunk.View[int16](src))
	case width == 2:
		widen(dst, chunk.View[uint16](src))
	case width == 4 && signed:
		widen(dst, chunk.View[int32](src))
	case width == 4:
		widen(dst, chunk.View[uint32](src))
	case signed:
		widen(dst, chunk.View[int64](src))
	default:
		widen(dst, chunk.View[uint64](src))
	}
}
