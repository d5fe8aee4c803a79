package order

import (
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

var alphas = []float64{0.0001, 0.001, 0.0099, 1.0 / 101, 0.01, 0.02, 0.1, 0.3, 1.0 / 3, 0.5}

func accuracy(t testing.TB, alpha float64) Accuracy {
	t.Helper()
	a, err := NewAccuracy(alpha)
	if err != nil {
		t.Fatal(err)
	}
	if a.RelativeError() > alpha {
		t.Fatalf("an error of %v is promised for %v", a.RelativeError(), alpha)
	}
	return a
}

// within tells whether estimate is off from x by no more than the bound: without
// rounding, where that could matter.
func within(a Accuracy, estimate, x float64) bool {
	if math.Abs(x) > 0x1p-1000 && math.Abs(estimate/x-1) < a.RelativeError()*(1-1e-9) {
		return true
	}
	off := new(big.Rat).Sub(new(big.Rat).SetFloat64(estimate), new(big.Rat).SetFloat64(x))
	bound := new(big.Rat).Mul(big.NewRat(1, int64(2*a.perOctave+1)), new(big.Rat).SetFloat64(x))
	rounding := new(big.Rat).Mul(big.NewRat(1, 1<<51), new(big.Rat).SetFloat64(x))
	bound.Add(bound.Abs(bound), rounding.Abs(rounding))
	if math.Abs(x) < 0x1p-1022 {
		bound.Add(bound, new(big.Rat).SetFloat64(5e-324))
	}
	return off.Abs(off).Cmp(bound) <= 0
}

// magnitudes are floats at and around what may be the edge of something.
func magnitudes(rng *rand.Rand) (all []float64) {
	for e := -1074; e < 1024; e++ {
		x := math.Ldexp(1, e)
		all = append(all, x, math.Nextafter(x, 0), math.Nextafter(x, math.Inf(1)))
	}
	for range 10_000 {
		if x := math.Float64frombits(rng.Uint64() >> 1); !math.IsInf(x, 0) && x == x {
			all = append(all, x)
		}
	}
	for i := range 3000 {
		all = append(all, float64(i+1), math.Ldexp(float64(i+1), -1074), math.MaxFloat64*(1-float64(i)/1e5))
	}
	return slices.DeleteFunc(all, func(x float64) bool { return x == 0 })
}

func TestEstimatesAreWithinTheRelativeError(t *testing.T) {
	all := magnitudes(rand.New(rand.NewPCG(7, 8)))
	for _, alpha := range alphas {
		a := accuracy(t, alpha)
		for _, x := range all {
			if estimate := a.estimate(a.bucket(math.Float64bits(x))); !within(a, estimate, x) {
				t.Fatalf("relative error %v: %v is estimated as %v, off by %v of it", alpha, x, estimate, (estimate-x)/x)
			}
		}
	}
}

// The edges of every bucket are where they are said to be.
func TestBucketsAdjoin(t *testing.T) {
	for _, alpha := range []float64{0.01, 1.0 / 3, 0.5, 0.07} {
		a := accuracy(t, alpha)
		last := a.bucket(math.Float64bits(math.MaxFloat64))
		if last != a.buckets()-1 {
			t.Errorf("the last of %d buckets is %d", a.buckets(), last)
		}
		for i := range a.buckets() {
			low := a.least(i)
			if got := a.bucket(math.Float64bits(low)); got < i {
				t.Fatalf("relative error %v: bucket %d begins at %v, which is in bucket %d", alpha, i, low, got)
			}
			if before := math.Nextafter(low, 0); before > 0 && a.bucket(math.Float64bits(before)) >= i {
				t.Fatalf("relative error %v: bucket %d begins before %v", alpha, i, low)
			}
		}
	}
}

// The bits that a run on any machine gives.
func TestEstimatesAreTheSameOnEveryMachine(t *testing.T) {
	a := accuracy(t, 0.01)
	for x, want := range map[float64]uint64{1: 0x3ff0288df0cac5b4, math.Pi: 0x40091e75881ec905, 1e-300: 0x1a5475f3d5cee0f, 5e-324: 1, 12345.678: 0x40c828b05160a2c2} {
		if got := math.Float64bits(a.estimate(a.bucket(math.Float64bits(x)))); got != want {
			t.Errorf("%v is estimated as %#x (%v), want %#x", x, got, math.Float64frombits(got), want)
		}
	}
}

func TestSketchFindsRanksWithinTheError(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for _, alpha := range []float64{0.001, 0.01, 0.2} {
		s := Sketch{Accuracy: accuracy(t, alpha)}
		var x []float64
		for range 3_000 {
			f := math.Exp(rng.NormFloat64() * 10)
			switch rng.IntN(5) {
			case 0:
				f = -f
			case 1:
				f = 0
			}
			x = append(x, f)
		}
		x = append(x, math.Inf(1), math.Inf(-1), math.Inf(1), math.Copysign(0, -1))
		s.AddSlice(x)
		slices.Sort(x)
		for rank, want := range x {
			got, err := s.At(int64(rank))
			if err != nil {
				t.Fatal(err)
			}
			if got != want && (math.IsInf(want, 0) || !within(s.Accuracy, got, want)) {
				t.Fatalf("rank %d is estimated as %v, it is %v", rank, got, want)
			}
		}
		for _, outside := range []int64{-1, s.Len()} {
			if _, err := s.At(outside); err == nil {
				t.Errorf("rank %d of %d is found", outside, s.Len())
			}
		}
	}
}

func TestSketchesDependOnWhatWasAddedOnly(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	a := accuracy(t, 0.01)
	for range 30 {
		whole := Sketch{Accuracy: a}
		parts := make([]Sketch, 1+rng.IntN(5))
		for i := range parts {
			parts[i].Accuracy = a
		}
		for range rng.IntN(2000) {
			f := math.Ldexp(rng.NormFloat64(), rng.IntN(100)-50)
			switch rng.IntN(500) {
			case 0:
				f = 0
			case 1:
				f = math.Inf(rng.IntN(2)*2 - 1)
			case 2:
				if rng.IntN(20) == 0 {
					f = math.NaN()
				}
			}
			whole.Add(f)
			parts[rng.IntN(len(parts))].Add(f)
		}
		into := &parts[rng.IntN(len(parts))]
		for i := range parts {
			from := &parts[i]
			if from == into {
				continue
			}
			encoded := from.AppendBinary(nil)
			if rng.IntN(2) == 0 {
				from = &Sketch{Accuracy: a}
				if rest, err := from.Decode(encoded); err != nil || len(rest) > 0 {
					t.Fatalf("%d bytes are left, error %v", len(rest), err)
				}
			}
			into.Merge(from)
			if !bytes.Equal(from.AppendBinary(nil), encoded) {
				t.Fatal("merging changed what was merged")
			}
		}
		if want := whole.AppendBinary(nil); !bytes.Equal(into.AppendBinary(nil), want) || into.Len() != whole.Len() {
			t.Fatalf("%x, want %x", into.AppendBinary(nil), want)
		}
	}
}

func TestSketchesAreBounded(t *testing.T) {
	s := Sketch{Accuracy: accuracy(t, 0.01)}
	for _, x := range magnitudes(rand.New(rand.NewPCG(13, 14))) {
		s.Add(x)
		s.Add(-x)
	}
	if size := s.SizeBytes(); size > 2<<20 {
		t.Errorf("all magnitudes take %d bytes", size)
	}
	s = Sketch{Accuracy: accuracy(t, 0.01)}
	s.AddSlice([]float64{1, 2, 3, 1000})
	if size := s.SizeBytes(); size > 8<<10 {
		t.Errorf("values from 1 to 1000 take %d bytes", size)
	}
}

func TestRelativeErrorsOutOfRange(t *testing.T) {
	for _, alpha := range []float64{0, -1, 0.00009, 0.51, 1, math.NaN(), math.Inf(1)} {
		if _, err := NewAccuracy(alpha); err == nil {
			t.Errorf("a relative error of %v: no error", alpha)
		}
	}
}

// FuzzDecodeSketch: whatever is accepted is written again, and can be merged and
// searched.
func FuzzDecodeSketch(f *testing.F) {
	a := accuracy(f, 0.01)
	seed := Sketch{Accuracy: a}
	f.Add(seed.AppendBinary(nil))
	seed.AddSlice([]float64{1, -2, 0, math.Inf(1), 1e300, 5e-324})
	f.Add(seed.AppendBinary(nil))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, src []byte) {
		s := Sketch{Accuracy: a}
		rest, err := s.Decode(src)
		if err != nil {
			return
		}
		used := src[:len(src)-len(rest)]
		if got := s.AppendBinary(nil); !bytes.Equal(got, used) {
			t.Fatalf("%x was read, %x is written", used, got)
		}
		if s.SizeBytes() > int64(16*len(src)) {
			t.Errorf("%d bytes became %d", len(src), s.SizeBytes())
		}
		for _, rank := range []int64{0, s.Len() / 2, s.Len() - 1} {
			if _, err := s.At(rank); err != nil && s.Len() > 0 {
				t.Error(err)
			}
		}
		twice := Sketch{Accuracy: a}
		twice.Merge(&s)
		if got := twice.AppendBinary(nil); !bytes.Equal(got, used) {
			t.Fatalf("%x merged into nothing is %x", used, got)
		}
		twice.Merge(&s)
	})
}
