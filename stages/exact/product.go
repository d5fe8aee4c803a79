package exact

import (
	"math"
	"math/bits"
)

// Squares is the exact sum of the squares of float64s, also of those whose
// square is beyond a float64. The zero value is the empty sum. It takes 56
// bytes, and more from the heap only when needed.
type Squares struct{ f fixed }

// Reset makes s the empty sum.
func (s *Squares) Reset() { s.f.reset() }

// Add adds x*x.
func (s *Squares) Add(x float64) { s.f.addProduct(x, x) }

// Merge adds what o has added. o stays as it is.
func (s *Squares) Merge(o *Squares) { s.f.merge(&o.f) }

// Float64 is the sum, rounded once; see Sum.Float64.
func (s *Squares) Float64() float64 { return s.f.float64() }

// AppendBinary appends the sum to dst. Equal totals give equal bytes.
func (s *Squares) AppendBinary(dst []byte) []byte { return s.f.append(dst) }

// Decode makes s the sum that src begins with and returns the bytes after it.
// It accepts only what AppendBinary writes. On an error s is unchanged.
func (s *Squares) Decode(src []byte) (rest []byte, err error) {
	var t fixed
	if rest, err = t.decode(src, productLimits); err != nil {
		return nil, err
	}
	if limbs, _ := t.significant(); t.state == negInf || len(limbs) > 0 && int64(limbs[len(limbs)-1]) < 0 {
		return nil, errRange
	}
	t.learned = s.f.learned
	s.f = t
	return rest, nil
}

// Products is the exact sum of products of two float64s. The zero value is the
// empty sum.
type Products struct{ f fixed }

// Reset makes p the empty sum.
func (p *Products) Reset() { p.f.reset() }

// Add adds x*y.
func (p *Products) Add(x, y float64) { p.f.addProduct(x, y) }

// AddSlice adds xs[i]*ys[i] for every i. The slices have equal lengths.
func (p *Products) AddSlice(xs, ys []float64) {
	ys = ys[:len(xs)]
	if len(xs) >= minBlock {
		p.f.addProductSpread(xs, ys)
		return
	}
	for i, x := range xs {
		p.f.addProduct(x, ys[i])
	}
}

// Merge adds what o has added. o stays as it is.
func (p *Products) Merge(o *Products) { p.f.merge(&o.f) }

// Float64 is the sum, rounded once; see Sum.Float64. A product of an infinity
// and 0 is NaN.
func (p *Products) Float64() float64 { return p.f.float64() }

// AppendBinary appends the sum to dst. Equal totals give equal bytes.
func (p *Products) AppendBinary(dst []byte) []byte { return p.f.append(dst) }

// Decode makes p the sum that src begins with and returns the bytes after it.
// It accepts only what AppendBinary writes. On an error p is unchanged.
func (p *Products) Decode(src []byte) (rest []byte, err error) { return p.f.decode(src, productLimits) }

func (f *fixed) addProduct(x, y float64) {
	a, b := math.Float64bits(x), math.Float64bits(y)
	ea, eb := int(a>>52&0x7ff), int(b>>52&0x7ff)
	if ea == 0x7ff || eb == 0x7ff {
		f.addSpecial(x * y)
		return
	}
	ma, mb := a&(1<<52-1), b&(1<<52-1)
	if ea != 0 {
		ma |= 1 << 52
	} else {
		ea = 1
	}
	if eb != 0 {
		mb |= 1 << 52
	} else {
		eb = 1
	}
	hi, lo := bits.Mul64(ma, mb)
	if hi|lo == 0 {
		return
	}
	const lowest = -2*1075 - originExp
	pos := uint(ea + eb + lowest)
	shift := pos & 63
	neg := uint64(int64(a^b) >> 63)
	// hi is below 2^42, so v2 stays clear of the sign.
	v0 := lo<<shift ^ neg
	v1 := hi<<shift | lo>>1>>(63-shift)
	v1 ^= neg
	v2 := hi>>1>>(63-shift) ^ neg
	i := uint(int(pos>>6) - int(f.base))
	if i > windowLimbs-4 || f.heap != nil {
		f.addThree(v0, v1, v2, neg, int(pos>>6))
		return
	}
	w := &f.win
	var c uint64
	w[i], c = bits.Add64(w[i], v0, neg&1)
	w[i+1], c = bits.Add64(w[i+1], v1, c)
	w[i+2], c = bits.Add64(w[i+2], v2, c)
	if c != neg&1 {
		f.ripple(int(i)+3, neg)
	}
}

// addThree is addTwo for three limbs.
func (f *fixed) addThree(v0, v1, v2, neg uint64, at int) {
	var c uint64
	v0, c = bits.Add64(v0, neg&1, 0)
	v1, c = bits.Add64(v1, 0, c)
	x := [3]uint64{v0, v1, v2 + c}
	f.add(x[:], at)
}
