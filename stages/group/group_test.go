package group

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/chunk"
)

var (
	intType    = block.Type{Kind: block.Int}
	uintType   = block.Type{Kind: block.Uint}
	floatType  = block.Type{Kind: block.Float}
	boolType   = block.Type{Kind: block.Bool}
	dateType   = block.Type{Kind: block.Date}
	stringType = block.Type{Kind: block.String}
	timeType   = block.Type{Kind: block.Timestamp, Unit: chunk.Millisecond, Zone: "UTC"}
)

func ints(t block.Type, values ...int64) *block.Vector {
	return &block.Vector{Type: t, Len: len(values), Int: values}
}

func uints(values ...uint64) *block.Vector {
	return &block.Vector{Type: uintType, Len: len(values), Uint: values}
}

func floats(values ...float64) *block.Vector {
	return &block.Vector{Type: floatType, Len: len(values), Float: values}
}

func bools(values ...bool) *block.Vector {
	return &block.Vector{Type: boolType, Len: len(values), Bool: values}
}

// plainTexts is a string column without a dictionary.
func plainTexts(values ...string) *block.Vector {
	offsets := make([]int32, 1, len(values)+1)
	var data []byte
	for _, s := range values {
		data = append(data, s...)
		offsets = append(offsets, int32(len(data)))
	}
	c := &chunk.Column{Type: chunk.Type{ID: chunk.String}, Len: len(values), Offsets: chunk.Bytes(offsets), Values: data}
	return &block.Vector{Type: stringType, Len: len(values), Str: block.Strings{Source: c}}
}

// dictTexts is the same column with a dictionary, whose entries are in a random
// order and there twice.
func dictTexts(rng *rand.Rand, values ...string) *block.Vector {
	distinct := append(slices.Clone(values), values...)
	slices.Sort(distinct)
	rng.Shuffle(len(distinct), func(i, j int) { distinct[i], distinct[j] = distinct[j], distinct[i] })
	indices := make([]int32, len(values))
	for i, s := range values {
		indices[i] = int32(slices.Index(distinct, s))
	}
	c := &chunk.Column{
		Type: chunk.Type{ID: chunk.String}, Len: len(values), Values: chunk.Bytes(indices),
		Dict: plainTexts(distinct...).Str.Source,
	}
	return &block.Vector{Type: stringType, Len: len(values), Str: block.Strings{Source: c}}
}

func withNulls(v *block.Vector, rows ...int) *block.Vector {
	v.Null = make([]bool, v.Len)
	for _, r := range rows {
		v.Null[r] = true
	}
	return v
}

func assign(t *testing.T, table *Table, keys ...*block.Vector) []uint32 {
	t.Helper()
	n := keys[0].Len
	ids := make([]uint32, n)
	if err := table.Assign(keys, n, ids); err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestAssignNumbersGroupsAsFirstSeen(t *testing.T) {
	negZero, otherNaN := math.Copysign(0, -1), math.Float64frombits(0xfff8000000000001)
	literal := &block.Vector{Type: stringType, Len: 3, Str: block.Strings{Lit: []byte("x")}}
	picked := plainTexts("a", "b", "c", "a")
	picked.Str.Row, picked.Len = []int32{3, 0, 2}, 3
	shifted := dictTexts(rand.New(rand.NewPCG(1, 1)), "skip", "a", "b", "a")
	shifted.Str.From, shifted.Len = 1, 3
	for _, tt := range []struct {
		name string
		keys []*block.Vector
		want []uint32
	}{
		{"integers", []*block.Vector{ints(intType, 7, -3, 7, 9, -3)}, []uint32{0, 1, 0, 2, 1}},
		{"integers far apart", []*block.Vector{ints(intType, math.MinInt64, math.MaxInt64, 0, math.MinInt64, math.MaxInt64)}, []uint32{0, 1, 2, 0, 1}},
		{"null is a key of its own", []*block.Vector{withNulls(ints(intType, 0, 0, 5, 5), 0, 3)}, []uint32{0, 1, 2, 0}},
		{"unsigned", []*block.Vector{uints(math.MaxUint64, 0, math.MaxUint64)}, []uint32{0, 1, 0}},
		{"NaN is one key, -0 is 0", []*block.Vector{floats(math.NaN(), 0, otherNaN, negZero, 1)}, []uint32{0, 1, 0, 1, 2}},
		{"bools", []*block.Vector{bools(true, false, true)}, []uint32{0, 1, 0}},
		{"texts", []*block.Vector{plainTexts("b", "", "b", "a")}, []uint32{0, 1, 0, 2}},
		{"the empty text is no null", []*block.Vector{withNulls(plainTexts("", "", ""), 1)}, []uint32{0, 1, 0}},
		{"a literal", []*block.Vector{literal}, []uint32{0, 0, 0}},
		{"chosen rows", []*block.Vector{picked}, []uint32{0, 0, 1}},
		{"a part of a dictionary column", []*block.Vector{shifted}, []uint32{0, 1, 0}},
		{"the literal null", []*block.Vector{{Len: 2, Null: []bool{true, true}}}, []uint32{0, 0}},
		{"two columns", []*block.Vector{ints(intType, 1, 1, 2, 1), plainTexts("a", "b", "a", "a")}, []uint32{0, 1, 2, 0}},
		{"three columns", []*block.Vector{ints(intType, 1, 1, 1, 1), bools(true, true, false, true), ints(dateType, 3, 4, 3, 3)}, []uint32{0, 1, 2, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var types []block.Type
			for _, v := range tt.keys {
				types = append(types, v.Type)
			}
			table := New(types)
			if got := assign(t, table, tt.keys...); !slices.Equal(got, tt.want) {
				t.Errorf("ids are %v, want %v", got, tt.want)
			}
			if got := assign(t, table, tt.keys...); !slices.Equal(got, tt.want) {
				t.Errorf("the second time ids are %v, want %v", got, tt.want)
			}
			if got, want := table.Len(), int(slices.Max(tt.want))+1; got != want {
				t.Errorf("there are %d groups, want %d", got, want)
			}
		})
	}
}

func TestAssignRefusesOtherTypes(t *testing.T) {
	table := New([]block.Type{timeType})
	seconds := timeType
	seconds.Unit = chunk.Second
	ids := make([]uint32, 1)
	for name, v := range map[string]*block.Vector{
		"another kind": floats(1), "another unit": ints(seconds, 1), "too short": ints(timeType),
	} {
		if err := table.Assign([]*block.Vector{v}, 1, ids); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := table.Assign(nil, 1, ids); err == nil {
		t.Error("no keys: no error")
	}
}

func TestWithoutKeysAllRowsAreOneGroup(t *testing.T) {
	table := New(nil)
	if table.Len() != 0 {
		t.Errorf("no rows are %d groups", table.Len())
	}
	ids := []uint32{9, 9}
	if err := table.Assign(nil, 2, ids); err != nil || !slices.Equal(ids, []uint32{0, 0}) || table.Len() != 1 {
		t.Errorf("ids %v, error %v, %d groups", ids, err, table.Len())
	}
}

func TestOrderIsKeyOrder(t *testing.T) {
	inf, nan, negZero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	for _, tt := range []struct {
		name string
		keys []*block.Vector
		want string
	}{
		{"integers", []*block.Vector{withNulls(ints(intType, 5, 0, -9, math.MaxInt64, math.MinInt64), 1)}, "[-9223372036854775808] [-9] [5] [9223372036854775807] [null]"},
		{"unsigned", []*block.Vector{uints(math.MaxUint64, 1, 1<<63)}, "[1] [9223372036854775808] [18446744073709551615]"},
		{"floats", []*block.Vector{withNulls(floats(nan, inf, 1, -inf, negZero, -2, 0, 7), 7)}, `["-Infinity"] [-2] [0] [1] ["Infinity"] ["NaN"] [null]`},
		{"bools", []*block.Vector{withNulls(bools(true, true, false), 0)}, "[false] [true] [null]"},
		{"texts by bytes", []*block.Vector{withNulls(plainTexts("b", "", "é", "a", "ab", "Z"), 0)}, `[""] ["Z"] ["a"] ["ab"] ["é"] [null]`},
		{"timestamps", []*block.Vector{ints(timeType, 1500, -1, 0)}, `["1969-12-31T23:59:59.999Z"] ["1970-01-01T00:00:00Z"] ["1970-01-01T00:00:01.500Z"]`},
		{"the first column decides first", []*block.Vector{
			ints(dateType, 1, 0, 1, 0), withNulls(plainTexts("a", "b", "b", "c"), 3),
		}, `["1970-01-01","b"] ["1970-01-01",null] ["1970-01-02","a"] ["1970-01-02","b"]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var types []block.Type
			for _, v := range tt.keys {
				types = append(types, v.Type)
			}
			table := New(types)
			assign(t, table, tt.keys...)
			if got := describe(table); got != tt.want {
				t.Errorf("order is\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

// describe is the groups in key order.
func describe(table *Table) string {
	var out []byte
	for i, id := range table.Order() {
		if i > 0 {
			out = append(out, ' ')
		}
		var row []result.Value
		for c := range table.Types() {
			row = append(row, table.Key(int(id), c))
		}
		out = result.AppendJSONRow(out, row)
	}
	return string(out)
}

// randomKeys is rows of keys of all types, of which spread says how far apart
// they lie.
func randomKeys(rng *rand.Rand, n int, spread int64) []*block.Vector {
	a, b, c, d, e := make([]int64, n), make([]float64, n), make([]string, n), make([]uint64, n), make([]bool, n)
	nulls := make([]bool, n)
	for i := range n {
		a[i] = rng.Int64N(spread) - spread/2
		b[i] = float64(rng.Int64N(spread)) / 4
		c[i] = fmt.Sprint("key ", rng.Int64N(spread))
		d[i] = rng.Uint64N(uint64(spread)) << 40
		e[i] = rng.IntN(2) == 0
		nulls[i] = rng.IntN(10) == 0
	}
	va := ints(intType, a...)
	va.Null = nulls
	return []*block.Vector{va, floats(b...), dictTexts(rng, c...), uints(d...), bools(e...)}
}

// Every combination of columns, ranges and splits gives the ids that a Go map
// gives, and tables that merge to the same bytes.
func TestAgainstMap(t *testing.T) {
	for _, spread := range []int64{2, 50, 5000, 1 << 40} {
		for _, columns := range [][]int{{0}, {1}, {2}, {3}, {4}, {0, 2}, {2, 1}, {3, 0, 4}, {4, 2, 0, 1, 3}} {
			t.Run(fmt.Sprintf("spread %d, columns %v", spread, columns), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(uint64(spread), uint64(len(columns))))
				var types []block.Type
				blocks := make([][]*block.Vector, 4)
				for i := range blocks {
					all := randomKeys(rng, 300, spread)
					for _, c := range columns {
						blocks[i] = append(blocks[i], all[c])
					}
				}
				for _, v := range blocks[0] {
					types = append(types, v.Type)
				}
				whole, seen := New(types), map[string]uint32{}
				parts := []*Table{New(types), New(types)}
				for i, keys := range blocks {
					assign(t, parts[i%2], keys...)
					for row, id := range assign(t, whole, keys...) {
						key := rowKey(keys, row)
						want, ok := seen[key]
						if !ok {
							want = uint32(len(seen))
							seen[key] = want
						}
						if id != want {
							t.Fatalf("row %d of block %d is group %d, want %d", row, i, id, want)
						}
					}
				}
				if whole.Len() != len(seen) {
					t.Fatalf("%d groups, want %d", whole.Len(), len(seen))
				}
				merged := New(types)
				for _, p := range []*Table{parts[1], parts[0], parts[1]} {
					ids, err := merged.MergeMap(p)
					if err != nil {
						t.Fatal(err)
					}
					for id, at := range ids {
						for c := range types {
							if got, want := merged.Key(int(at), c), p.Key(id, c); got != want {
								t.Fatalf("group %d is mapped to key %v, want %v", id, got, want)
							}
						}
					}
				}
				bytesOf := func(t *Table) []byte { return t.AppendBinary(nil, t.Order()) }
				if !bytes.Equal(bytesOf(merged), bytesOf(whole)) {
					t.Fatal("merged parts and the whole differ in bytes")
				}
				decoded, rest, err := Decode(types, append(bytesOf(whole), 1, 2))
				if err != nil || len(rest) != 2 {
					t.Fatalf("decoding: %v, %d bytes left", err, len(rest))
				}
				if describe(decoded) != describe(whole) || !bytes.Equal(bytesOf(decoded), bytesOf(whole)) {
					t.Fatal("the decoded table differs")
				}
			})
		}
	}
}

func rowKey(keys []*block.Vector, row int) string {
	var r []result.Value
	for _, v := range keys {
		r = append(r, result.At(v, row))
	}
	return string(result.AppendJSONRow(nil, r))
}

func TestADictionaryThatChangesIsNoticed(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	table := New([]block.Type{stringType})
	for range 20 {
		values := make([]string, 50)
		for i := range values {
			values[i] = fmt.Sprint(rng.IntN(30))
		}
		for i, id := range assign(t, table, dictTexts(rng, values...)) {
			if got := table.Key(int(id), 0).Text(); got != values[i] {
				t.Fatalf("row %d is group %q, want %q", i, got, values[i])
			}
		}
	}
}

func TestWindowGrowsBothWaysAndGivesUp(t *testing.T) {
	x := index{}
	keys := []uint64{}
	add := func(v int64) { keys = append(keys, uint64(v)) }
	for i := range int64(3000) {
		add(i * (1 - 2*(i&1)))
	}
	check := func(step string) {
		t.Helper()
		for i, key := range keys {
			if id, err := x.lookup(key); err != nil || int(id) != i {
				t.Fatalf("%s: key %d has id %d, want %d", step, int64(key), id, i)
			}
		}
	}
	check("first")
	if x.slots != nil {
		t.Error("a dense range took a hash table")
	}
	add(math.MaxInt64)
	add(math.MinInt64)
	add(math.MinInt64 + 1)
	check("far away")
	if x.slots == nil {
		t.Error("the range of all integers took a window")
	}
	check("again")
	for _, at := range []int64{math.MinInt64, math.MaxInt64} {
		x, keys = index{}, nil
		for i := range int64(100) {
			add(at + i*(1-2*(at&1)))
		}
		check("at the end of the range")
	}
}

func TestDecodeRefusesWhatAppendBinaryDoesNotWrite(t *testing.T) {
	key := func(v int64) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(v)) }
	cat := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	for _, tt := range []struct {
		name string
		typ  block.Type
		src  []byte
	}{
		{"nothing", intType, nil},
		{"a count beyond the bytes", intType, []byte{0xff, 0xff, 0xff, 0xff, 0x0f, 0}},
		{"a long count", intType, []byte{0x81, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}},
		{"cut short", intType, cat([]byte{2, 0}, key(1), key(2)[:7])},
		{"out of order", intType, cat([]byte{2, 0}, key(2), key(1))},
		{"twice", intType, cat([]byte{2, 0}, key(1), key(1))},
		{"bitmap of no nulls", intType, cat([]byte{1, 1, 0}, key(1))},
		{"bits beyond the rows", intType, cat([]byte{1, 1, 3}, key(0))},
		{"null with a value", intType, cat([]byte{1, 1, 1}, key(5))},
		{"negative zero", floatType, cat([]byte{1, 0}, key(math.MinInt64))},
		{"odd NaN", floatType, cat([]byte{1, 0}, key(0x7ff8000000000001))},
		{"bool of 2", boolType, cat([]byte{1, 0}, key(2))},
		{"text cut short", stringType, []byte{1, 0, 3, 'a', 'b'}},
		{"null with a text", stringType, []byte{1, 1, 1, 1, 'a'}},
		{"null type without null", block.Type{}, cat([]byte{1, 0}, key(0))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, err := Decode([]block.Type{tt.typ}, tt.src); err == nil {
				t.Error("no error")
			}
		})
	}
	if _, _, err := Decode(nil, []byte{2, 0}); err == nil {
		t.Error("two groups without keys: no error")
	}
}

func TestAssignDoesNotAllocate(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for _, spread := range []int64{100, 1 << 40} {
		all := randomKeys(rng, block.Rows, spread)
		for name, keys := range map[string][]*block.Vector{
			"int": all[:1], "float": all[1:2], "dictionary": all[2:3], "all": all, "plain texts": {plainTexts("a", "b", "c")},
		} {
			var types []block.Type
			for _, v := range keys {
				types = append(types, v.Type)
			}
			table, n := New(types), keys[0].Len
			ids := make([]uint32, n)
			if allocs := testing.AllocsPerRun(20, func() {
				if err := table.Assign(keys, n, ids); err != nil {
					t.Fatal(err)
				}
			}); allocs != 0 {
				t.Errorf("%s, spread %d: %v allocations a block", name, spread, allocs)
			}
			if table.SizeBytes() < int64(8*table.Len()) {
				t.Errorf("%s: %d groups take %d bytes", name, table.Len(), table.SizeBytes())
			}
		}
	}
}

// FuzzDecode checks that whatever Decode accepts, AppendBinary writes.
func FuzzDecode(f *testing.F) {
	kinds := [][]block.Type{{intType}, {floatType}, {stringType}, {intType, stringType}, {boolType, timeType, stringType}, {uintType}, nil}
	rng := rand.New(rand.NewPCG(9, 9))
	all := randomKeys(rng, 40, 20)
	for i, types := range kinds {
		table := New(types)
		var keys []*block.Vector
		for _, typ := range types {
			v := map[block.Kind]*block.Vector{
				block.Int: all[0], block.Float: all[1], block.String: all[2], block.Uint: all[3], block.Bool: all[4],
				block.Timestamp: ints(timeType, all[0].Int...),
			}[typ.Kind]
			keys = append(keys, v)
		}
		if err := table.Assign(keys, 40, make([]uint32, 40)); err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), table.AppendBinary(nil, table.Order()))
	}
	f.Fuzz(func(t *testing.T, which uint8, src []byte) {
		types := kinds[int(which)%len(kinds)]
		table, rest, err := Decode(types, src)
		if err != nil {
			return
		}
		if got := table.AppendBinary(nil, table.Order()); !bytes.Equal(got, src[:len(src)-len(rest)]) {
			t.Errorf("%x was read, %x is written", src[:len(src)-len(rest)], got)
		}
	})
}

// FuzzGroup groups three rows of fuzzed keys and compares with their texts.
func FuzzGroup(f *testing.F) {
	f.Add(int64(1), int64(2), int64(1), 0.5, math.NaN(), math.Copysign(0, -1), "a", "", "a")
	f.Add(int64(math.MinInt64), int64(math.MaxInt64), int64(0), 1e300, 5e-324, math.Inf(-1), "long enough", "\xff", "")
	f.Fuzz(func(t *testing.T, a, b, c int64, x, y, z float64, p, q, r string) {
		zero := func(v float64) float64 { return v + 0 } // the key of -0 is 0
		keys := []*block.Vector{ints(intType, a, b, c, a), floats(zero(x), zero(y), zero(z), zero(x)), plainTexts(p, q, r, p)}
		for n := 1; n <= 3; n++ {
			var types []block.Type
			for _, v := range keys[:n] {
				types = append(types, v.Type)
			}
			table := New(types)
			ids := make([]uint32, 4)
			if err := table.Assign(keys[:n], 4, ids); err != nil {
				t.Fatal(err)
			}
			for i := range 4 {
				for j := range 4 {
					same := true
					for _, v := range keys[:n] {
						same = same && result.Compare(result.At(v, i), result.At(v, j)) == 0
					}
					if same != (ids[i] == ids[j]) {
						t.Errorf("rows %d and %d: same key %v, groups %v", i, j, same, ids)
					}
				}
			}
			encoded := table.AppendBinary(nil, table.Order())
			if decoded, rest, err := Decode(types, encoded); err != nil || len(rest) != 0 || decoded.Len() != table.Len() {
				t.Errorf("decoding %x: %v", encoded, err)
			}
		}
	})
}
