package block

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// load makes c.vector the kept rows of src.
func (b *Block) load(c *column, src *chunk.Column) {
	typ, ok := TypeOf(src.Type)
	if !ok {
		panic(fmt.Sprintf("block: a column of type %s", src.Type))
	}
	c.vector = Vector{Type: typ, Len: b.len, Null: b.loadNulls(c, src)}
	v := &c.vector
	switch src.Type.ID {
	case chunk.String:
		v.Str = Strings{Source: src, From: b.start}
		if b.filtered {
			v.Str.From, v.Str.Row = 0, b.rows[:b.len]
		}
	case chunk.Bool:
		v.Bool = c.boolScratch()[:b.len]
		if b.filtered {
			gatherBits(v.Bool, src.Values, src.BitOffset, b.rows, 0)
		} else {
			expandBits(v.Bool, src.Values, src.BitOffset+b.start, 0)
		}
	case chunk.Int8:
		v.Int = widen[int64](b, c, chunk.View[int8](src.Values))
	case chunk.Int16:
		v.Int = widen[int64](b, c, chunk.View[int16](src.Values))
	case chunk.Int32, chunk.Date32:
		if src := chunk.View[int32](src.Values); b.filtered {
			v.Int = widen[int64](b, c, src)
		} else {
			v.Int = scratch[int64](b, c)
			widenInt32(v.Int, src[b.start:])
		}
	case chunk.Int64, chunk.Timestamp:
		v.Int = direct(b, c, chunk.View[int64](src.Values))
	case chunk.Uint8:
		v.Int = widen[int64](b, c, src.Values)
	case chunk.Uint16:
		v.Int = widen[int64](b, c, chunk.View[uint16](src.Values))
	case chunk.Uint32:
		v.Int = widen[int64](b, c, chunk.View[uint32](src.Values))
	case chunk.Uint64:
		v.Uint = direct(b, c, chunk.View[uint64](src.Values))
	case chunk.Float32:
		if src := chunk.View[float32](src.Values); b.filtered {
			v.Float = widen[float64](b, c, src)
		} else {
			v.Float = scratch[float64](b, c)
			widenFloat32(v.Float, src[b.start:])
		}
	case chunk.Float64:
		v.Float = direct(b, c, chunk.View[float64](src.Values))
	case chunk.Float16:
		v.Float = halves(b, c, chunk.View[uint16](src.Values))
	case chunk.Date64:
		v.Int = days(b, c, chunk.View[int64](src.Values))
	}
}

// loadNulls is the mask of the kept rows that are null, nil if there are none.
func (b *Block) loadNulls(c *column, src *chunk.Column) []bool {
	if src.Nulls == 0 || src.Validity == nil {
		return nil
	}
	bit := src.BitOffset + b.start
	if chunk.CountBits(src.Validity, bit, b.window) == b.window {
		return nil
	}
	nulls := c.nullScratch()[:b.len]
	if !b.filtered {
		expandBits(nulls, src.Validity, bit, 0xff)
		return nulls
	}
	if gatherBits(nulls, src.Validity, src.BitOffset, b.rows, 1) == 0 {
		return nil
	}
	return nulls
}

// scratch is c's words as b.len values of T.
func scratch[T int64 | uint64 | float64](b *Block, c *column) []T {
	w := c.wordScratch()
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(w))), len(w))[:b.len]
}

// direct is the kept rows of values that need no widening, which lie in the
// chunk as long as none was dropped.
func direct[T int64 | uint64 | float64](b *Block, c *column, src []T) []T {
	if !b.filtered {
		return src[b.start : b.start+b.len : b.start+b.len]
	}
	dst := scratch[T](b, c)
	Pick(dst, src, b.rows)
	return dst
}

// widen is the kept rows of src as R, which holds each T exactly.
func widen[R int64 | float64, T int8 | int16 | int32 | uint8 | uint16 | uint32 | float32](b *Block, c *column, src []T) []R {
	dst := scratch[R](b, c)
	if b.filtered {
		for i, r := range b.rows[:len(dst)] {
			dst[i] = R(src[r])
		}
		return dst
	}
	convert(dst, src[b.start:])
	return dst
}

// convert sets dst to as many of src.
func convert[R int64 | float64, T int8 | int16 | int32 | uint8 | uint16 | uint32 | float32](dst []R, src []T) {
	src = src[:len(dst)]
	for ; len(dst) >= 4 && len(src) >= 4; dst, src = dst[4:], src[4:] {
		dst[0], dst[1], dst[2], dst[3] = R(src[0]), R(src[1]), R(src[2]), R(src[3])
	}
	for i := range src {
		dst[i] = R(src[i])
	}
}

// halves is the kept rows of src, binary16, widened.
func halves(b *Block, c *column, src []uint16) []float64 {
	dst := scratch[float64](b, c)
	for i := range dst {
		dst[i] = halfToFloat(src[b.ChunkRow(i)])
	}
	return dst
}

// halfToFloat is the value of an IEEE 754 binary16, exactly.
//
//	bit 15 sign | 14..10 exponent, bias 15 | 9..0 fraction
func halfToFloat(h uint16) float64 {
	sign := uint64(h>>15) << 63
	exponent, fraction := uint64(h>>10&0x1f), uint64(h&0x3ff)
	switch exponent {
	case 0: // zero or subnormal: fraction * 2^-24
		return math.Float64frombits(math.Float64bits(float64(fraction)*0x1p-24) | sign)
	case 0x1f: // infinity or NaN
		return math.Float64frombits(sign | 0x7ff<<52 | fraction<<42)
	}
	return math.Float64frombits(sign | (exponent+1023-15)<<52 | fraction<<42)
}

// days turns the milliseconds of a date64 into days, rounding down.
func days(b *Block, c *column, src []int64) []int64 {
	const dayMs = 24 * 60 * 60 * 1000
	dst := scratch[int64](b, c)
	for i := range dst {
		ms := src[b.ChunkRow(i)]
		d := ms / dayMs
		if ms%dayMs < 0 {
			d--
		}
		dst[i] = d
	}
	return dst
}

// expandBits sets dst[i] to bit from+i of an LSB-first bitmap after flipping
// its bytes with flip. Eight bits become eight bytes at once: a copy of the byte
// in each byte of a word, of which byte k keeps bit k, made 0 or 1.
func expandBits(dst []bool, bitmap []byte, from int, flip byte) {
	bitmap = bitmap[from>>3:]
	shift := from & 7
	n := len(dst)
	out := asBytes(dst)
	i := 0
	for ; i+8 <= n; i += 8 {
		bits := uint16(bitmap[i>>3])
		if shift != 0 {
			bits |= uint16(bitmap[i>>3+1]) << 8
		}
		word := uint64(byte(bits>>shift)^flip) * 0x0101010101010101 & 0x8040201008040201
		word = (word + 0x7f7f7f7f7f7f7f7f) >> 7 & 0x0101010101010101
		binary.LittleEndian.PutUint64(out[i:], word)
	}
	for ; i < n; i++ {
		bit := shift + i
		dst[i] = (bitmap[bit>>3]^flip)>>(bit&7)&1 == 1
	}
}

// gatherBits sets dst[i] to bit from+rows[i] of bitmap, xor flip, and counts
// the true ones.
func gatherBits(dst []bool, bitmap []byte, from int, rows []int32, flip byte) int {
	count := 0
	for i, r := range rows[:len(dst)] {
		bit := uint(from) + uint(r)
		one := bitmap[bit>>3]>>(bit&7)&1 ^ flip
		dst[i] = one != 0
		count += int(one)
	}
	return count
}
