package csvfile

import (
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// ints decodes integers between lo and hi.
func ints[T chunk.Number](c *column, f fields, lo, hi int64) *valueError {
	out := chunk.View[T](c.out.Values)[f.first : f.first+f.rows]
	wide, _ := any(out).([]int64)
	for r := 0; r < len(out); {
		end := len(out)
		if wide != nil && !c.strict {
			r += vectorInts(&f, r, wide)
			end = min(r+4, end)
		}
		for ; r < end; r++ {
			s, e := int(f.at[r*f.stride])+1, int(f.at[r*f.stride+1])
			if s == e {
				c.null(f.first + r)
				out[r] = 0
				continue
			}
			v, ok := int64(0), false
			if !c.strict {
				v, ok = quickInt(f.base, s, e)
			}
			if !ok {
				text := trim(f.text[s:e])
				if c.isNull(text) {
					c.null(f.first + r)
					out[r] = 0
					continue
				}
				if v, ok = parseInt(text); !ok {
					return c.fail(&f, r)
				}
			}
			if v < lo || v > hi {
				return c.fail(&f, r)
			}
			out[r] = T(v)
		}
	}
	return nil
}

// quickInt reads an integer of up to 19 digits. ok is false for anything else,
// also for some that are integers.
func quickInt(base unsafe.Pointer, s, e int) (_ int64, ok bool) {
	negative := minus(base, s)
	sign := -int64(negative)
	n := e - s - negative
	if uint(n-1) < 8 {
		w := lastDigits(base, e, n)
		return (int64(digitsValue(w)) ^ sign) - sign, areDigits(w)
	}
	return quickLongInt(base, n, e, sign)
}

// quickLongInt reads n digits that end at e.
func quickLongInt(base unsafe.Pointer, n, e int, sign int64) (_ int64, ok bool) {
	if n < 9 || n > 19 {
		return 0, false
	}
	low := load(base, e-8)
	if n <= 16 {
		high := lastDigits(base, e-8, n-8)
		v := int64(digitsValue(high)*1e8 + digitsValue(low))
		return (v ^ sign) - sign, areDigits(low) && areDigits(high)
	}
	middle, high := load(base, e-16), lastDigits(base, e-16, n-16)
	v := digitsValue(high)*1e16 + digitsValue(middle)*1e8 + digitsValue(low)
	return (int64(v) ^ sign) - sign, v <= 1<<63-1 && areDigits(low) && areDigits(middle) && areDigits(high)
}

// uint64s decodes integers up to 2^64-1.
func (c *column) uint64s(f fields) *valueError {
	out := chunk.View[uint64](c.out.Values)[f.first : f.first+f.rows]
	for r := range out {
		s, e := int(f.at[r*f.stride])+1, int(f.at[r*f.stride+1])
		if s == e {
			c.null(f.first + r)
			out[r] = 0
			continue
		}
		if !c.strict {
			if v, ok := quickInt(f.base, s, e); ok && v >= 0 {
				out[r] = uint64(v)
				continue
			}
		}
		text := trim(f.text[s:e])
		if c.isNull(text) {
			c.null(f.first + r)
			out[r] = 0
			continue
		}
		v, ok := parseUint(text)
		if !ok {
			return c.fail(&f, r)
		}
		out[r] = v
	}
	return nil
}

// bools decodes true and false, in any case.
func (c *column) bools(t *tile) *valueError {
	f := c.unwrap(t)
	for r := range f.rows {
		text := f.field(r)
		if v, ok := parseBool(text); ok && !c.strict {
			if v {
				row := f.first + r
				c.out.Values[row>>3] |= 1 << (row & 7)
			}
			continue
		}
		text = trim(text)
		if c.isNull(text) {
			c.null(f.first + r)
			continue
		}
		v, ok := parseBool(text)
		if !ok {
			return c.fail(&f, r)
		}
		if v {
			row := f.first + r
			c.out.Values[row>>3] |= 1 << (row & 7)
		}
	}
	return nil
}

func parseBool(text []byte) (value, ok bool) {
	switch {
	case len(text) == 4:
		return true, text[0]|0x20 == 't' && text[1]|0x20 == 'r' && text[2]|0x20 == 'u' && text[3]|0x20 == 'e'
	case len(text) == 5:
		return false, text[0]|0x20 == 'f' && text[1]|0x20 == 'a' && text[2]|0x20 == 'l' && text[3]|0x20 == 's' && text[4]|0x20 == 'e'
	}
	return false, false
}
