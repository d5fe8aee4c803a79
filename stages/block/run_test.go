package block

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand"
	"slices"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// fixed is a fixed-width column of values; rows where null says so are null.
func fixed[T chunk.Number](id chunk.ID, values []T, null func(r int) bool) chunk.Column {
	c := chunk.Column{Type: chunk.Type{ID: id}, Len: len(values), Values: chunk.Bytes(values)}
	setNulls(&c, null)
	return c
}

func setNulls(c *chunk.Column, null func(r int) bool) {
	if null == nil {
		return
	}
	c.Validity = make([]byte, chunk.BitmapBytes(c.Len))
	for r := range c.Len {
		if null(r) {
			c.Nulls++
		} else {
			c.Validity[r>>3] |= 1 << (r & 7)
		}
	}
}

func bools(n int, one, null func(r int) bool) chunk.Column {
	c := chunk.Column{Type: chunk.Type{ID: chunk.Bool}, Len: n, Values: make([]byte, chunk.BitmapBytes(n))}
	for r := range n {
		if one(r) {
			c.Values[r>>3] |= 1 << (r & 7)
		}
	}
	setNulls(&c, null)
	return c
}

func texts(values []string) chunk.Column {
	offsets := []int32{0}
	var data []byte
	for _, s := range values {
		data = append(data, s...)
		offsets = append(offsets, int32(len(data)))
	}
	return chunk.Column{Type: chunk.Type{ID: chunk.String}, Len: len(values), Offsets: chunk.Bytes(offsets), Values: data}
}

func chunkOf(columns ...chunk.Column) (*chunk.Chunk, chunk.Schema) {
	c := &chunk.Chunk{Rows: columns[0].Len, Columns: columns}
	var schema chunk.Schema
	for i, col := range columns {
		schema = append(schema, chunk.Field{Name: fmt.Sprintf("c%d", i), Type: col.Type, Nullable: col.Nulls > 0})
	}
	return c, schema
}

// cell is row i of a vector as text.
func cell(v *Vector, i int) string {
	if v.Null != nil && v.Null[i] {
		return "null"
	}
	switch v.Type.Kind {
	case Bool:
		return fmt.Sprint(v.Bool[i])
	case Uint:
		return fmt.Sprint(v.Uint[i])
	case Float:
		return fmt.Sprint(v.Float[i])
	case String:
		return string(v.Str.At(i))
	}
	return fmt.Sprint(v.Int[i])
}

func cells(v *Vector) []string {
	out := make([]string, v.Len)
	for i := range out {
		out[i] = cell(v, i)
	}
	return out
}

func TestEveryWidthWidensExactly(t *testing.T) {
	day := int64(24 * 60 * 60 * 1000)
	for _, test := range []struct {
		name   string
		column chunk.Column
		kind   Kind
		want   []string
	}{
		{"int8", fixed(chunk.Int8, []int8{-128, 0, 127}, nil), Int, []string{"-128", "0", "127"}},
		{"int16", fixed(chunk.Int16, []int16{-32768, 0, 32767}, nil), Int, []string{"-32768", "0", "32767"}},
		{"int32", fixed(chunk.Int32, []int32{math.MinInt32, 0, math.MaxInt32}, nil), Int, []string{"-2147483648", "0", "2147483647"}},
		{"int64", fixed(chunk.Int64, []int64{math.MinInt64, 0, math.MaxInt64}, nil), Int, []string{"-9223372036854775808", "0", "9223372036854775807"}},
		{"uint8", fixed(chunk.Uint8, []uint8{0, 255}, nil), Int, []string{"0", "255"}},
		{"uint16", fixed(chunk.Uint16, []uint16{0, 65535}, nil), Int, []string{"0", "65535"}},
		{"uint32", fixed(chunk.Uint32, []uint32{0, math.MaxUint32}, nil), Int, []string{"0", "4294967295"}},
		{"uint64", fixed(chunk.Uint64, []uint64{0, math.MaxUint64}, nil), Uint, []string{"0", "18446744073709551615"}},
		{"float16", fixed(chunk.Float16, []uint16{0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x7c00, 0xfc00, 0x7e00}, nil), Float,
			[]string{"1", "-2", "65504", "5.960464477539063e-08", "-0", "+Inf", "-Inf", "NaN"}},
		{"float32", fixed(chunk.Float32, []float32{0.1, math.MaxFloat32}, nil), Float, []string{"0.10000000149011612", "3.4028234663852886e+38"}},
		{"float64", fixed(chunk.Float64, []float64{0.1, math.Inf(-1)}, nil), Float, []string{"0.1", "-Inf"}},
		{"date32", fixed(chunk.Date32, []int32{-1, 0, 20000}, nil), Date, []string{"-1", "0", "20000"}},
		{"date64", fixed(chunk.Date64, []int64{-day, 0, 20000 * day, -1}, nil), Date, []string{"-1", "0", "20000", "-1"}},
		{"timestamp", fixed(chunk.Timestamp, []int64{-1, 1}, nil), Timestamp, []string{"-1", "1"}},
		{"bool", bools(3, func(r int) bool { return r == 1 }, nil), Bool, []string{"false", "true", "false"}},
		{"string", texts([]string{"", "a", "bc"}), String, []string{"", "a", "bc"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, schema := chunkOf(test.column)
			b := New(schema)
			b.Reset(c, 0, c.Rows)
			v := b.Column(0)
			if v.Type.Kind != test.kind || v.Null != nil || !slices.Equal(cells(v), test.want) {
				t.Errorf("%s %v, want %s %v", v.Type.Kind, cells(v), test.kind, test.want)
			}
		})
	}
}

func TestHalvesMatchTheirDefinition(t *testing.T) {
	for h := range 1 << 16 {
		sign, exponent, fraction := 1.0, h>>10&0x1f, float64(h&0x3ff)
		if h>>15 == 1 {
			sign = -1
		}
		var want float64
		switch {
		case exponent == 0:
			want = sign * math.Ldexp(fraction, -24)
		case exponent == 0x1f && fraction == 0:
			want = math.Inf(int(sign))
		case exponent == 0x1f:
			want = math.NaN()
		default:
			want = sign * math.Ldexp(1024+fraction, exponent-25)
		}
		got := halfToFloat(uint16(h))
		if math.Float64bits(got) != math.Float64bits(want) && (got == got || want == want) {
			t.Fatalf("%#04x is %v, want %v", h, got, want)
		}
	}
}

func TestDenseColumnsAreNotCopied(t *testing.T) {
	floats, ints := make([]float64, 5000), make([]int64, 5000)
	c, schema := chunkOf(fixed(chunk.Float64, floats, nil), fixed(chunk.Int64, ints, nil))
	b := New(schema)
	b.Reset(c, 2048, 2048)
	if &b.Column(0).Float[0] != &floats[2048] || &b.Column(1).Int[0] != &ints[2048] {
		t.Error("a dense 8-byte column was copied")
	}
}

// TestBlocksOfRandomChunks walks random columns block by block with filters and
// derived columns between, and compares with the rows picked one by one.
func TestBlocksOfRandomChunks(t *testing.T) {
	for seed := range int64(60) {
		rng := rand.New(rand.NewSource(seed))
		n := rng.Intn(3*Rows) + 1
		i32, f64, str := make([]int32, n), make([]float64, n), make([]string, n)
		for r := range n {
			i32[r], f64[r], str[r] = int32(rng.Uint32()), rng.NormFloat64(), fmt.Sprint(rng.Intn(1000))
		}
		sparse := func(r int) bool { return (r/700)%2 == 1 && r%3 == 0 } // blocks without nulls among others
		columns := []chunk.Column{
			fixed(chunk.Int32, i32, sparse),
			fixed(chunk.Float64, f64, func(r int) bool { return r%5 == 0 }),
			texts(str),
			bools(n, func(r int) bool { return i32[r]&1 == 1 }, func(r int) bool { return r%11 == 0 }),
			fixed(chunk.Int64, make([]int64, n), nil),
		}
		skip := rng.Intn(min(n, 20)) // slices begin at any bit
		for i := range columns {
			columns[i] = columns[i].Slice(skip, n-skip)
		}
		c, schema := chunkOf(columns...)
		b, whole := New(schema), New(schema)
		for start := 0; start < c.Rows; {
			rows := min(rng.Intn(Rows)+1, c.Rows-start)
			b.Reset(c, start, rows)
			var want []int // chunk rows that are left
			for r := range rows {
				want = append(want, start+r)
			}
			var derivedFrom []int // column that each derived one was taken from
			for range rng.Intn(4) {
				if rng.Intn(2) == 0 {
					from := rng.Intn(len(columns) + len(derivedFrom))
					b.Derive(b.Column(from))
					if from >= len(columns) {
						from = derivedFrom[from-len(columns)]
					}
					derivedFrom = append(derivedFrom, from)
				}
				for i := range columns {
					if rng.Intn(2) == 0 {
						b.Column(i)
					}
				}
				keep := &Vector{Type: Type{Kind: Bool}, Len: len(want), Bool: make([]bool, len(want))}
				if rng.Intn(2) == 0 {
					keep.Null = make([]bool, len(want))
				}
				modulus := []int{1, 2, 7, 1 << 30}[rng.Intn(4)]
				var left []int
				for i := range want {
					keep.Bool[i] = rng.Intn(modulus) == 0
					if keep.Null != nil {
						keep.Null[i] = rng.Intn(4) == 0
					}
					if keep.Bool[i] && (keep.Null == nil || !keep.Null[i]) {
						left = append(left, want[i])
					}
				}
				b.Filter(keep)
				want = left
			}
			if b.Len() != len(want) {
				t.Fatalf("seed %d: %d rows, want %d", seed, b.Len(), len(want))
			}
			whole.Reset(c, start, rows)
			for i := range len(columns) + len(derivedFrom) {
				from := i
				if i >= len(columns) {
					from = derivedFrom[i-len(columns)]
				}
				v, all := b.Column(i), whole.Column(from)
				anyNull := false
				for k, r := range want {
					if got, right := cell(v, k), cell(all, r-start); got != right {
						t.Fatalf("seed %d: column %d row %d is %s, want %s", seed, i, r, got, right)
					}
					if b.ChunkRow(k) != r {
						t.Fatalf("seed %d: row %d says it is row %d", seed, r, b.ChunkRow(k))
					}
					if first, kept := b.ChunkRows(); kept == nil && first+k != r || kept != nil && first+int(kept[k]) != r {
						t.Fatalf("seed %d: row %d of %d is %d in ChunkRows", seed, k, len(kept), r)
					}
					anyNull = anyNull || cell(v, k) == "null"
					if !columns[from].Valid(r) != (cell(v, k) == "null") {
						t.Fatalf("seed %d: column %d row %d: validity", seed, i, r)
					}
				}
				if v.Len != len(want) || v.Null != nil && !anyNull {
					t.Fatalf("seed %d: column %d has a mask without a null, or %d rows", seed, i, v.Len)
				}
			}
			start += rows
		}
	}
}

func TestFilterByAColumnOfTheBlock(t *testing.T) {
	c, schema := chunkOf(bools(100, func(r int) bool { return r%3 == 0 }, nil))
	b := New(schema)
	b.Reset(c, 0, 100)
	b.Derive(b.Column(0))
	b.Filter(b.Column(1))
	if b.Len() != 34 || slices.Contains(b.Column(0).Bool, false) || slices.Contains(b.Column(1).Bool, false) {
		t.Errorf("%d rows kept: %v", b.Len(), b.Column(1).Bool)
	}
}

func TestPassChangesWithTheChunk(t *testing.T) {
	c, schema := chunkOf(fixed(chunk.Int64, make([]int64, 100), nil))
	b := New(schema)
	b.Reset(c, 0, 50)
	first := b.Pass()
	b.Reset(c, 50, 50)
	if b.Pass() != first {
		t.Error("the second block of a chunk is a new pass")
	}
	b.Reset(c, 0, 50) // the same chunk, refilled
	if b.Pass() == first {
		t.Error("a refilled chunk is the same pass")
	}
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	n := 3 * Rows
	c, schema := chunkOf(fixed(chunk.Int32, make([]int32, n), func(r int) bool { return r%2 == 0 }),
		fixed(chunk.Float64, make([]float64, n), nil), bools(n, func(r int) bool { return r%3 == 0 }, nil))
	b := New(schema)
	walk := func() {
		for start := 0; start < n; start += Rows {
			b.Reset(c, start, Rows)
			b.Derive(b.Column(1))
			b.Column(0)
			b.Filter(b.Column(2))
			for i := range 4 {
				b.Column(i)
			}
		}
	}
	walk()
	if allocs := testing.AllocsPerRun(20, walk); allocs != 0 {
		t.Errorf("%v allocations a walk", allocs)
	}
}

func BenchmarkLoad(b *testing.B) {
	const n = 32 * Rows
	rng := rand.New(rand.NewSource(1))
	random := make([]byte, n)
	rng.Read(random)
	odd := func(r int) bool { return random[r]&1 == 1 }
	all := bools(n, func(int) bool { return true }, nil)
	half := bools(n, odd, nil)
	for _, bench := range []struct {
		name   string
		column chunk.Column
		keep   *chunk.Column
	}{
		{"f64", fixed(chunk.Float64, make([]float64, n), nil), nil},
		{"f64 nulls", fixed(chunk.Float64, make([]float64, n), odd), nil},
		{"i32", fixed(chunk.Int32, make([]int32, n), nil), nil},
		{"i16", fixed(chunk.Int16, make([]int16, n), nil), nil},
		{"f32", fixed(chunk.Float32, make([]float32, n), nil), nil},
		{"bool", half, nil},
		{"filter all+f64", fixed(chunk.Float64, make([]float64, n), nil), &all},
		{"filter half+f64", fixed(chunk.Float64, make([]float64, n), nil), &half},
		{"filter half+i32", fixed(chunk.Int32, make([]int32, n), nil), &half},
		{"filter half+i32 nulls", fixed(chunk.Int32, make([]int32, n), odd), &half},
	} {
		b.Run(bench.name, func(b *testing.B) {
			columns := []chunk.Column{bench.column}
			keeps := make([]Vector, n/Rows)
			if bench.keep != nil {
				for i := range keeps {
					keeps[i] = Vector{Type: Type{Kind: Bool}, Len: Rows, Bool: make([]bool, Rows)}
					expandBits(keeps[i].Bool, bench.keep.Values, i*Rows, 0)
				}
			}
			c, schema := chunkOf(columns...)
			block := New(schema)
			b.SetBytes(int64(len(bench.column.Values)))
			b.ResetTimer()
			for range b.N {
				for start := 0; start < n; start += Rows {
					block.Reset(c, start, Rows)
					if bench.keep != nil {
						block.Filter(&keeps[start/Rows])
					}
					block.Column(0)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/value")
		})
	}
}

func TestExpandBitsAtEveryOffset(t *testing.T) {
	bitmap := make([]byte, 40)
	rand.New(rand.NewSource(1)).Read(bitmap)
	for from := range 17 {
		for n := range min(150, 8*len(bitmap)-from) {
			for _, flip := range []byte{0, 0xff} {
				dst := make([]bool, n)
				// The bitmap ends with the last bit: reading beyond it panics.
				expandBits(dst, slices.Clip(bitmap[:chunk.BitmapBytes(from+n)]), from, flip)
				for i, got := range dst {
					if want := (bitmap[(from+i)>>3]^flip)>>((from+i)&7)&1 == 1; got != want {
						t.Fatalf("bit %d+%d of %x: %v", from, i, binary.LittleEndian.Uint64(bitmap), got)
					}
				}
			}
		}
	}
}
