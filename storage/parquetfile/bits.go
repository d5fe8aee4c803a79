package parquetfile

import (
	"encoding/binary"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// copyBits copies bits [from, from+n) of src to bits [at, at+n) of dst, both
// LSB first. Other bits of dst stay as they are.
func copyBits(dst []byte, at int, src []byte, from, n int) {
	for ; n > 0 && at&7 != 0; n-- {
		putBit(dst, at, src[from>>3]>>(from&7)&1)
		at++
		from++
	}
	if from&7 == 0 {
		whole := n >> 3
		copy(dst[at>>3:at>>3+whole], src[from>>3:])
		at, from, n = at+8*whole, from+8*whole, n&7
	}
	shift := from & 7
	for ; n >= 64 && from>>3+9 <= len(src); n -= 64 {
		s := src[from>>3:]
		w := binary.LittleEndian.Uint64(s)>>shift | uint64(s[8])<<(64-shift)
		binary.LittleEndian.PutUint64(dst[at>>3:], w)
		at += 64
		from += 64
	}
	for ; n > 0; n-- {
		putBit(dst, at, src[from>>3]>>(from&7)&1)
		at++
		from++
	}
}

func putBit(dst []byte, at int, bit byte) {
	p := &dst[at>>3]
	*p = *p&^(1<<(at&7)) | bit<<(at&7)
}

// fillBits sets bits [at, at+n) of dst to bit.
func fillBits(dst []byte, at, n int, bit byte) {
	if bit != 0 {
		chunk.SetBits(dst, at, n)
		return
	}
	for ; n > 0 && at&7 != 0; n-- {
		putBit(dst, at, 0)
		at++
	}
	clear(dst[at>>3 : at>>3+n>>3])
	at += n &^ 7
	for n &= 7; n > 0; n-- {
		putBit(dst, at, 0)
		at++
	}
}

// spread moves the k values at the front of values to the rows whose bit is
// set among bits [from, from+len(values)) of validity, in place and in order.
// Rows without a bit get some value that is already there, or 0.
func spread[T chunk.Number](values []T, k int, validity []byte, from int) {
	if k == len(values) {
		return
	}
	values[k] = 0 // what the nulls after the last value read
	j := k
	for i := len(values) - 1; i >= 0 && j <= i; i-- {
		bit := from + i
		if bit&7 == 7 && validity[bit>>3] == 0xff && j >= 8 && i >= 7 {
			eight := *(*[8]T)(values[j-8:])
			*(*[8]T)(values[i-7:]) = eight
			i, j = i-7, j-8
			continue
		}
		j -= int(validity[bit>>3] >> (bit & 7) & 1)
		values[i] = values[j]
	}
}
