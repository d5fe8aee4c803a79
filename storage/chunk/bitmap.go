package chunk

import (
	"encoding/binary"
	"math/bits"
)

// CountBits counts the ones among bits [from, from+n) of an LSB-first bitmap.
func CountBits(bitmap []byte, from, n int) int {
	count := 0
	for n > 0 && from&7 != 0 {
		count += int(bitmap[from>>3] >> (from & 7) & 1)
		from++
		n--
	}
	b := bitmap[from>>3:]
	for ; n >= 64; n -= 64 {
		count += bits.OnesCount64(binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	for ; n >= 8; n -= 8 {
		count += bits.OnesCount8(b[0])
		b = b[1:]
	}
	if n > 0 {
		count += bits.OnesCount8(b[0] & (1<<n - 1))
	}
	return count
}

// SetBits sets bits [from, from+n) of an LSB-first bitmap.
func SetBits(bitmap []byte, from, n int) {
	for ; n > 0 && from&7 != 0; n-- {
		bitmap[from>>3] |= 1 << (from & 7)
		from++
	}
	for ; n >= 8; n -= 8 {
		bitmap[from>>3] = 0xff
		from += 8
	}
	if n > 0 {
		bitmap[from>>3] |= 1<<n - 1
	}
}

// BitmapBytes is the size of a bitmap of n rows.
func BitmapBytes(n int) int { return (n + 7) / 8 }
