package order

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkValues adds a million floats in blocks and finds two ranks; ns a value.
func BenchmarkValues(b *testing.B) {
	const n = 1 << 20
	rng := rand.New(rand.NewPCG(1, 2))
	for _, distinct := range []int{100, 10_000, 1 << 40} {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(rng.IntN(distinct)) / 128
		}
		for _, shed := range []bool{false, true} {
			name := fmt.Sprintf("%d distinct", distinct)
			if shed {
				name += ", shed"
			}
			b.Run("add/"+name, func(b *testing.B) {
				for range b.N {
					var v Values
					if shed {
						v.Shed(0, 1<<64-1, 16)
					}
					add(&v, x)
				}
				perValue(b, n)
			})
		}
		var v Values
		add(&v, x)
		b.Run(fmt.Sprintf("locate/%d distinct", distinct), func(b *testing.B) {
			for range b.N {
				if _, err := v.Locate([]int64{n / 2, n / 100 * 99}); err != nil {
					b.Fatal(err)
				}
			}
			perValue(b, n)
		})
		b.Run(fmt.Sprintf("encode/%d distinct", distinct), func(b *testing.B) {
			for range b.N {
				v.AppendBinary(nil)
			}
			perValue(b, n)
		})
	}
}

func add(v *Values, x []float64) {
	var keys []uint64
	for ; len(x) > 0; x = x[2048:] {
		keys, _ = AppendFloatKeys(keys[:0], x[:2048])
		v.Add(keys)
	}
}

// BenchmarkSketch adds a million floats; ns a value.
func BenchmarkSketch(b *testing.B) {
	const n = 1 << 20
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	a, _ := NewAccuracy(0.01)
	for range b.N {
		s := Sketch{Accuracy: a}
		s.AddSlice(x)
	}
	perValue(b, n)
}

func perValue(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/value")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkFocus adds four million values, of which the median and another are
// sought, and gives up what is not needed; ns a value.
func BenchmarkFocus(b *testing.B) {
	const n = 1 << 22
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(int(rng.ExpFloat64()*1e4)) / 1e4
	}
	ranks := func(n int64) []int64 { return []int64{n / 2, n/2 + 1, n / 100 * 99, n/100*99 + 1} }
	var v Values
	b.Run("add", func(b *testing.B) {
		for range b.N {
			v = Values{}
			v.Seek(ranks)
			add(&v, x)
		}
		perValue(b, n)
	})
	b.Run("settle", func(b *testing.B) {
		for range b.N {
			w := Values{n: v.n, focus: v.focus}
			w.Settle(ranks)
		}
		perValue(b, n)
	})
}
