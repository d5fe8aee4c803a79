package agg

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
)

func TestDistinctSemantics(t *testing.T) {
	nan, negZero := math.NaN(), math.Copysign(0, -1)
	for _, tt := range []struct {
		name string
		arg  *block.Vector
		want string
	}{
		{"no rows", floats(), "0"},
		{"nulls only", withNulls(texts("a", "b"), 0, 1), "0"},
		{"the literal null", &block.Vector{Len: 2, Null: []bool{true, true}}, "0"},
		{"nulls are no value", withNulls(ints(intType, 1, 2, 1, 3), 3), "2"},
		{"-0 is 0", floats(0, negZero), "1"},
		{"all NaNs are one", floats(nan, math.Float64frombits(0x7ff0000000000001), -nan, 1), "2"},
		{"infinities", floats(math.Inf(1), math.Inf(-1), math.Inf(1)), "2"},
		{"the ends of int64", ints(intType, math.MinInt64, math.MaxInt64, -1, 0, -1), "4"},
		{"unsigned", uints(math.MaxUint64, 0, math.MaxUint64), "2"},
		{"bools", bools(true, true, false), "2"},
		{"dates", ints(dateType, 1, 1, -1), "2"},
		{"timestamps", ints(timeType, 1, 2, 2), "2"},
		{"texts", texts("", "a", "", "A", "a\x00"), "4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, name := range []string{"count_distinct", "approx_count_distinct"} {
				if got := answer(t, Call{Func: name}, tt.arg); got != tt.want {
					t.Errorf("%s is %s, want %s", name, got, tt.want)
				}
			}
		})
	}
}

// Every type, by key and without, against a map of texts.
func TestDistinctAgainstAMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(91, 92))
	for _, typ := range []block.Type{floatType, intType, uintType, boolType, dateType, timeType, stringType} {
		for _, keyed := range []bool{false, true} {
			spec := Spec{Args: []block.Type{typ}, Calls: []Call{{Name: "n", Func: "count_distinct", Args: []int{0}}}}
			if keyed {
				spec.Keys = []block.Field{{Name: "k", Type: stringType}}
			}
			plan := mustPlan(t, spec)
			for _, n := range []int{1, 30, 3000} {
				data := randomRowsOf(rng, 5, typ, n, true)
				want := map[string]map[string]bool{}
				for i := range n {
					key := ""
					if keyed {
						key = string(result.AppendJSON(nil, result.At(data.key, i)))
					}
					if want[key] == nil {
						want[key] = map[string]bool{}
					}
					v := result.At(data.arg, i)
					if v.Kind() == block.Float && v.Float64() == 0 {
						v = result.Float(0)
					}
					if !v.IsNull() {
						want[key][string(result.AppendJSON(nil, v))] = true
					}
				}
				p := plan.NewPartial()
				for from := 0; from < n; from += 700 {
					add(t, p, data.slice(from, min(n, from+700)), keyed)
				}
				table, err := p.Result()
				if err != nil {
					t.Fatal(err)
				}
				for _, row := range table.Rows {
					key := ""
					if keyed {
						key = string(result.AppendJSON(nil, row[0]))
					}
					if got := row[len(row)-1].Int64(); got != int64(len(want[key])) {
						t.Errorf("%s of %d rows, key %q: %d distinct, want %d", typ.Kind, n, key, got, len(want[key]))
					}
				}
			}
		}
	}
}

// Reading the bytes of one group after another's keeps the groups apart.
func TestDistinctDecodesGroupsThatShareValues(t *testing.T) {
	spec := Spec{Keys: []block.Field{{Name: "k", Type: intType}}, Args: []block.Type{stringType}, Calls: []Call{{Name: "n", Func: "count_distinct", Args: []int{0}}}}
	plan := mustPlan(t, spec)
	p := plan.NewPartial()
	update(t, p, []*block.Vector{ints(intType, 1, 1, 2, 3, 3)}, []*block.Vector{withNulls(texts("a", "b", "", "b", "c"), 2)}, 5)
	sent, err := plan.Decode(p.AppendBinary(nil))
	if err != nil {
		t.Fatal(err)
	}
	update(t, sent, []*block.Vector{ints(intType, 1, 2, 3, 4)}, []*block.Vector{texts("c", "a", "b", "a")}, 4)
	if got, want := rowsOf(t, sent), "[1,3]\n[2,1]\n[3,2]\n[4,1]\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDistinctRefusesANull(t *testing.T) {
	d := newDistinct(intType)
	d.Resize(1)
	if _, err := d.Decode([]byte("\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00"), 0); err == nil {
		t.Error("no error")
	}
}

func TestDistinctKnowsItsMemory(t *testing.T) {
	d := newDistinct(intType)
	d.Resize(1)
	const n = 100_000
	for from := int64(0); from < n; from += block.Rows {
		values := make([]int64, block.Rows)
		for i := range values {
			values[i] = (from + int64(i)) * 7919
		}
		v := ints(intType, values...)
		if err := d.Update(nil, []*block.Vector{v}, block.Rows); err != nil {
			t.Fatal(err)
		}
	}
	if size := d.SizeBytes(); size < 8*n || size > 100*n {
		t.Errorf("%d values take %d bytes", n, size)
	}
}

func TestCountDistinctOffersTheLighterOne(t *testing.T) {
	plan := mustPlan(t, Spec{Args: []block.Type{intType}, Calls: []Call{{Name: "s", Func: "sum", Args: []int{0}}, {Name: "n", Func: "count_distinct", Args: []int{0}}}})
	if heavy, lighter := plan.Lighter(); heavy != "count_distinct" || lighter != "approx_count_distinct" {
		t.Errorf("%q instead of %q", lighter, heavy)
	}
	plan = mustPlan(t, Spec{Args: []block.Type{intType}, Calls: []Call{{Name: "n", Func: "approx_count_distinct", Args: []int{0}}}})
	if heavy, lighter := plan.Lighter(); heavy != "" || lighter != "" {
		t.Errorf("%q instead of %q", lighter, heavy)
	}
}

// The vectors of the specification's reference implementation, and of hash8 against
// hashBytes.
func TestHashIsXXHash64(t *testing.T) {
	for text, want := range map[string]uint64{
		"":    0xef46db3751d8e999,
		"a":   0xd24ec4f1a98c6e5b,
		"abc": 0x44bc2cf5ad770999,
		"The quick brown fox jumps over the lazy dog": 0x0b242d361fda71bc,
		"xxhash":                     0x32dd38952c4bc720,
		"message digest":             0x066ed728fceeb3be,
		"abcdefghijklmnopqrstuvwxyz": 0xcfe1f278fa89835c,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789":                   0xaaa46907d3047814,
		"12345678901234567890123456789012345678901234567890123456789012345678901234567890": 0xe04a477f19ee145d,
	} {
		if got := hashBytes([]byte(text)); got != want {
			t.Errorf("hash of %q is %#x, want %#x", text, got, want)
		}
	}
	for _, x := range []uint64{0, 1, 0x0123456789abcdef, math.MaxUint64} {
		var b [8]byte
		for i := range b {
			b[i] = byte(x >> (8 * i))
		}
		if hash8(x) != hashBytes(b[:]) {
			t.Errorf("hash8(%#x) is not that of its bytes", x)
		}
	}
}

// standardError is what the documentation promises of approx_count_distinct.
const standardError = 0.0082

// Counts from 1 to some million, of values in patterns that data have. The hash
// is fixed, so the errors are too; a sound estimate stays within 4 standard errors
// with all of these, and within one on average.
func TestApproxCountDistinctIsAsExactAsItSays(t *testing.T) {
	patterns := map[string]func(i uint64) uint64{
		"counting":      func(i uint64) uint64 { return i },
		"thousands":     func(i uint64) uint64 { return i * 1000 },
		"high bits":     func(i uint64) uint64 { return i << 32 },
		"floats":        func(i uint64) uint64 { return math.Float64bits(float64(i)) },
		"tenths":        func(i uint64) uint64 { return math.Float64bits(float64(i) / 10) },
		"negative":      func(i uint64) uint64 { return -i },
		"random":        func(i uint64) uint64 { return (i + 1) * 0xd1342543de82ef95 },
		"as texts":      func(i uint64) uint64 { return hashBytes(strconv.AppendUint(nil, i, 10)) },
		"as long texts": func(i uint64) uint64 { return hashBytes(fmt.Appendf(nil, "https://example.org/item/%d?page=1", i)) },
	}
	for name, pattern := range patterns {
		hash := hash8
		if name == "as texts" || name == "as long texts" {
			hash = func(h uint64) uint64 { return h }
		}
		var s cardinality
		next, squares, n := uint64(1), 0.0, 0
		for i := uint64(1); i <= 2_000_000; i++ {
			s.observe(hash(pattern(i)))
			if i != next {
				continue
			}
			off := s.estimate()/float64(i) - 1
			if i <= 20 && off != 0 {
				t.Errorf("%s: %d values are estimated as %v", name, i, s.estimate())
			}
			if math.Abs(off) > 4*standardError {
				t.Errorf("%s: %d values are estimated as %v, %.2f %% off", name, i, s.estimate(), 100*off)
			}
			squares, n = squares+off*off, n+1
			next += 1 + next/10
		}
		if rms := math.Sqrt(squares / float64(n)); rms > 1.5*standardError {
			t.Errorf("%s: the error is %.2f %% on average", name, 100*rms)
		}
	}
}

// Over many sets of random values the error is the one of the theory.
func TestApproxCountDistinctHasItsStandardError(t *testing.T) {
	rng := rand.New(rand.NewPCG(101, 102))
	for _, n := range []int{300, 5_000, 20_000, 60_000} {
		squares, sum := 0.0, 0.0
		const trials = 100
		for range trials {
			var s cardinality
			for range n {
				s.observe(hash8(rng.Uint64()))
			}
			off := s.estimate()/float64(n) - 1
			squares, sum = squares+off*off, sum+off
		}
		// Of 100 trials the root mean square is known to 7 %, the mean to 10 % of it.
		if rms := math.Sqrt(squares / trials); rms > 1.25*standardError {
			t.Errorf("%d values: standard error %.3f %%", n, 100*rms)
		}
		if mean := sum / trials; math.Abs(mean) > 0.4*standardError {
			t.Errorf("%d values: biased by %.3f %%", n, 100*mean)
		}
	}
}

func TestEstimateOfFullRegisters(t *testing.T) {
	s := cardinality{dense: bytes.Repeat([]byte{greatestRank}, registers), used: registers}
	if got := s.estimate(); !math.IsInf(got, 1) {
		t.Errorf("estimate is %v", got)
	}
	p := mustPlan(t, Spec{Args: []block.Type{intType}, Calls: []Call{{Name: "n", Func: "approx_count_distinct", Args: []int{0}}}}).NewPartial()
	update(t, p, nil, []*block.Vector{ints(intType, 1, 2, 3)}, 3)
	p.inputs[0].states[0].(*cardinalities).groups[0] = s
	if got := rowsOf(t, p); got != "[3]\n" {
		t.Errorf("of 3 rows it makes %s", got)
	}
}

// The bytes of registers do not tell whether it was kept sparsely, and memory follows
// the number of registers.
func TestCardinalityAtTheBoundary(t *testing.T) {
	for _, used := range []int{0, 1, 6, 7, maxSparse - 1, maxSparse, maxSparse + 1, registers} {
		straight := &cardinalities{}
		straight.Resize(1)
		for r := range used {
			straight.groups[0].raise(uint32(r), uint8(1+r%greatestRank))
		}
		before := straight.AppendBinary(nil, 0)
		for r := range used { // again: nothing new, but perhaps a larger table
			straight.groups[0].raise(uint32(r), 1)
		}
		if got := straight.AppendBinary(nil, 0); !bytes.Equal(got, before) {
			t.Errorf("%d registers: other bytes after the same rows again", used)
		}
		back := &cardinalities{}
		back.Resize(1)
		rest, err := back.Decode(append(bytes.Clone(before), 7), 0)
		if err != nil || len(rest) != 1 {
			t.Fatalf("%d registers: %v, %d bytes left", used, err, len(rest))
		}
		if got := back.AppendBinary(nil, 0); !bytes.Equal(got, before) {
			t.Errorf("%d registers: other bytes after decoding", used)
		}
		if back.groups[0].estimate() != straight.groups[0].estimate() {
			t.Errorf("%d registers: another estimate after decoding", used)
		}
		if used <= 6 && straight.SizeBytes() > 200 {
			t.Errorf("%d registers take %d bytes", used, straight.SizeBytes())
		}
	}
}

func TestCardinalitiesRefuseWhatCannotBe(t *testing.T) {
	for name, src := range map[string]string{
		"nothing":                       "",
		"more registers than there are": "\x81\x80\x01",
		"cut short":                     "\x02\x00\x01",
		"rank 0":                        "\x01\x00\x00",
		"a rank beyond":                 "\x01\x00\x34",
		"a register beyond":             "\x01\x80\x80\x01\x01",
		"beyond together":               "\x02\xff\x7f\x01\x00\x01",
		"few, written as many":          "\x81\x0c" + string(make([]byte, registers)),
	} {
		s := &cardinalities{}
		s.Resize(1)
		if _, err := s.Decode([]byte(src), 0); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
