package exact

import (
	"math"
	"math/big"
	"math/rand"
	"testing"
)

func TestIntResults(t *testing.T) {
	tests := []struct {
		name    string
		ints    []int64
		uints   []uint64
		big     string
		int64   bool
		uint64  bool
		squares string
	}{
		{"no values", nil, nil, "0", true, true, "0"},
		{"one", []int64{1}, nil, "1", true, true, "1"},
		{"minus one", []int64{-1}, nil, "-1", true, false, "1"},
		{"largest int64", []int64{math.MaxInt64}, nil, "9223372036854775807", true, true, "85070591730234615847396907784232501249"},
		{"above int64", []int64{math.MaxInt64, 1}, nil, "9223372036854775808", false, true, "85070591730234615847396907784232501250"},
		{"smallest int64", []int64{math.MinInt64}, nil, "-9223372036854775808", true, false, "85070591730234615865843651857942052864"},
		{"below int64", []int64{math.MinInt64, -1}, nil, "-9223372036854775809", false, false, "85070591730234615865843651857942052865"},
		{"largest uint64", nil, []uint64{math.MaxUint64}, "18446744073709551615", false, true, "340282366920938463426481119284349108225"},
		{"above uint64", nil, []uint64{math.MaxUint64, 1}, "18446744073709551616", false, false, "340282366920938463426481119284349108226"},
		{"and back", []int64{-1}, []uint64{math.MaxUint64, 1}, "18446744073709551615", false, true, "340282366920938463426481119284349108227"},
	}
	for _, test := range tests {
		var s Int
		var q IntSquares
		s.AddSlice(test.ints)
		s.AddUintSlice(test.uints)
		q.AddSlice(test.ints)
		q.AddUintSlice(test.uints)
		if got := s.Big().String(); got != test.big {
			t.Errorf("%s: %s, want %s", test.name, got, test.big)
		}
		if v, ok := s.Int64(); ok != test.int64 || ok && big.NewInt(v).String() != test.big {
			t.Errorf("%s: Int64 gives %d, %v", test.name, v, ok)
		}
		if v, ok := s.Uint64(); ok != test.uint64 || ok && new(big.Int).SetUint64(v).String() != test.big {
			t.Errorf("%s: Uint64 gives %d, %v", test.name, v, ok)
		}
		if got := q.Big().String(); got != test.squares {
			t.Errorf("%s: squares %s, want %s", test.name, got, test.squares)
		}
	}
}

func TestIntSlices(t *testing.T) {
	rng := rand.New(rand.NewSource(8))
	for _, n := range []int{0, 1, 5, 63, 64, 100, 4095, 4096, 4097, 9001} {
		for shift := 0; shift < 64; shift++ {
			vs, us := make([]int64, n), make([]uint64, n)
			want, squares := new(big.Int), new(big.Int)
			wantU, squaresU := new(big.Int), new(big.Int)
			for i := range vs {
				us[i] = rng.Uint64() >> shift
				vs[i] = int64(rng.Uint64()) >> shift
				if rng.Intn(8) == 0 { // the ends of the range
					us[i] = math.MaxUint64 >> shift
					vs[i] = math.MinInt64 >> shift
				}
				v, u := big.NewInt(vs[i]), new(big.Int).SetUint64(us[i])
				want.Add(want, v)
				wantU.Add(wantU, u)
				squares.Add(squares, v.Mul(v, v))
				squaresU.Add(squaresU, u.Mul(u, u))
			}
			var s, u Int
			var q, r IntSquares
			s.AddSlice(vs)
			u.AddUintSlice(us)
			q.AddSlice(vs)
			r.AddUintSlice(us)
			if s.Big().Cmp(want) != 0 || u.Big().Cmp(wantU) != 0 {
				t.Fatalf("%d values >>%d: sums %s, %s, want %s, %s", n, shift, s.Big(), u.Big(), want, wantU)
			}
			if q.Big().Cmp(squares) != 0 || r.Big().Cmp(squaresU) != 0 {
				t.Fatalf("%d values >>%d: squares %s, %s, want %s, %s", n, shift, q.Big(), r.Big(), squares, squaresU)
			}
			if got, _ := new(big.Float).SetInt(want).Float64(); s.Float64() != got {
				t.Fatalf("%d values >>%d: %g, want %g", n, shift, s.Float64(), got)
			}
			if got, _ := new(big.Float).SetInt(squaresU).Float64(); r.Float64() != got {
				t.Fatalf("%d values >>%d: squares %g, want %g", n, shift, r.Float64(), got)
			}
		}
	}
}
