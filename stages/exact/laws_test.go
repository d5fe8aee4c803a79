package exact

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/rand"
	"testing"
	"unsafe"
)

func TestSpecialValues(t *testing.T) {
	inf, null, zero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	tests := []struct {
		name         string
		values       []float64
		sum, squares float64
	}{
		{"no values", nil, 0, 0},
		{"negative zero", []float64{zero}, 0, 0},
		{"zeros of both signs", []float64{zero, 0}, 0, 0},
		{"opposites", []float64{-1.5, 1.5}, 0, 4.5},
		{"infinity", []float64{1, inf, -2}, inf, inf},
		{"negative infinity", []float64{-inf, 3}, -inf, inf},
		{"infinities of both signs", []float64{inf, 1, -inf}, null, inf},
		{"NaN", []float64{1, null}, null, null},
		{"NaN and infinity", []float64{inf, null}, null, null},
		{"negative NaN", []float64{math.Float64frombits(0xfff0000000000001)}, null, null},
		{"overflow", []float64{math.MaxFloat64, math.MaxFloat64}, inf, inf},
		{"overflow and back", []float64{math.MaxFloat64, math.MaxFloat64, -math.MaxFloat64}, math.MaxFloat64, inf},
		{"half a unit above the largest float", []float64{math.MaxFloat64, 0x1p970}, inf, inf},
		{"less than half a unit above the largest float", []float64{math.MaxFloat64, 0x1p969}, math.MaxFloat64, inf},
		{"the smallest float", []float64{5e-324}, 5e-324, 0},
		{"a square of half the smallest float", []float64{0x1p-537, 0x1p-538}, 0x1.8p-537, 5e-324},
		{"the square of 2^-537.5 rounds to even, which is 0", []float64{0x1p-538, 0x1p-538}, 0x1p-537, 0},
		{"1e16 + 1 - 1e16", []float64{1e16, 1, -1e16}, 1, 2e32},
		{"ten tenths", []float64{.1, .1, .1, .1, .1, .1, .1, .1, .1, .1}, 1, 0.1},
	}
	for _, test := range tests {
		for _, padding := range []int{0, 100, 3000} { // through every path of AddSlice
			values := append(make([]float64, padding), test.values...)
			var s Sum
			var q Squares
			s.AddSlice(values)
			q.AddSlice(values)
			if got := s.Float64(); !same(got, test.sum) {
				t.Errorf("%s after %d zeros: sum %v, want %v", test.name, padding, got, test.sum)
			}
			if got := q.Float64(); !same(got, test.squares) {
				t.Errorf("%s after %d zeros: squares %v, want %v", test.name, padding, got, test.squares)
			}
		}
	}
	var p Products
	p.Add(inf, 0)
	if got := p.Float64(); got == got {
		t.Errorf("Inf*0 is %v, want NaN", got)
	}
	p.Reset()
	p.Add(-inf, 2)
	if got := p.Float64(); got != -inf {
		t.Errorf("-Inf*2 is %v", got)
	}
}

// partial is what all sums have in common.
type partial[T any] interface {
	*T
	Merge(*T)
	Reset()
	AppendBinary([]byte) []byte
	Decode([]byte) ([]byte, error)
}

// checkLaws merges random splits of n values, in random orders and through
// encodings, and expects the same bytes as from all values in their order.
func checkLaws[T any, P partial[T]](t *testing.T, name string, rng *rand.Rand, n int, add func(p P, order []int)) {
	t.Helper()
	order := rng.Perm(n)
	var whole T
	add(&whole, order)
	want := P(&whole).AppendBinary(nil)
	for try := 0; try < 8; try++ {
		rng.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
		var parts []*T
		for left := order; len(left) > 0; {
			k := 1 + rng.Intn(len(left))
			part := new(T)
			add(part, left[:k])
			parts, left = append(parts, part), left[k:]
		}
		parts = append(parts, new(T)) // merging nothing changes nothing
		for len(parts) > 1 {
			i := rng.Intn(len(parts) - 1)
			a, b := parts[i], parts[i+1]
			if rng.Intn(2) == 0 {
				a, b = b, a
			}
			before := P(b).AppendBinary(nil)
			if rng.Intn(2) == 0 {
				decoded := new(T)
				if rest, err := P(decoded).Decode(append(P(a).AppendBinary(nil), 7)); err != nil || !bytes.Equal(rest, []byte{7}) {
					t.Fatalf("%s: decoding what was encoded: %v, rest %x", name, err, rest)
				}
				a = decoded
			}
			P(a).Merge(b)
			if after := P(b).AppendBinary(nil); !bytes.Equal(before, after) {
				t.Fatalf("%s: Merge changed its argument from %x to %x", name, before, after)
			}
			parts[i] = a
			parts = append(parts[:i+1], parts[i+2:]...)
		}
		if got := P(parts[0]).AppendBinary(nil); !bytes.Equal(got, want) {
			t.Fatalf("%s: split and merged %x, whole %x", name, got, want)
		}
	}
	P(&whole).Reset()
	if got, empty := P(&whole).AppendBinary(nil), P(new(T)).AppendBinary(nil); !bytes.Equal(got, empty) {
		t.Fatalf("%s: Reset leaves %x, want %x", name, got, empty)
	}
}

func pick[E any](xs []E, order []int) []E {
	out := make([]E, len(order))
	for i, j := range order {
		out[i] = xs[j]
	}
	return out
}

func TestOrderAndSplitsDoNotMatter(t *testing.T) {
	rng := rand.New(rand.NewSource(6))
	for _, n := range []int{1, 2, 40, 2500} {
		sets := data(rng, max(n, 2))
		sets["specials"] = append(pick(sets["normal"], rng.Perm(max(n, 2))), math.Inf(1), math.Inf(1))
		sets["all specials"] = append(pick(sets["normal"], rng.Perm(max(n, 2))), math.Inf(1), math.Inf(-1), math.NaN())
		for name, xs := range sets {
			checkLaws(t, name, rng, len(xs), func(s *Sum, order []int) { s.AddSlice(pick(xs, order)) })
			checkLaws(t, name, rng, len(xs), func(s *Sum, order []int) {
				for _, i := range order {
					s.Add(xs[i])
				}
			})
			checkLaws(t, name, rng, len(xs), func(s *Squares, order []int) { s.AddSlice(pick(xs, order)) })
			checkLaws(t, name, rng, len(xs), func(p *Products, order []int) {
				for _, i := range order {
					p.Add(xs[i], xs[(i+1)%len(xs)])
				}
			})
		}
		for shift := 0; shift < 64; shift += 9 {
			vs, us := make([]int64, n), make([]uint64, n)
			for i := range vs {
				vs[i], us[i] = int64(rng.Uint64())>>shift, rng.Uint64()>>shift
			}
			name := fmt.Sprint("integers >>", shift)
			checkLaws(t, name, rng, n, func(s *Int, order []int) {
				s.AddSlice(pick(vs, order))
				s.AddUintSlice(pick(us, order))
			})
			checkLaws(t, name, rng, n, func(s *IntSquares, order []int) {
				s.AddSlice(pick(vs, order))
				s.AddUintSlice(pick(us, order))
			})
		}
	}
}

// Blocks teach how to add the next one; what they taught may be wrong for it.
func TestBlocksOfChangingMagnitude(t *testing.T) {
	rng := rand.New(rand.NewSource(10))
	var s, s1 Sum
	var q, q1 Squares
	for i := 0; i < 400; i++ {
		xs := make([]float64, []int{minBlock, 100, blockLen}[rng.Intn(3)])
		center := rng.Intn(2000) - 1000
		if rng.Intn(2) == 0 {
			center /= 20
		}
		width := []int{1, 20, 33, 34, 35, 60, 76, 77, 78, 79, 300}[rng.Intn(11)]
		for j := range xs {
			xs[j] = math.Ldexp(rng.NormFloat64(), center-rng.Intn(width))
		}
		for repeat := rng.Intn(20); repeat >= 0; repeat-- {
			s.AddSlice(xs)
			q.AddSlice(xs)
			for _, x := range xs {
				s1.Add(x)
				q1.Add(x)
			}
			if got, want := s.AppendBinary(nil), s1.AppendBinary(nil); !bytes.Equal(got, want) {
				t.Fatalf("block %d, width %d around 2^%d: sum %x, want %x", i, width, center, got, want)
			}
			if got, want := q.AppendBinary(nil), q1.AppendBinary(nil); !bytes.Equal(got, want) {
				t.Fatalf("block %d, width %d around 2^%d: squares %x, want %x", i, width, center, got, want)
			}
		}
		if rng.Intn(10) == 0 {
			s.Reset()
			s1.Reset()
			q.Reset()
			q1.Reset()
		}
	}
}

// Groups come by the million: what each holds must stay small, and adding
// values of similar magnitudes must not allocate.
func TestGroupsStaySmall(t *testing.T) {
	if size := unsafe.Sizeof(Sum{}); size > 64 {
		t.Errorf("a Sum takes %d bytes", size)
	}
	if size := unsafe.Sizeof(Squares{}); size > 64 {
		t.Errorf("a Squares takes %d bytes", size)
	}
	xs := data(rand.New(rand.NewSource(11)), 2000)["six decimals"]
	allocs := testing.AllocsPerRun(3, func() {
		var s Sum
		var q Squares
		for _, x := range xs {
			s.Add(x)
			q.Add(x)
		}
		s.AddSlice(xs)
		q.AddSlice(xs)
		if _, ok := StdDev(&s, &q, 4000, 1); !ok || Mean(&s, 4000) == 0 {
			t.Error("no moments")
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestTenMillionTenths(t *testing.T) {
	const n = 10_000_000
	xs := make([]float64, 10_000)
	for i := range xs {
		xs[i] = 0.1
	}
	var s Sum
	var q Squares
	for i := 0; i < n/len(xs); i++ {
		s.AddSlice(xs)
		q.AddSlice(xs)
	}
	tenth := inUnits(0.1)
	want := nearest(new(big.Int).Mul(tenth, big.NewInt(n)), one, -1074)
	if got := s.Float64(); got != want {
		t.Errorf("ten million tenths are %v, want %v", got, want)
	}
	if got := Mean(&s, n); got != 0.1 {
		t.Errorf("their mean is %v", got)
	}
	if got, _ := StdDev(&s, &q, n, 1); got != 0 {
		t.Errorf("their standard deviation is %v", got)
	}
}

// A sum merged with itself 60 times has added each value 2^60 times; no carry
// may be lost on the way, and its encoding is still accepted.
func TestNoCarryIsLost(t *testing.T) {
	const doublings = 60
	rng := rand.New(rand.NewSource(7))
	for name, xs := range data(rng, 15) {
		var s Sum
		var q Squares
		s.AddSlice(xs)
		q.AddSlice(xs)
		for i := 0; i < doublings; i++ {
			s.Merge(&s)
			other := new(Squares)
			other.Merge(&q)
			q.Merge(other)
		}
		if got, want := s.Float64(), nearest(bigSum(xs), one, doublings-1074); !same(got, want) {
			t.Errorf("%s: sum %g, want %g", name, got, want)
		}
		if got, want := q.Float64(), nearest(bigProducts(xs, xs), one, doublings-2148); !same(got, want) {
			t.Errorf("%s: squares %g, want %g", name, got, want)
		}
		var s2 Sum
		if _, err := s2.Decode(s.AppendBinary(nil)); err != nil || !same(s2.Float64(), s.Float64()) {
			t.Errorf("%s: decoding the sum: %v", name, err)
		}
		var q2 Squares
		if _, err := q2.Decode(q.AppendBinary(nil)); err != nil || !same(q2.Float64(), q.Float64()) {
			t.Errorf("%s: decoding the squares: %v", name, err)
		}
		// The same number taken away again leaves exactly the values.
		var minus Sum
		for _, x := range xs {
			minus.Add(-x)
		}
		for i := 0; i < doublings; i++ {
			minus.Merge(&minus)
		}
		s.Merge(&minus)
		if got := s.AppendBinary(nil); !bytes.Equal(got, []byte{0}) {
			t.Errorf("%s: what is left of zero is %x", name, got)
		}
	}
}

// Carries into and borrows from the sign of the window, one at a time.
func TestCarriesThroughTheWindow(t *testing.T) {
	for _, sign := range []float64{1, -1} {
		for high := -40; high < 360; high += 7 {
			var s Sum
			var xs []float64
			for k := -40; k <= high; k++ { // binary 11…1, then one more
				xs = append(xs, sign*math.Ldexp(1, k))
			}
			xs = append(xs, sign*math.Ldexp(1, -40))
			for _, x := range xs {
				s.Add(x)
			}
			if got, want := s.Float64(), sign*math.Ldexp(1, high+1); got != want {
				t.Fatalf("carry to 2^%d: %g, want %g", high+1, got, want)
			}
			s.Add(-sign * math.Ldexp(1, -1000)) // borrow all the way back
			s.Add(-sign * math.Ldexp(1, high+1))
			if got, want := s.Float64(), -sign*math.Ldexp(1, -1000); got != want {
				t.Fatalf("borrow from 2^%d: %g, want %g", high+1, got, want)
			}
		}
	}
}
