package block

import (
	"math/rand"
	"slices"
	"testing"
)

// FuzzPositions compares the rows that are kept with a loop over them.
func FuzzPositions(f *testing.F) {
	for _, n := range []int{0, 1, 7, 8, 31, 32, 33, 63, 64, 100, 1000, Rows} {
		f.Add(int64(n), n, 128, 10, int32(n))
	}
	f.Add(int64(1), Rows, 256, 0, int32(0))
	f.Add(int64(2), Rows, 0, 256, int32(5))
	f.Fuzz(func(t *testing.T, seed int64, n, often, oftenNull int, base int32) {
		n, base = n&(Rows-1)|n&Rows, base&(1<<30-1)
		n = min(n, Rows)
		rng := rand.New(rand.NewSource(seed))
		for _, nullable := range []bool{false, true} {
			keep := Vector{Type: Type{Kind: Bool}, Len: n, Bool: make([]bool, n)}
			if nullable {
				keep.Null = make([]bool, n)
			}
			var want []int32
			for i := range n {
				keep.Bool[i] = rng.Intn(256) < often
				if nullable {
					keep.Null[i] = rng.Intn(256) < oftenNull
				}
				if keep.Bool[i] && (!nullable || !keep.Null[i]) {
					want = append(want, base+int32(i))
				}
			}
			dst := make([]int32, Rows+8)
			if got := dst[:positions(dst, &keep, base)]; !slices.Equal(got, want) {
				t.Fatalf("%d rows from %d, nulls %v: %v, want %v", n, base, nullable, got, want)
			}
		}
	})
}

// Rows that are picked may go over the memory they come from.
func TestPickInPlace(t *testing.T) {
	rng := rand.New(rand.NewSource(3))
	for n := range 70 {
		src := make([]int64, n)
		for i := range src {
			src[i] = rng.Int63()
		}
		var rows []int32
		var want []int64
		for i, v := range src {
			if rng.Intn(3) > 0 {
				rows, want = append(rows, int32(i)), append(want, v)
			}
		}
		Pick(src[:len(rows)], src, rows)
		if got := src[:len(rows)]; !slices.Equal(got, want) {
			t.Fatalf("rows %v: %v, want %v", rows, got, want)
		}
	}
}

func TestValid(t *testing.T) {
	rng := rand.New(rand.NewSource(4))
	for _, n := range []int{0, 1, 33, Rows, Rows + 5, 3*Rows + 40} {
		null := make([]bool, n)
		var want []int32
		for i := range null {
			if null[i] = rng.Intn(4) == 0; !null[i] {
				want = append(want, int32(i))
			}
		}
		rows := make([]int32, n+8)
		if got := rows[:Valid(rows, null)]; !slices.Equal(got, want) {
			t.Fatalf("of %d rows: %v, want %v", n, got, want)
		}
	}
}
