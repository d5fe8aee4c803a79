package exact

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
)

func seeds(f *testing.F) {
	pack := func(repeat int, xs ...float64) {
		var b []byte
		for i := 0; i < repeat; i++ {
			for _, x := range xs {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
			}
		}
		f.Add(b)
	}
	pack(1)
	pack(1, 1e16, 1, -1e16)
	pack(40, 0.1, -0.2, 1e-9, 12345.678901)
	pack(20, 1e300, -1e-300, 5e-324, math.MaxFloat64)
	pack(30, math.Inf(1), 1, math.Copysign(0, -1))
	pack(9, math.NaN(), 1, 0x1p-540, 0x1p500, -0x1.fffffffffffffp-1)
}

// floats reads floats from fuzzed bytes. Bytes that are over say by how many
// binades the floats are brought together, and have them repeated with slight
// changes until there are enough for a block.
func floats(b []byte) []float64 {
	const most = 600
	var xs []float64
	for ; len(b) >= 8 && len(xs) < most; b = b[8:] {
		xs = append(xs, math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
	if len(b) > 0 {
		for i := 0; len(xs) > 0 && len(xs) < 2*minBlock; i++ {
			xs = append(xs, math.Float64frombits(math.Float64bits(xs[i])*5))
		}
		keep := uint64(1)<<(b[0]%12) - 1
		for i, x := range xs {
			bits := math.Float64bits(x)
			e := bits>>52&keep + uint64(b[0])<<2
			xs[i] = math.Float64frombits(bits&^(0x7ff<<52) | e&0x7ff<<52)
		}
	}
	return xs
}

// FuzzSum compares all ways of adding with each other and with big integers.
func FuzzSum(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		xs := floats(b)
		allFinite := true
		var s, slice, spread, left, right Sum
		var p Products
		var q, squares Squares
		for i, x := range xs {
			allFinite = allFinite && x-x == 0
			s.Add(x)
			q.Add(x)
			if i%3 == 0 {
				left.Add(x)
			} else {
				right.Add(x)
			}
		}
		for i := 0; i < 2; i++ { // the second time knows the magnitudes
			slice.Reset()
			slice.AddSlice(xs)
			squares.Reset()
			squares.AddSlice(xs)
		}
		spread.f.addSpread(xs)
		var bothSum Sum
		var bothSquares Squares
		for i := 0; i < 2; i++ { // likewise
			bothSum.Reset()
			bothSquares.Reset()
			AddBoth(&bothSum, &bothSquares, xs)
			if a, b := bothSquares.AppendBinary(nil), q.AppendBinary(nil); !bytes.Equal(a, b) {
				t.Fatalf("squares: AddBoth gives %x, Add %x, for %v", a, b, xs)
			}
		}
		right.Merge(&left)
		want := s.AppendBinary(nil)
		for name, other := range map[string]*Sum{"AddSlice": &slice, "AddBoth": &bothSum, "addSpread": &spread, "Merge": &right} {
			if got := other.AppendBinary(nil); !bytes.Equal(got, want) {
				t.Fatalf("%s gives %x, Add %x, for %v", name, got, want, xs)
			}
		}
		p.f.addProductSpread(xs, xs)
		if a, b := p.AppendBinary(nil), q.AppendBinary(nil); !bytes.Equal(a, b) {
			t.Fatalf("products: addProductSpread gives %x, Add %x, for %v", a, b, xs)
		}
		if a, b := squares.AppendBinary(nil), q.AppendBinary(nil); !bytes.Equal(a, b) {
			t.Fatalf("squares: AddSlice gives %x, Add %x, for %v", a, b, xs)
		}
		var decoded Sum
		if _, err := decoded.Decode(want); err != nil {
			t.Fatalf("decoding %x: %v", want, err)
		}
		if got := decoded.AppendBinary(nil); !bytes.Equal(got, want) {
			t.Fatalf("decoded %x, want %x", got, want)
		}
		if !allFinite {
			return
		}
		sum, products := bigSum(xs), bigProducts(xs, xs)
		if got, want := s.Float64(), nearest(sum, one, -1074); !same(got, want) {
			t.Fatalf("sum of %v is %v, want %v", xs, got, want)
		}
		if got, want := q.Float64(), nearest(products, one, -2148); !same(got, want) {
			t.Fatalf("squares of %v are %v, want %v", xs, got, want)
		}
		if n := len(xs); n > 1 {
			num, den := bigVariance(sum, products, n, 1)
			if got, _ := Variance(&s, &q, uint64(n), 1); !same(got, nearest(num, den, -2148)) {
				t.Fatalf("variance of %v is %v, want %v", xs, got, nearest(num, den, -2148))
			}
			if got, _ := StdDev(&s, &q, uint64(n), 1); !isRootOf(got, num, den, -2148) {
				t.Fatalf("standard deviation of %v is %v", xs, got)
			}
		}
	})
}

// FuzzDecode decodes anything as everything: what is accepted encodes to the
// same bytes and can be used.
func FuzzDecode(f *testing.F) {
	for _, src := range [][]byte{{}, {0}, {3}, {4, 0, 1}, {4, 0, 0xff}, {8, 0, 0x80, 0}, {16, 1, 2, 3, 4, 5}, {2, 3, 4}} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var s Sum
		var q Squares
		roundTrip(t, &s, src)
		roundTrip(t, &q, src)
		roundTrip(t, new(Products), src)
		roundTrip(t, new(Int), src)
		roundTrip(t, new(IntSquares), src)
		s.Add(1e-300)
		q.Add(1e300)
		if v, ok := Variance(&s, &q, 3, 1); ok && v < 0 {
			t.Fatalf("variance %v", v)
		}
		StdDev(&s, &q, math.MaxUint64, 0)
		Mean(&s, math.MaxUint64)
	})
}

func roundTrip[T any, P partial[T]](t *testing.T, p P, src []byte) {
	rest, err := p.Decode(src)
	if err != nil {
		return
	}
	if got := p.AppendBinary(nil); !bytes.Equal(got, src[:len(src)-len(rest)]) {
		t.Fatalf("%T: decoded from %x, encodes as %x", p, src[:len(src)-len(rest)], got)
	}
}

// FuzzLevels compares the kernels of this machine with those in plain Go.
func FuzzLevels(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		xs := floats(b)
		xs = xs[:min(len(xs), blockLen)&^(blockStep-1)]
		if len(xs) == 0 {
			return
		}
		var largest float64
		for _, x := range xs {
			largest = max(largest, math.Abs(x))
		}
		e := exponentAbove(largest)
		if e >= minLevel && e <= maxLevel {
			for m, inGo := range map[method]func([]float64, int) levels{shallow: addLevelsGo, deep: addMoreLevelsGo} {
				a, b := addLevels(xs, e, m), inGo(xs, e)
				var sa, sb fixed
				for i := range a.sums {
					sa.addScaled(a.sums[i], levelExponent(e, i))
					sb.addScaled(b.sums[i], levelExponent(e, i))
				}
				if a.left != b.left || a.max != largest || b.max != largest {
					t.Fatalf("method %d below 2^%d of %v: %+v, in Go %+v", m, e, xs, a, b)
				}
				if !a.left && !bytes.Equal(sa.append(nil), sb.append(nil)) {
					t.Fatalf("method %d below 2^%d of %v: %v, in Go %v", m, e, xs, sa.float64(), sb.float64())
				}
			}
		}
		if e >= minSquareLevel && e <= maxSquareLevel {
			want := addSquareLevelsGo(xs, e)
			both, inGo := addBothLevels(xs, e), addBothLevelsGo(xs, e)
			if hasKernels && both != inGo && !(both.left && inGo.left && both.max == inGo.max) {
				t.Fatalf("both below 2^%d of %v: %+v, in Go %+v", e, xs, both, inGo)
			}
			for name, got := range squareKernels(xs, e) {
				if got.left != want.left || got.max != want.max || !got.left && got.sums != want.sums {
					t.Fatalf("%s below 2^%d of %v: %+v, in Go %+v", name, e, xs, got, want)
				}
			}
		}
	})
}

// FuzzIntSquares compares the kernels for squares of integers with those in plain Go.
func FuzzIntSquares(f *testing.F) {
	for _, v := range []int64{0, -1, math.MinInt64, math.MaxInt64, math.MinInt32, math.MaxInt32 + 1, 1e15} {
		f.Add(v, v/3, uint16(77))
		f.Add(v, int64(1), uint16(blockLen))
		f.Add(v, int64(0), uint16(blockLen))
	}
	f.Fuzz(func(t *testing.T, first, step int64, n uint16) {
		vs := make([]int64, int(n)%(blockLen+1))
		for i := range vs {
			vs[i] = first + int64(i)*step
		}
		want := addWideSquareBlockGo(vs)
		if got := addWideSquareBlock(vs); got != want {
			t.Fatalf("%d values %d, %d, ...: %v, in Go %v", len(vs), first, first+step, got.x, want.x)
		}
		var q IntSquares
		q.AddSlice(vs)
		if q != want {
			t.Fatalf("%d values %d, %d, ...: AddSlice gives %v, want %v", len(vs), first, first+step, q.x, want.x)
		}
		if low, high, ok := addIntSquareBlock(vs); ok {
			var narrow IntSquares
			narrow.addHalves(halves{low + high<<32, high}, 0)
			if narrow != want {
				t.Fatalf("%d values %d, %d, ...: in 32 bits %v, want %v", len(vs), first, first+step, narrow.x, want.x)
			}
		}
	})
}
