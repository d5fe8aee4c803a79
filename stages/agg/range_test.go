package agg

import (
	"encoding/binary"
	"math"
	"math/rand"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
)

// sameRange expects the range of floats that the plain loop gives, bit for bit,
// and that of the same bits as integers.
func sameRange(t *testing.T, xs []float64) {
	t.Helper()
	low, high, nan := floatRange(xs)
	wantLow, wantHigh, wantNaN := floatRangeGo(xs)
	if nan != wantNaN || !nan && (math.Float64bits(low) != math.Float64bits(wantLow) || math.Float64bits(high) != math.Float64bits(wantHigh)) {
		t.Errorf("%d floats %v: %v to %v, NaN %v; want %v to %v, NaN %v", len(xs), xs[:min(len(xs), 20)], low, high, nan, wantLow, wantHigh, wantNaN)
	}
	ints := make([]int64, len(xs))
	for i, x := range xs {
		ints[i] = int64(math.Float64bits(x))
	}
	for _, flip := range []int64{0, math.MinInt64} {
		low, high := intRange(ints, flip)
		if wantLow, wantHigh := intRangeGo(ints, flip); low != wantLow || high != wantHigh {
			t.Errorf("%d integers: %d to %d, want %d to %d", len(ints), low, high, wantLow, wantHigh)
		}
	}
}

func TestRangeIsThatOfThePlainLoop(t *testing.T) {
	zero := math.Copysign(0, -1)
	special := []float64{0, zero, 1, -1, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, -5e-324, math.Float64frombits(0xfff8000000000001)}
	rng := rand.New(rand.NewSource(1))
	for n := range 100 {
		for _, first := range special {
			xs := make([]float64, n)
			for i := range xs {
				xs[i] = first
			}
			sameRange(t, xs)
			for _, other := range special {
				for range 3 {
					if n > 0 {
						xs[rng.Intn(n)] = other
					}
				}
				sameRange(t, xs)
			}
		}
	}
}

// Runs and rows of many groups give the same, alone and as a pair.
func TestExtremesOfRunsAreThoseOfRows(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for _, kind := range []block.Kind{block.Float, block.Int, block.Uint, block.Bool, block.Timestamp} {
		for range 200 {
			n := rng.Intn(70)
			v := block.Vector{Type: block.Type{Kind: kind}, Len: n}
			for range n {
				bits := rng.Uint64() << rng.Intn(64)
				f := math.Float64frombits(bits)
				if rng.Intn(2) == 0 {
					f = float64(rng.Intn(3)-1) * 0 // zeros of both signs
				}
				v.Float, v.Int, v.Uint, v.Bool = append(v.Float, f), append(v.Int, int64(bits)), append(v.Uint, bits), append(v.Bool, bits&1 == 1)
			}
			states := func() (low, high *extremes) {
				low, high = &extremes{kind: v.Type}, &extremes{kind: v.Type, flip: -1}
				low.Resize(1)
				high.Resize(1)
				return low, high
			}
			args := []*block.Vector{&v}
			rowLow, rowHigh := states()
			rowLow.Update(make([]uint32, n), args, n)
			rowHigh.Update(make([]uint32, n), args, n)
			low, high := states()
			low.UpdateRun(0, args, n)
			high.UpdateRun(0, args, n)
			pairLow, pairHigh := states()
			pair([]State{pairHigh, pairLow})
			for _, e := range []*extremes{pairHigh, pairLow} {
				e.UpdateRun(0, args, n)
			}
			if want := rowLow.ranks[0]; low.ranks[0] != want || pairLow.ranks[0] != want {
				t.Fatalf("%s %v: minimum %d alone, %d as a pair, want %d", kind, v, low.ranks[0], pairLow.ranks[0], want)
			}
			if want := rowHigh.ranks[0]; high.ranks[0] != want || pairHigh.ranks[0] != want {
				t.Fatalf("%s %v: maximum %d alone, %d as a pair, want %d", kind, v, high.ranks[0], pairHigh.ranks[0], want)
			}
		}
	}
}

func FuzzRange(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 128}, uint8(40))
	f.Add([]byte{1, 0, 0, 0, 0, 0, 248, 127, 0, 0, 0, 0, 0, 0, 0, 0}, uint8(17))
	f.Fuzz(func(t *testing.T, data []byte, repeat uint8) {
		var xs []float64
		for range int(repeat)%40 + 1 {
			for b := data; len(b) >= 8; b = b[8:] {
				xs = append(xs, math.Float64frombits(binary.LittleEndian.Uint64(b)))
			}
		}
		sameRange(t, xs)
	})
}

func BenchmarkRange(b *testing.B) {
	xs, ints := make([]float64, block.Rows), make([]int64, block.Rows)
	for i := range xs {
		xs[i], ints[i] = float64(i%100)-50, int64(i%100)-50
	}
	b.Run("floats", func(b *testing.B) {
		b.SetBytes(8 * block.Rows)
		for range b.N {
			floatRange(xs)
		}
	})
	b.Run("floats plain", func(b *testing.B) {
		b.SetBytes(8 * block.Rows)
		for range b.N {
			floatRangeGo(xs)
		}
	})
	b.Run("ints", func(b *testing.B) {
		b.SetBytes(8 * block.Rows)
		for range b.N {
			intRange(ints, 0)
		}
	})
	b.Run("ints plain", func(b *testing.B) {
		b.SetBytes(8 * block.Rows)
		for range b.N {
			intRangeGo(ints, 0)
		}
	})
}
