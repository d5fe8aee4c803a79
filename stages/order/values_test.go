package order

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// datasets are keys that make Values keep them in each of their ways.
func datasets(n int) map[string][]uint64 {
	rng := rand.New(rand.NewPCG(1, 2))
	fill := func(f func(i int) uint64) []uint64 {
		keys := make([]uint64, n)
		for i := range keys {
			keys[i] = f(i)
		}
		return keys
	}
	switched := fill(func(int) uint64 { return FloatKey(rng.NormFloat64()) })
	for i := len(switched) / 2; i < len(switched); i++ {
		switched[i] = IntKey(rng.Int64N(20))
	}
	return map[string][]uint64{
		"normal":         fill(func(int) uint64 { return FloatKey(rng.NormFloat64()) }),
		"any bits":       fill(func(int) uint64 { return rng.Uint64() }),
		"ascending":      fill(func(i int) uint64 { return IntKey(int64(i)) }),
		"descending":     fill(func(i int) uint64 { return IntKey(int64(-i)) }),
		"constant":       fill(func(int) uint64 { return IntKey(7) }),
		"few":            fill(func(int) uint64 { return IntKey(rng.Int64N(20) - 10) }),
		"prices":         fill(func(int) uint64 { return FloatKey(float64(rng.Int64N(30000)) / 100) }),
		"first distinct": switched,
		"one far away": fill(func(i int) uint64 {
			if i == n/2 {
				return math.MaxUint64
			}
			return uint64(rng.IntN(1000))
		}),
		"skewed": fill(func(int) uint64 { return uint64(math.Exp(rng.ExpFloat64() * 4)) }),
		"ends":   fill(func(i int) uint64 { return []uint64{0, math.MaxUint64, 1 << 63, 1<<63 - 1}[rng.IntN(4)] }),
	}
}

func valuesOf(keys []uint64, piece int) *Values {
	v := new(Values)
	for piece := range slices.Chunk(keys, piece) {
		v.Add(piece)
	}
	return v
}

// someRanks ascend and include the first and the last.
func someRanks(rng *rand.Rand, n int) []int64 {
	ranks := []int64{0, int64(n - 1), int64(n / 2), int64((n - 1) / 2)}
	for range 5 {
		ranks = append(ranks, rng.Int64N(int64(n)))
	}
	slices.Sort(ranks)
	return slices.Compact(ranks)
}

// located looks ranks up in ranges that must all be known.
func located(t *testing.T, found []Range, sorted []uint64, ranks []int64) {
	t.Helper()
	for _, rank := range ranks {
		i := slices.IndexFunc(found, func(r Range) bool { return r.Holds(rank) })
		if i < 0 || !found[i].Known() || found[i].Low != sorted[rank] {
			t.Fatalf("rank %d of %d: found %v, want %x", rank, len(sorted), found, sorted[rank])
		}
		at, _ := slices.BinarySearch(sorted, sorted[rank])
		end, _ := slices.BinarySearch(sorted, sorted[rank]+1)
		if sorted[rank] == math.MaxUint64 {
			end = len(sorted)
		}
		if r := found[i]; r.Below != int64(at) || r.Count != int64(end-at) {
			t.Fatalf("rank %d of %d: range %v, want %d below and %d in it", rank, len(sorted), r, at, end-at)
		}
	}
	if !slices.IsSortedFunc(found, func(a, b Range) int { return int(a.Below - b.Below) }) {
		t.Fatalf("ranges do not ascend: %v", found)
	}
}

func TestLocateFindsWhatSortingFinds(t *testing.T) {
	for _, n := range []int{1, 2, 3, 15, 17, 100, firstTail, 10_000, 3*mostTail + 1000} {
		rng := rand.New(rand.NewPCG(3, uint64(n)))
		for name, keys := range datasets(n) {
			v := valuesOf(keys, 2048)
			sorted := slices.Sorted(slices.Values(keys))
			ranks := someRanks(rng, n)
			before := v.AppendBinary(nil)
			found, err := v.Locate(ranks)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(name, func(t *testing.T) { located(t, found, sorted, ranks) })
			if v.Len() != int64(n) || !bytes.Equal(v.AppendBinary(nil), before) {
				t.Errorf("%d of %s: looking for ranks changed the values", n, name)
			}
			for _, outside := range [][]int64{{-1}, {int64(n)}, {0, int64(n)}} {
				if _, err := v.Locate(outside); err == nil {
					t.Errorf("%d of %s: ranks %v are found", n, name, outside)
				}
			}
		}
	}
}

// Counts narrow ranges down to single values, however many passes it takes.
func TestShedValuesAreFoundByNarrowing(t *testing.T) {
	const n = 30_000
	for _, bits := range []int{4, 8, 16} {
		for name, keys := range datasets(n) {
			sorted := slices.Sorted(slices.Values(keys))
			ranks := someRanks(rand.New(rand.NewPCG(4, 4)), n)
			ranges := []Range{{Low: 0, High: math.MaxUint64, Count: n}}
			passes := 0
			for ; slices.ContainsFunc(ranges, func(r Range) bool { return !r.Known() }); passes++ {
				var next []Range
				for _, r := range ranges {
					var in []int64
					for _, rank := range ranks {
						if r.Holds(rank) {
							in = append(in, rank)
						}
					}
					v := new(Values)
					v.Shed(r.Low, r.High, bits)
					for _, k := range keys {
						if k >= r.Low && k <= r.High {
							v.Add([]uint64{k})
						}
					}
					if v.Len() != r.Count {
						t.Fatalf("%s: %d values in %v", name, v.Len(), r)
					}
					found, err := v.LocateAbove(r.Below, in)
					if err != nil {
						t.Fatal(err)
					}
					if size := v.SizeBytes(); size > CountsBytes(bits)+1000 {
						t.Errorf("%s: counts of %d bits take %d bytes", name, bits, size)
					}
					next = append(next, found...)
				}
				ranges = next
			}
			located(t, ranges, sorted, ranks)
			if passes > 64/bits {
				t.Errorf("%s: %d passes with counts of %d bits", name, passes, bits)
			}
		}
	}
}

// However values are added, merged, sent and shed, their bytes are the same.
func TestValuesDependOnWhatWasAddedOnly(t *testing.T) {
	const n = 40_000
	rng := rand.New(rand.NewPCG(5, 6))
	for name, keys := range datasets(n) {
		for _, shed := range []bool{false, true} {
			whole := valuesOf(keys, 2048)
			if shed {
				whole.Shed(0, math.MaxUint64, 7)
			}
			want := whole.AppendBinary(nil)
			for range 3 {
				shuffled := slices.Clone(keys)
				rng.Shuffle(n, func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
				parts := make([]*Values, 1+rng.IntN(4))
				for i := range parts {
					parts[i] = new(Values)
				}
				for piece := range slices.Chunk(shuffled, 1+rng.IntN(9000)) {
					parts[rng.IntN(len(parts))].Add(piece)
				}
				if shed {
					parts[rng.IntN(len(parts))].Shed(0, math.MaxUint64, 16)
					parts[rng.IntN(len(parts))].Shed(0, math.MaxUint64, 7)
				}
				into := parts[0]
				for _, from := range parts[1:] {
					encoded := from.AppendBinary(nil)
					sent := from
					if rng.IntN(2) == 0 {
						sent = new(Values)
						if rest, err := sent.Decode(encoded, 0, math.MaxUint64); err != nil || len(rest) > 0 {
							t.Fatalf("%s: %d bytes are left, error %v", name, len(rest), err)
						}
						if again := sent.AppendBinary(nil); !bytes.Equal(again, encoded) {
							t.Fatalf("%s: decoded values encode differently", name)
						}
					}
					if rng.IntN(2) == 0 {
						into, sent, encoded = sent, into, into.AppendBinary(nil)
					}
					into.Merge(sent)
					if !bytes.Equal(sent.AppendBinary(nil), encoded) {
						t.Fatalf("%s: merging changed what was merged", name)
					}
				}
				if got := into.AppendBinary(nil); !bytes.Equal(got, want) {
					t.Fatalf("%s, shed %v: bytes differ", name, shed)
				}
			}
		}
	}
}

// Values that share keys with those they were merged into can still be added to.
func TestMergedValuesAreIndependent(t *testing.T) {
	keys := datasets(4 * mostTail)["normal"]
	a, into := valuesOf(keys, 2048), new(Values)
	into.Merge(a)
	want := into.AppendBinary(nil)
	a.Add(keys)
	a.Shed(0, math.MaxUint64, 16)
	if !bytes.Equal(into.AppendBinary(nil), want) {
		t.Error("adding to what was merged changed the result")
	}
	into.Add(keys[:10])
	if into.Len() != int64(len(keys)+10) {
		t.Errorf("%d values", into.Len())
	}
}

func TestNaNIsAllThatIsKept(t *testing.T) {
	v := valuesOf([]uint64{1, 2, 3}, 3)
	v.AddNaN()
	v.Add([]uint64{4})
	if !v.NaN() || v.SizeBytes() != 0 {
		t.Errorf("%d bytes are kept beside NaN", v.SizeBytes())
	}
	into := valuesOf([]uint64{9}, 1)
	into.Merge(v)
	if want := []byte{tagNaN}; !into.NaN() || !bytes.Equal(into.AppendBinary(nil), want) {
		t.Errorf("merged with NaN it is %v", into)
	}
	v.Shed(0, math.MaxUint64, 16)
	shed := valuesOf([]uint64{9}, 1)
	shed.Shed(0, math.MaxUint64, 16)
	shed.Merge(into)
	if !shed.NaN() {
		t.Error("counts merged with NaN are not NaN")
	}
}

// Equal values take memory once.
func TestMemoryOfValues(t *testing.T) {
	const n = 5 * mostTail
	many, few := datasets(n), datasets(10)
	for name, most := range map[string]int64{
		"normal": 9 * n, "any bits": 9 * n, "ascending": 9 * n, "constant": 64 << 10, "few": 64 << 10, "ends": 64 << 10,
		"prices": 2 << 20, "first distinct": 5 * n, "one far away": 256 << 10,
	} {
		v := valuesOf(many[name], 2048)
		if size := v.SizeBytes(); size > most {
			t.Errorf("%d values of %s take %d bytes, want at most %d", n, name, size, most)
		}
		if v := valuesOf(few[name], 1); v.SizeBytes() > 256 {
			t.Errorf("10 values of %s take %d bytes", name, v.SizeBytes())
		}
	}
}

func TestKeysAreInTheOrderOfTheValues(t *testing.T) {
	floats := []float64{math.Inf(-1), -math.MaxFloat64, -1.5, -1, -0x1p-1022, -5e-324, 0, 5e-324, 0x1p-1022, 1, math.Nextafter(1, 2), 1e300, math.Inf(1)}
	for i, f := range floats {
		if KeyFloat(FloatKey(f)) != f {
			t.Errorf("the key of %v is that of %v", f, KeyFloat(FloatKey(f)))
		}
		if i > 0 && FloatKey(f) <= FloatKey(floats[i-1]) {
			t.Errorf("the keys of %v and %v are not in order", floats[i-1], f)
		}
	}
	if negative := math.Copysign(0, -1); FloatKey(negative) != FloatKey(0) || math.Signbit(KeyFloat(FloatKey(negative))) {
		t.Error("-0 is not as 0")
	}
	keys, nan := AppendFloatKeys([]uint64{1}, floats)
	for i, f := range floats {
		if keys[i+1] != FloatKey(f) {
			t.Errorf("the key of %v among others is %x, want %x", f, keys[i+1], FloatKey(f))
		}
	}
	if _, with := AppendFloatKeys(nil, []float64{1, math.NaN(), 2}); nan || !with {
		t.Errorf("NaN is seen: without %v, with %v", nan, with)
	}
	ints := []int64{math.MinInt64, -1 << 53, -1, 0, 1, 1<<53 + 1, math.MaxInt64}
	for i, k := range AppendIntKeys(nil, ints) {
		if k != IntKey(ints[i]) || KeyInt(k) != ints[i] || i > 0 && k <= IntKey(ints[i-1]) {
			t.Errorf("the key of %d is %x", ints[i], k)
		}
	}
}

func TestSortKeys(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 1000, firstTail} {
		for name, keys := range datasets(n) {
			want := slices.Sorted(slices.Values(keys))
			if sortKeys(keys); !slices.Equal(keys, want) {
				t.Errorf("%d of %s are not sorted", n, name)
			}
		}
	}
}

func TestDecodeRefusesWhatIsNotWritten(t *testing.T) {
	for name, bytes := range map[string][]byte{
		"nothing":                 {},
		"another tag":             {4},
		"no number of keys":       {tagKeys},
		"fewer keys than said":    {tagKeys, 2, 1, 1},
		"a key twice":             {tagKeys, 2, 1, 1, 0, 1},
		"a key below the range":   {tagKeys, 1, 9, 1},
		"a key above the range":   {tagKeys, 1, 100, 1},
		"no values":               {tagKeys, 1, 20, 0},
		"a needless byte":         {tagKeys, 1, 0x94, 0, 1},
		"no bits":                 {tagCounts, 0, 1, 0, 1, 0, 0},
		"too many bits":           {tagCounts, 17, 1, 0, 1, 0, 0},
		"an interval beyond":      {tagCounts, 4, 1, 16, 1, 0, 0},
		"an empty interval":       {tagCounts, 4, 1, 0, 0, 0, 0},
		"no least key":            {tagCounts, 4, 1, 0, 1},
		"a least key elsewhere":   {tagCounts, 4, 1, 1, 1, 20, 0},
		"a least key beyond":      {tagCounts, 4, 1, 0, 1, 80, 0},
		"a greatest key beyond":   {tagCounts, 4, 1, 0, 1, 79, 1},
		"a greatest key too high": {tagCounts, 4, 1, 0, 1, 0, 1},
		"no number of spots":      {tagFocus, 5},
		"too many spots":          {tagFocus, 5, 65},
		"fewer spots than said":   {tagFocus, 5, 2, 20, 9, 0, 0},
		"more below than all":     {tagFocus, 5, 1, 20, 9, 6, 0},
		"more in it than all":     {tagFocus, 5, 1, 20, 9, 4, 1, 20, 2},
		"keys below the least":    {tagFocus, 5, 1, 0, 30, 1, 0},
		"a key beside its spot":   {tagFocus, 5, 1, 20, 9, 1, 1, 30, 1},
	} {
		if _, err := new(Values).Decode(bytes, 10, 89); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzDecodeValues: whatever is accepted is written again, takes no more memory
// than it may, and can be merged and searched.
func FuzzDecodeValues(f *testing.F) {
	for name, keys := range datasets(40) {
		v := valuesOf(keys, 7)
		f.Add(v.AppendBinary(nil), uint64(0), uint64(math.MaxUint64))
		spots := &Values{n: 50, focus: &focus{spots: []spot{{low: 1, high: 1 << 62, below: 3}, {low: 1 << 63, high: math.MaxUint64, below: 40}}}}
		spots.focus.addAll(v)
		spots.n = max(spots.n, spots.focus.spots[1].end())
		f.Add(spots.AppendBinary(nil), uint64(0), uint64(math.MaxUint64))
		v.Shed(0, math.MaxUint64, 16)
		f.Add(v.AppendBinary(nil), uint64(0), uint64(math.MaxUint64))
		if name == "few" {
			f.Add([]byte{tagNaN}, uint64(10), uint64(90))
		}
	}
	f.Fuzz(func(t *testing.T, src []byte, low, high uint64) {
		if low > high {
			return
		}
		v := new(Values)
		rest, err := v.Decode(src, low, high)
		if err != nil {
			return
		}
		used := src[:len(src)-len(rest)]
		if got := v.AppendBinary(nil); !bytes.Equal(got, used) {
			t.Fatalf("%x was read, %x is written", used, got)
		}
		if v.SizeBytes() > int64(16*len(src)+200*(1+mostMergedSpots)) {
			t.Errorf("%d bytes became %d", len(src), v.SizeBytes())
		}
		if v.Len() > 0 {
			if _, err := v.Locate([]int64{0, v.Len() - 1}); err != nil {
				t.Error(err)
			}
		}
		twice := new(Values)
		twice.Merge(v)
		if got := twice.AppendBinary(nil); !bytes.Equal(got, used) {
			t.Fatalf("%x merged into nothing is %x", used, got)
		}
		twice.Merge(v)
		if twice.Len() != 2*v.Len() {
			t.Errorf("%d values merged with themselves are %d", v.Len(), twice.Len())
		}
	})
}
