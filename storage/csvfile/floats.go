package csvfile

import (
	"math"
	"math/bits"
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
)

const points = 0x2e2e2e2e2e2e2e2e // '.' in every byte

// float64s decodes floats, each the float64 nearest to its text.
func (c *column) float64s(f fields) *valueError {
	out := chunk.View[float64](c.out.Values)[f.first : f.first+f.rows]
	for r := 0; r < len(out); {
		end := len(out)
		if !c.strict {
			r += vectorFloats(&f, r, out)
			end = min(r+4, end)
		}
		for ; r < end; r++ {
			s, e := int(f.at[r*f.stride])+1, int(f.at[r*f.stride+1])
			if s == e {
				c.null(f.first + r)
				out[r] = 0
				continue
			}
			if !c.strict {
				if v, ok := quickFloat(f.base, s, e); ok {
					out[r] = v
					continue
				}
			}
			v, null, ok := c.slowFloat(f.field(r), 64)
			if !ok {
				return c.fail(&f, r)
			}
			if null {
				c.null(f.first + r)
			}
			out[r] = v
		}
	}
	return nil
}

// slowFloat reads any float or null.
func (c *column) slowFloat(text []byte, bitSize int) (v float64, null, ok bool) {
	text = trim(text)
	if c.isNull(text) {
		return 0, true, true
	}
	v, ok = parseFloat(text, bitSize)
	return v, false, ok
}

// float32s decodes floats, each the float32 nearest to its text.
func (c *column) float32s(f fields) *valueError {
	out := chunk.View[float32](c.out.Values)[f.first : f.first+f.rows]
	for r := range out {
		text := f.field(r)
		if len(text) == 0 {
			c.null(f.first + r)
			out[r] = 0
			continue
		}
		if v, ok := quickFloat(f.base, int(f.at[r*f.stride])+1, int(f.at[r*f.stride+1])); ok && !c.strict {
			// Rounding twice goes wrong only from the middle between two float32,
			// and the middles lie elsewhere among the subnormals.
			if b := math.Float64bits(v); b&(1<<29-1) != 1<<28 && (v == 0 || math.Abs(v) >= 0x1p-126) && math.Abs(v) <= math.MaxFloat32 {
				out[r] = float32(v)
				continue
			}
		}
		v, null, ok := c.slowFloat(text, 32)
		if !ok {
			return c.fail(&f, r)
		}
		if null {
			c.null(f.first + r)
		}
		out[r] = float32(v)
	}
	return nil
}

// quickFloat reads digits with at most one point and a sign. ok is false for
// anything else, also for some that are floats.
func quickFloat(base unsafe.Pointer, s, e int) (v float64, ok bool) {
	negative := minus(base, s)
	s += negative
	n := e - s
	if uint(n-1) < 8 {
		// The usual field: all of it in one word, at most one point to take out.
		w := lastDigits(base, e, n)
		places := 0
		if p := zeroBytes(w ^ points); p != 0 {
			below := p&-p>>7 - 1
			w = w&below<<8 | w&^(below<<8|0xff) | '0'
			places = 7 - bits.TrailingZeros64(p)>>3
			n--
		}
		v, ok = float64(int64(digitsValue(w)))/pow10[places&15], areDigits(w) && n > 0
	} else if n > 8 {
		v, ok = longDecimal(base, s, e)
	}
	return math.Float64frombits(math.Float64bits(v) | uint64(negative)<<63), ok
}
