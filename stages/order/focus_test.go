package order

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// sought is a median and both ends of 200,000 values and more.
func sought(n int64) []int64 {
	ranks := []int64{0, n / 2, n/2 + 1, n / 100 * 99, n - 1}
	slices.Sort(ranks)
	return slices.Compact(ranks)
}

// seeking is values of which sought is sought.
func seeking(keys []uint64, piece int) *Values {
	v := new(Values)
	v.Seek(sought)
	for piece := range slices.Chunk(keys, piece) {
		v.Add(piece)
	}
	return v
}

// Whatever is sought is found, or a range tells where it is: however values are
// cut, spread over lanes, settled, sent and merged in any order.
func TestSoughtRanksAreLocated(t *testing.T) {
	const n = 300_000
	rng := rand.New(rand.NewPCG(21, 22))
	inRandomOrder := map[string]bool{"normal": true, "any bits": true, "skewed": true, "few": true, "constant": true, "ends": true, "prices": true, "one far away": true}
	for name, keys := range datasets(n) {
		sorted := slices.Sorted(slices.Values(keys))
		ranks := sought(n)
		for trial := range 4 {
			lanes := make([][]uint64, 1+trial)
			for piece := range slices.Chunk(keys, 1+rng.IntN(20_000)) {
				i := rng.IntN(len(lanes))
				lanes[i] = append(lanes[i], piece...)
			}
			into, focused := new(Values), 0
			rng.Shuffle(len(lanes), func(i, j int) { lanes[i], lanes[j] = lanes[j], lanes[i] })
			for i, lane := range lanes {
				from := seeking(lane, 1+rng.IntN(4000))
				if i%2 == 0 {
					from.Settle(sought)
				}
				if from.Focused() {
					focused++
				}
				encoded := from.AppendBinary(nil)
				if rng.IntN(2) == 0 {
					from = new(Values)
					if rest, err := from.Decode(encoded, 0, math.MaxUint64); err != nil || len(rest) > 0 {
						t.Fatalf("%s: %d bytes are left, error %v", name, len(rest), err)
					}
				}
				if rng.IntN(2) == 0 {
					into, from, encoded = from, into, into.AppendBinary(nil)
				}
				into.Merge(from)
				if !bytes.Equal(from.AppendBinary(nil), encoded) {
					t.Fatalf("%s: merging changed what was merged", name)
				}
			}
			found, err := into.Locate(ranks)
			if err != nil || into.Len() != n {
				t.Fatalf("%s: %d values, error %v", name, into.Len(), err)
			}
			checkRanges(t, name, found, sorted, ranks)
			if unknown := slices.ContainsFunc(found, func(r Range) bool { return !r.Known() }); unknown && inRandomOrder[name] {
				t.Errorf("%s in %d lanes: the values of %v are not known: %v", name, len(lanes), ranks, found)
			}
			if size := into.SizeBytes(); focused == len(lanes) && size > n {
				t.Errorf("%s: %d of %d lanes keep few keys, yet there are %d bytes", name, focused, len(lanes), size)
			}
			if name == "normal" && trial == 0 && focused == 0 {
				t.Error("values in random order are all kept")
			}
			if name == "ascending" && focused > 0 {
				t.Error("a few of ascending values are taken for all")
			}
		}
	}
}

// checkRanges looks whether ranges hold ranks and say how many keys are below and
// in them.
func checkRanges(t *testing.T, name string, found []Range, sorted []uint64, ranks []int64) {
	t.Helper()
	for _, rank := range ranks {
		i := slices.IndexFunc(found, func(r Range) bool { return r.Holds(rank) })
		if i < 0 {
			t.Fatalf("%s: rank %d is in none of %v", name, rank, found)
		}
		r := found[i]
		below, _ := slices.BinarySearch(sorted, r.Low)
		end, _ := slices.BinarySearch(sorted, r.High+1)
		if r.High == math.MaxUint64 {
			end = len(sorted)
		}
		if r.Low > sorted[rank] || r.High < sorted[rank] || r.Below != int64(below) || r.Count != int64(end-below) {
			t.Fatalf("%s: rank %d: %v, want %d below and %d in it", name, rank, r, below, end-below)
		}
	}
}

// Values that turn out to be others than the first ones leave ranges.
func TestWhatDriftsIsNotKnown(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	median := func(n int64) []int64 { return []int64{n / 2} }
	v := new(Values)
	v.Seek(median)
	var keys []uint64
	for i := range 400_000 {
		f := rng.NormFloat64()
		if i > 100_000 {
			f += 10
		}
		keys = append(keys, FloatKey(f))
		v.Add(keys[i:])
	}
	ranks := median(int64(len(keys)))
	found, err := v.Locate(ranks)
	if err != nil {
		t.Fatal(err)
	}
	checkRanges(t, "a step", found, slices.Sorted(slices.Values(keys)), ranks)
	if len(found) != 1 || found[0].Known() {
		t.Errorf("the median is known: %v", found)
	}
}

// Counts and keys near ranks have nothing in common but their number.
func TestFocusMergesWithCounts(t *testing.T) {
	keys := datasets(200_000)["normal"]
	sorted := slices.Sorted(slices.Values(append(slices.Clone(keys), keys...)))
	ranks := sought(int64(len(sorted)))
	for name, merged := range map[string]func() *Values{
		"counts into a focus": func() *Values {
			v, shed := seeking(keys, 4096), valuesOf(keys, 4096)
			shed.Shed(0, math.MaxUint64, 10)
			v.Merge(shed)
			return v
		},
		"a focus into counts": func() *Values {
			v := valuesOf(keys, 4096)
			v.Shed(0, math.MaxUint64, 10)
			v.Merge(seeking(keys, 4096))
			return v
		},
		"a focus shed": func() *Values {
			v := seeking(keys, 4096)
			v.Shed(0, math.MaxUint64, 10)
			v.Add(keys)
			return v
		},
	} {
		v := merged()
		found, err := v.Locate(ranks)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checkRanges(t, name, found, sorted, ranks)
		if v.SizeBytes() > 1<<10 {
			t.Errorf("%s: %d bytes", name, v.SizeBytes())
		}
	}
}
