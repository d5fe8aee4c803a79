package exact

import (
	"math"
	"math/rand"
	"strconv"
	"testing"
)

// Benchmarks work on 2048 values, which stay in L1; ns/value is what counts.

func benchData(name string) []float64 {
	return data(rand.New(rand.NewSource(9)), 2048)[name]
}

var benchSets = []string{"six decimals", "normal", "lognormal", "tenth", "70 binades", "all exponents"}

func benchSlice(b *testing.B, names []string, add func(xs []float64)) {
	for _, name := range names {
		b.Run(name, func(b *testing.B) {
			xs := benchData(name)
			b.SetBytes(int64(8 * len(xs)))
			for i := 0; i < b.N; i++ {
				add(xs)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(xs)), "ns/value")
		})
	}
}

func BenchmarkSumAddSlice(b *testing.B) {
	var s Sum
	benchSlice(b, benchSets, s.AddSlice)
}

func BenchmarkSquaresAddSlice(b *testing.B) {
	var s Squares
	benchSlice(b, benchSets, s.AddSlice)
}

func BenchmarkAddBoth(b *testing.B) {
	var s Sum
	var q Squares
	benchSlice(b, benchSets, func(xs []float64) { AddBoth(&s, &q, xs) })
}

func BenchmarkSumAdd(b *testing.B) {
	benchSlice(b, benchSets, func(xs []float64) {
		var s Sum
		for _, x := range xs {
			s.Add(x)
		}
	})
}

// One value to each of a thousand groups in turn.
func BenchmarkSumAddGroups(b *testing.B) {
	groups := make([]Sum, 1024)
	benchSlice(b, benchSets[:1], func(xs []float64) {
		for i, x := range xs {
			groups[uint(i)*2654435761%1024].Add(x)
		}
	})
}

func BenchmarkSquaresAdd(b *testing.B) {
	benchSlice(b, benchSets, func(xs []float64) {
		var s Squares
		for _, x := range xs {
			s.Add(x)
		}
	})
}

func BenchmarkSumSpread(b *testing.B) {
	var s Sum
	benchSlice(b, benchSets, s.f.addSpread)
}

func BenchmarkProductSpread(b *testing.B) {
	var p Products
	benchSlice(b, benchSets, func(xs []float64) { p.f.addProductSpread(xs, xs) })
}

func BenchmarkShort(b *testing.B) {
	xs := benchData("six decimals")
	for _, n := range []int{16, 32, 48, 64, 128, 256, 512} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			var s Sum
			var q Squares
			b.Run("sum", func(b *testing.B) {
				for i := 0; i < b.N; i++ {
					s.f.addBlock(xs[:n])
				}
			})
			b.Run("squares", func(b *testing.B) {
				for i := 0; i < b.N; i++ {
					q.f.addSquareBlock(xs[:n])
				}
			})
		})
	}
}

func BenchmarkSumLevelsGo(b *testing.B) {
	benchSlice(b, benchSets[:1], func(xs []float64) { addLevelsGo(xs, 4) })
}

func BenchmarkSumMoreLevelsGo(b *testing.B) {
	benchSlice(b, benchSets[:1], func(xs []float64) { addMoreLevelsGo(xs, 4) })
}

func BenchmarkSquareLevelsGo(b *testing.B) {
	benchSlice(b, benchSets[:1], func(xs []float64) { addSquareLevelsGo(xs, 4) })
}

var sink float64

func BenchmarkNaiveSum(b *testing.B) {
	benchSlice(b, benchSets[:1], func(xs []float64) {
		t := 0.0
		for _, x := range xs {
			t += x
		}
		sink += t
	})
}

func BenchmarkUnrolledSum(b *testing.B) {
	benchSlice(b, benchSets[:1], func(xs []float64) {
		var t0, t1, t2, t3 float64
		for ; len(xs) >= 4; xs = xs[4:] {
			t0 += xs[0]
			t1 += xs[1]
			t2 += xs[2]
			t3 += xs[3]
		}
		sink += t0 + t1 + t2 + t3
	})
}

func BenchmarkKahanSum(b *testing.B) {
	benchSlice(b, benchSets[:1], func(xs []float64) {
		t, c := 0.0, 0.0
		for _, x := range xs {
			y := x - c
			u := t + y
			c = (u - t) - y
			t = u
		}
		sink += t
	})
}

func BenchmarkNaiveSquares(b *testing.B) {
	benchSlice(b, benchSets[:1], func(xs []float64) {
		t := 0.0
		for _, x := range xs {
			t += x * x
		}
		sink += t
	})
}

func BenchmarkIntAddSlice(b *testing.B) {
	vs := make([]int64, 2048)
	for i := range vs {
		vs[i] = int64(rand.Uint64()) >> 20
	}
	b.SetBytes(8 * 2048)
	var s Int
	for i := 0; i < b.N; i++ {
		s.AddSlice(vs)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2048, "ns/value")
}

func BenchmarkIntSquaresAddSlice(b *testing.B) {
	for _, shift := range []int{20, 40} {
		b.Run(map[int]string{20: "44 bits", 40: "24 bits"}[shift], func(b *testing.B) {
			vs := make([]int64, 2048)
			for i := range vs {
				vs[i] = int64(rand.Uint64()) >> shift
			}
			b.SetBytes(8 * 2048)
			var s IntSquares
			for i := 0; i < b.N; i++ {
				s.AddSlice(vs)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2048, "ns/value")
		})
	}
}

// A result for each of many groups.
func BenchmarkResults(b *testing.B) {
	var s Sum
	var q Squares
	xs := benchData("six decimals")
	s.AddSlice(xs)
	q.AddSlice(xs)
	for name, f := range map[string]func() float64{
		"sum":    s.Float64,
		"mean":   func() float64 { return Mean(&s, 2048) },
		"var":    func() float64 { v, _ := Variance(&s, &q, 2048, 1); return v },
		"stddev": func() float64 { v, _ := StdDev(&s, &q, 2048, 1); return v },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				if x := f(); math.IsNaN(x) {
					b.Fatal(x)
				}
			}
		})
	}
}
