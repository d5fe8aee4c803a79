package order

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
)

// Sketch counts values in buckets so narrow that each value is known up to a
// relative error: DDSketch (Masson, Rim and Lee, "DDSketch: A fast and
// fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019).
// Buckets never collapse: floats have so many exponents that the most there can
// be take less than 2 MiB at an error of 1 %.
//
// The buckets are those of the paper's linearly interpolated mapping: each of
// the intervals from a power of two to the next is cut into K of equal width. It
// is computed with integers, and so the same on every machine.
//
//	1        1+1/K     1+2/K                    2        2+2/K
//	+---------+---------+--- ... ---+-----------+---------+--- ...
//	| bucket  | bucket  |                       | bucket
//
// A value in a bucket from l to u is estimated by 2lu/(l+u), which is off by at
// most (u-l)/(u+l) of it, and that is at most 1/(2K+1).
//
// Note: cubic interpolation needs 30 % fewer buckets, but roundings that would
// have to be bounded, and more time for each value. The logarithm itself is not
// the same on all machines.
//
// The zero value with Accuracy set is empty. It belongs to one goroutine.
type Sketch struct {
	Accuracy Accuracy

	nan                bool
	below, zero, above int64 // how many are -Inf, 0, +Inf
	n                  int64
	negative, positive tally // by magnitude
}

// Accuracy says how narrow the buckets of a Sketch are.
type Accuracy struct{ perOctave uint64 } // K of [Sketch]

// The relative errors that a Sketch can have.
const (
	LeastError = 0.0001
	MostError  = 0.5
)

var errAccuracy = errors.New("a relative error from 0.0001 to 0.5 can be had")

// NewAccuracy is for a relative error of at most alpha.
func NewAccuracy(alpha float64) (Accuracy, error) {
	if !(alpha >= LeastError && alpha <= MostError) {
		return Accuracy{}, errAccuracy
	}
	return Accuracy{uint64(math.Ceil((1 - alpha) / (2 * alpha)))}, nil
}

// RelativeError is the bound: an estimate of x is off by at most that times |x|,
// beside its rounding to a float.
// Of subnormal x, below 2.3e-308, it can be one unit of 5e-324 more, as there
// may be no float that is nearer.
func (a Accuracy) RelativeError() float64 { return 1 / float64(2*a.perOctave+1) }

// A float of magnitude m·2^(e-subnormals) with m in [1, 2) and e from 0 has the
// number e·K + ⌊(m-1)·K⌋.
const (
	mantissaBits = 52
	subnormals   = 1022 + mantissaBits // the exponent of the smallest float
	octaves      = 1024 + subnormals
)

// bucket is the number of the bucket of a magnitude, given by its bits, that is
// neither 0 nor infinite.
func (a Accuracy) bucket(magnitude uint64) int {
	e, m := magnitude>>mantissaBits, magnitude<<(64-mantissaBits)
	if e == 0 {
		zeros := bits.LeadingZeros64(m)
		m <<= zeros + 1
		e = uint64(-zeros)
	}
	part, _ := bits.Mul64(m, a.perOctave)
	return int((e+mantissaBits-1)*a.perOctave + part)
}

func (a Accuracy) buckets() int { return octaves * int(a.perOctave) }

// estimate is the float in a bucket from which no other is off by more than the
// relative error.
func (a Accuracy) estimate(bucket int) float64 {
	low := a.least(bucket)
	high := math.Inf(1)
	if bucket+1 < a.buckets() {
		high = a.least(bucket + 1)
	}
	high = math.Nextafter(high, 0)
	if high <= low { // the bucket is narrower than floats are apart
		return low
	}
	// 2·low·high/(low+high), without leaving the range of floats.
	return float64(low * (2 / (1 + low/high)))
}

// least is the least float whose bucket has at least that number.
func (a Accuracy) least(bucket int) float64 {
	e, part := uint64(bucket)/a.perOctave, uint64(bucket)%a.perOctave
	// The least m with ⌊m·K/2^64⌋ = part is part·2^64/K, rounded up; of it the
	// upper 52 bits are the mantissa's, rounded up.
	m, r := bits.Div64(part, 0, a.perOctave)
	if r > 0 {
		m++
	}
	mantissa := m >> (64 - mantissaBits)
	if m<<mantissaBits != 0 {
		mantissa++
	}
	f := float64(1<<mantissaBits | mantissa) // exact: below 2^53, or 2^53
	if mantissa == 1<<mantissaBits {
		f = 1 << (mantissaBits + 1)
	}
	return leastAbove(f, int(e)-subnormals-mantissaBits)
}

// leastAbove is the least float that is not less than f·2^e.
func leastAbove(f float64, e int) float64 {
	x := math.Ldexp(f, e) // rounded if it is subnormal
	if math.Ldexp(x, -e/2) < math.Ldexp(f, e-e/2) {
		return math.Nextafter(x, 1)
	}
	return x
}

// AddSlice adds values.
func (s *Sketch) AddSlice(x []float64) {
	perOctave := s.Accuracy.perOctave
	positive, negative := &s.positive, &s.negative
	for _, f := range x {
		b := math.Float64bits(f)
		e := b << 1 >> (mantissaBits + 1)
		if e-1 >= infinity>>mantissaBits-1 || s.nan { // 0, subnormal, infinite or NaN
			s.Add(f)
			continue
		}
		part, _ := bits.Mul64(b<<(64-mantissaBits), perOctave) // as in bucket
		bucket := int((e+mantissaBits-1)*perOctave + part)
		t := positive
		if b&signBit != 0 {
			t = negative
		}
		if i := bucket - t.first; uint(i) < uint(len(t.dense)) {
			t.dense[i]++
		} else {
			t.add(bucket, 1)
		}
		s.n++
	}
}

// Add adds a value. If it is NaN nothing else is kept from then on.
func (s *Sketch) Add(f float64) {
	b := math.Float64bits(f)
	magnitude := b &^ signBit
	switch {
	case s.nan:
		return
	case magnitude-1 >= infinity-1: // 0, infinite or NaN
		s.addSpecial(f)
		return
	}
	s.n++
	if b == magnitude {
		s.positive.add(s.Accuracy.bucket(magnitude), 1)
	} else {
		s.negative.add(s.Accuracy.bucket(magnitude), 1)
	}
}

const infinity = 0x7ff << mantissaBits

func (s *Sketch) addSpecial(f float64) {
	s.n++
	switch {
	case f == 0:
		s.zero++
	case f > 0:
		s.above++
	case f < 0:
		s.below++
	default:
		*s = Sketch{Accuracy: s.Accuracy, nan: true}
	}
}

// NaN tells whether one of the values is NaN.
func (s *Sketch) NaN() bool { return s.nan }

// Len is the number of values; 0 if one is NaN.
func (s *Sketch) Len() int64 { return s.n }

// Merge adds the values of from, of the same accuracy, which stays as it is.
func (s *Sketch) Merge(from *Sketch) {
	switch {
	case s.nan:
		return
	case from.nan:
		*s = Sketch{Accuracy: s.Accuracy, nan: true}
		return
	}
	s.below, s.zero, s.above, s.n = s.below+from.below, s.zero+from.zero, s.above+from.above, s.n+from.n
	s.negative.merge(&from.negative)
	s.positive.merge(&from.positive)
}

// At estimates the value of a rank, from 0 and below Len.
func (s *Sketch) At(rank int64) (float64, error) {
	if rank < 0 || rank >= s.n {
		return 0, errRank
	}
	if rank -= s.below; rank < 0 {
		return math.Inf(-1), nil
	}
	var negatives int64
	s.negative.each(func(_ int, n int64) bool { negatives += n; return true })
	if rank < negatives { // the greatest magnitude comes first
		return -s.Accuracy.estimate(s.negative.find(negatives - 1 - rank)), nil
	}
	if rank -= negatives + s.zero; rank < 0 {
		return 0, nil
	}
	if at := s.positive.find(rank); at >= 0 {
		return s.Accuracy.estimate(at), nil
	}
	return math.Inf(1), nil
}

// find is the bucket of a rank, or -1.
func (t *tally) find(rank int64) int {
	found := -1
	t.each(func(bucket int, n int64) bool {
		if rank -= n; rank < 0 {
			found = bucket
		}
		return found < 0
	})
	return found
}

// SizeBytes is the memory that the sketch takes beside the struct.
func (s *Sketch) SizeBytes() int64 { return s.negative.sizeBytes() + s.positive.sizeBytes() }

// AppendBinary appends the sketch: 1 if a value is NaN, else 0; how many are
// -Inf, 0 and +Inf; and the buckets of negative and of positive values. The
// bytes depend only on what was added.
func (s *Sketch) AppendBinary(dst []byte) []byte {
	if s.nan {
		return append(dst, 1)
	}
	dst = append(dst, 0)
	for _, n := range []int64{s.below, s.zero, s.above} {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	return s.positive.appendBinary(s.negative.appendBinary(dst, 0), 0)
}

// Decode makes an empty Sketch what AppendBinary has written, and gives the bytes
// that follow. src is not trusted and is not kept; a few times its length are
// allocated at most.
func (s *Sketch) Decode(src []byte) ([]byte, error) {
	switch {
	case len(src) == 0:
		return nil, errShort
	case src[0] == 1:
		s.nan = true
		return src[1:], nil
	case src[0] != 0:
		return nil, errors.New("neither counts nor NaN")
	}
	src = src[1:]
	for _, to := range []*int64{&s.below, &s.zero, &s.above} {
		n, rest, err := uvarint(src)
		if err != nil {
			return nil, err
		}
		if n > maxCount {
			return nil, errCount
		}
		*to, src = int64(n), rest
		s.n += int64(n)
	}
	for _, to := range []*tally{&s.negative, &s.positive} {
		sum, rest, err := to.decode(src, s.Accuracy.buckets())
		if err != nil {
			return nil, err
		}
		s.n, src = s.n+sum, rest
	}
	if s.n > maxCount {
		return nil, errCount
	}
	return src, nil
}
