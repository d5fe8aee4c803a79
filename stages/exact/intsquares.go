package exact

import (
	"math/big"
	"math/bits"
)

// IntSquares is the exact sum of the squares of integers, 192 bits wide: it
// holds any sum of fewer than 2^64 values. The zero value is the empty sum.
type IntSquares struct{ x [3]uint64 }

// Reset makes s the empty sum.
func (s *IntSquares) Reset() { *s = IntSquares{} }

// Add adds v*v.
func (s *IntSquares) Add(v int64) { s.AddUint(absInt(v)) }

// absInt is |v|, 2^63 for the smallest int64.
func absInt(v int64) uint64 { return uint64((v ^ v>>63) - v>>63) }

// AddUint adds v*v.
func (s *IntSquares) AddUint(v uint64) { s.add(bits.Mul64(v, v)) }

func (s *IntSquares) add(hi, lo uint64) {
	var c uint64
	s.x[0], c = bits.Add64(s.x[0], lo, 0)
	s.x[1], c = bits.Add64(s.x[1], hi, c)
	s.x[2] += c
}

// AddSlice adds v*v for every v of vs.
func (s *IntSquares) AddSlice(vs []int64) {
	for len(vs) > 0 {
		block := vs[:min(len(vs), blockLen)]
		vs = vs[len(block):]
		if narrow(block[0]) && narrow(block[len(block)-1]) {
			if low, high, ok := addIntSquareBlock(block); ok {
				s.add(0, low)
				s.add(high>>32, high<<32)
				continue
			}
		}
		q := addWideSquareBlock(block)
		s.Merge(&q)
	}
}

// narrow tells whether addIntSquareBlock takes v.
func narrow(v int64) bool { return v == int64(int32(v)) }

// addWideSquareBlockGo sums the squares of at most blockLen values of any size.
func addWideSquareBlockGo(vs []int64) (q IntSquares) {
	for _, v := range vs {
		u := absInt(v)
		q.add(bits.Mul64(u, u))
	}
	return q
}

// halves are sums of products of the halves of values: of each product modulo
// 2^64, and of its higher half.
type halves struct{ whole, high uint64 }

// addHalves adds a sum of at most blockLen products, times 2^(32·at). With h the sum
// of the high halves, the whole is h·2^32 plus the sum d of the low halves; d is
// below blockLen·2^32, so it is exact modulo 2^64.
func (s *IntSquares) addHalves(p halves, at int) {
	d := p.whole - p.high<<32
	s.addWord(d, at)
	s.addWord(p.high, at+1)
}

// addWord adds w·2^(32·at); at is at most 3.
func (s *IntSquares) addWord(w uint64, at int) {
	switch at {
	case 0:
		s.add(0, w)
	case 1:
		s.add(w>>32, w<<32)
	default:
		var c uint64
		low, high := w, uint64(0)
		if at == 3 {
			low, high = w<<32, w>>32
		}
		s.x[1], c = bits.Add64(s.x[1], low, 0)
		s.x[2] += high + c
	}
}

// AddUintSlice adds v*v for every v of vs.
func (s *IntSquares) AddUintSlice(vs []uint64) {
	var q IntSquares
	for _, v := range vs {
		q.add(bits.Mul64(v, v))
	}
	s.Merge(&q)
}

// addIntSquareBlockGo sums the lower and the higher halves of the squares of
// at most blockLen values; ok is false, and the sums mean nothing, unless all
// are from -2^31 to 2^31-1.
func addIntSquareBlockGo(vs []int64) (low, high uint64, ok bool) {
	var used uint64
	for _, v := range vs {
		used |= uint64(v + 1<<31)
		q := uint64(v * v)
		low += q & (1<<32 - 1)
		high += q >> 32
	}
	return low, high, used>>32 == 0
}

// Merge adds what o has added.
func (s *IntSquares) Merge(o *IntSquares) {
	var c uint64
	s.x[0], c = bits.Add64(s.x[0], o.x[0], 0)
	s.x[1], c = bits.Add64(s.x[1], o.x[1], c)
	s.x[2], _ = bits.Add64(s.x[2], o.x[2], c)
}

// Float64 is the sum, rounded once to nearest, ties to even.
func (s *IntSquares) Float64() float64 { return round(s.x[:], 0, false, false) }

// Big is the sum.
func (s *IntSquares) Big() *big.Int {
	v := new(big.Int)
	for i := 2; i >= 0; i-- {
		v.Lsh(v, 64).Or(v, new(big.Int).SetUint64(s.x[i]))
	}
	return v
}

// AppendBinary appends the sum to dst: a byte n of at most 24, and n bytes,
// unsigned, little-endian, as few as hold the sum; none for 0.
func (s *IntSquares) AppendBinary(dst []byte) []byte {
	n := 24
	for n > 0 && byteAt(s.x[:], n-1) == 0 {
		n--
	}
	dst = append(dst, byte(n))
	for i := 0; i < n; i++ {
		dst = append(dst, byteAt(s.x[:], i))
	}
	return dst
}

// Decode makes s the sum that src begins with and returns the bytes after it.
// It accepts only what AppendBinary writes. On an error s is unchanged.
func (s *IntSquares) Decode(src []byte) (rest []byte, err error) {
	m, rest, err := counted(src, 24)
	if err != nil {
		return nil, err
	}
	if len(m) > 0 && m[len(m)-1] == 0 {
		return nil, errCanonical
	}
	var x [3]uint64
	for i, b := range m {
		x[i>>3] |= uint64(b) << (i & 7 * 8)
	}
	s.x = x
	return rest, nil
}
