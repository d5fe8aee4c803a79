//go:build !purego

package parquetfile

import "golang.org/x/sys/cpu"

var hasBMI2 = cpu.X86.HasBMI2

// snappyBMI2 is snappyElementsGo as long as d is at most dstLimit and what it
// consumed of src at most srcLimit.
//
//go:noescape
func snappyBMI2(dst *byte, d, dstLimit int, src *byte, srcLimit int) (nd, consumed int)

// snappyElements is snappyElementsGo, faster.
func snappyElements(dst []byte, d int, src []byte) (int, int) {
	s := 0
	if dstLimit, srcLimit := len(dst)-snappyMargin, len(src)-snappySource; hasBMI2 && d >= 8 && d <= dstLimit && srcLimit >= 0 {
		d, s = snappyBMI2(&dst[0], d, dstLimit, &src[0], srcLimit)
	}
	d, more := snappyElementsGo(dst, d, src[s:])
	return d, s + more
}
