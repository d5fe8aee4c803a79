package csvwriter

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/csvfile"
	"github.com/weir-pipeline/weir/storage/format"
)

// column is a column of the given values; nulls lists rows that are null.
func column[T chunk.Number](t chunk.Type, values []T, nulls ...int) chunk.Column {
	return nullable(chunk.Column{Type: t, Len: len(values), Values: chunk.Bytes(values)}, nulls)
}

func texts(values []string, nulls ...int) chunk.Column {
	offsets, data := []int32{0}, []byte{}
	for _, v := range values {
		data = append(data, v...)
		offsets = append(offsets, int32(len(data)))
	}
	return nullable(chunk.Column{Type: chunk.Type{ID: chunk.String}, Len: len(values), Offsets: chunk.Bytes(offsets), Values: data}, nulls)
}

func bools(values []bool, nulls ...int) chunk.Column {
	bitmap := make([]byte, chunk.BitmapBytes(len(values)))
	for r, v := range values {
		if v {
			chunk.SetBits(bitmap, r, 1)
		}
	}
	return nullable(chunk.Column{Type: chunk.Type{ID: chunk.Bool}, Len: len(values), Values: bitmap}, nulls)
}

func nullable(c chunk.Column, nulls []int) chunk.Column {
	if len(nulls) > 0 {
		c.Nulls, c.Validity = len(nulls), make([]byte, chunk.BitmapBytes(c.Len))
		chunk.SetBits(c.Validity, 0, c.Len)
		for _, r := range nulls {
			c.Validity[r>>3] &^= 1 << (r & 7)
		}
	}
	return c
}

func table(columns ...chunk.Column) (*chunk.Chunk, chunk.Schema) {
	c := &chunk.Chunk{Columns: columns}
	var schema chunk.Schema
	for i := range columns {
		c.Rows = columns[i].Len
		schema = append(schema, chunk.Field{Name: string(rune('a' + i)), Type: columns[i].Type, Nullable: true})
	}
	return c, schema
}

func write(t *testing.T, o Options, c *chunk.Chunk, schema chunk.Schema) string {
	t.Helper()
	var out bytes.Buffer
	w := o.New(&out, schema)
	if err := w.Write(c); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestValues(t *testing.T) {
	typ := func(id chunk.ID) chunk.Type { return chunk.Type{ID: id} }
	stamp := func(u chunk.Unit, zone string) chunk.Type {
		return chunk.Type{ID: chunk.Timestamp, Unit: u, Zone: zone}
	}
	for _, c := range []struct {
		name   string
		column chunk.Column
		want   string // lines after the header; a second column makes nulls empty
	}{
		{"int8", column(typ(chunk.Int8), []int8{-128, 127}), "-128 127"},
		{"int64", column(typ(chunk.Int64), []int64{math.MinInt64, 0, math.MaxInt64}, 1), "-9223372036854775808 9223372036854775807"},
		{"uint64", column(typ(chunk.Uint64), []uint64{math.MaxUint64}), "18446744073709551615"},
		{"floats keep a point", column(typ(chunk.Float64), []float64{0, 1, -2, 1e15, 1e20}), "0.0 1.0 -2.0 1000000000000000.0 100000000000000000000.0"},
		{"negative zero", column(typ(chunk.Float64), []float64{math.Copysign(0, -1)}), "-0.0"},
		{"decimals", column(typ(chunk.Float64), []float64{0.5, 0.25, 12.5, 0.1, 1e-6, 100}), "0.5 0.25 12.5 0.1 0.000001 100.0"},
		{"very large and small", column(typ(chunk.Float64), []float64{1e21, 1e-7, math.MaxFloat64, 5e-324}), "1e+21 1e-07 1.7976931348623157e+308 5e-324"},
		{"not numbers", column(typ(chunk.Float64), []float64{math.NaN(), math.Inf(1), math.Inf(-1)}), "NaN Inf -Inf"},
		{"all digits", column(typ(chunk.Float64), []float64{math.Pi, 1.0 / 3, 0.30000000000000004}), "3.141592653589793 0.3333333333333333 0.30000000000000004"},
		{"float32", column(typ(chunk.Float32), []float32{0.1, 1, 16777216, 3.1415927, 1e-10}), "0.1 1.0 16777216.0 3.1415927 1e-10"},
		{"float16", column(typ(chunk.Float16), []uint16{0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0xfc00, 0x8000}), "1.0 -2.0 65504.0 5.9604645e-08 Inf -Inf -0.0"},
		{"bool", bools([]bool{true, false, true}, 2), "true false"},
		{"date32", column(typ(chunk.Date32), []int32{0, -1, 19782, 11016, -719528, 2932897}), "1970-01-01 1969-12-31 2024-02-29 2000-02-29 0000-01-01 10000-01-01"},
		{"date64", column(typ(chunk.Date64), []int64{86400000, -86400000}), "1970-01-02 1969-12-31"},
		{"seconds", column(stamp(chunk.Second, ""), []int64{0, -1}), "1970-01-01T00:00:00 1969-12-31T23:59:59"},
		{"milliseconds in a zone", column(stamp(chunk.Millisecond, "Europe/Berlin"), []int64{1700000000123}), "2023-11-14T22:13:20.123Z"},
		{"nanoseconds", column(stamp(chunk.Nanosecond, "UTC"), []int64{1, -1}), "1970-01-01T00:00:00.000000001Z 1969-12-31T23:59:59.999999999Z"},
		{"texts", texts([]string{"plain", "", "a,b", `say "hi"`, " edge", "Zürich"}), `plain "" "a,b" "say ""hi""" " edge" Zürich`},
		{"line ends", texts([]string{"a\rb"}), "\"a\rb\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := column(typ(chunk.Int8), make([]int8, c.column.Len))
			whole, schema := table(first, c.column)
			got := write(t, Options{}, whole, schema)
			want := "a,b\n"
			values := splitWant(c.want)
			for r := range c.column.Len {
				want += "0,"
				if c.column.Valid(r) {
					want += values[0]
					values = values[1:]
				}
				want += "\n"
			}
			if got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// splitWant splits at spaces that are not in quotes.
func splitWant(s string) []string {
	return strings.FieldsFunc(strings.Map(func() func(rune) rune {
		quoted := false
		return func(r rune) rune {
			if r == '"' {
				quoted = !quoted
			}
			if r == ' ' && !quoted {
				return 0
			}
			return r
		}
	}(), s), func(r rune) bool { return r == 0 })
}

func TestLayout(t *testing.T) {
	whole, schema := table(column(chunk.Type{ID: chunk.Int32}, []int32{1, 2}, 1), texts([]string{"x;y", "z"}))
	schema[0].Name = "a;b"
	for _, c := range []struct {
		name string
		opts Options
		want string
	}{
		{"commas", Options{}, "a;b,b\n1,x;y\n,z\n"},
		{"another separator is quoted too", Options{Comma: ';'}, "\"a;b\";b\n1;\"x;y\"\n;z\n"},
		{"no header", Options{NoHeader: true}, "1,x;y\n,z\n"},
	} {
		if got := write(t, c.opts, whole, schema); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	empty, schema := table(column(chunk.Type{ID: chunk.Int32}, []int32{}))
	if got := write(t, Options{}, empty, schema); got != "a\n" {
		t.Errorf("a table without rows: %q", got)
	}
}

func TestErrors(t *testing.T) {
	whole, schema := table(column(chunk.Type{ID: chunk.Int32}, []int32{1}))
	short := *whole
	short.Columns = []chunk.Column{{Type: chunk.Type{ID: chunk.Int32}, Len: 1}}
	for _, c := range []struct {
		name   string
		c      *chunk.Chunk
		schema chunk.Schema
		want   string
	}{
		{"too few columns", whole, append(schema, schema...), "the chunk has 1 columns, the schema 2"},
		{"another type", whole, chunk.Schema{{Name: "a", Type: chunk.Type{ID: chunk.Int64}}}, "column a: the chunk has int32, the schema int64"},
		{"a short buffer", &short, schema, "column a: values buffer has 0 bytes, 1 rows need 4"},
		{"a type without text", whole, chunk.Schema{{Name: "a", Type: chunk.Type{Name: "list<int32>"}}}, "column a: type list<int32> is not supported; the other columns of the file can be used"},
	} {
		w := New(&bytes.Buffer{}, c.schema)
		err := w.Write(c.c)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if again := w.Close(); again != err {
			t.Errorf("%s: close says %v", c.name, again)
		}
	}
	w := New(full{}, schema)
	if err := w.Write(whole); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err == nil || err.Error() != "the disk is full" {
		t.Errorf("close on a full disk: %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, fmt.Errorf("the disk is full") }

// TestShortest compares the quick way with strconv's.
func TestShortest(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var values []float64
	for d := range 12 {
		for range 3000 {
			values = append(values, math.Round(rng.NormFloat64()*math.Pow(10, float64(d)))/math.Pow(10, float64(rng.IntN(d+1))))
		}
	}
	for range 30_000 {
		values = append(values, math.Float64frombits(rng.Uint64()), rng.NormFloat64(), float64(rng.IntN(1<<30))/1024)
	}
	x, x32 := new(cells), new(cells)
	for _, v := range values {
		got := string(x.appendFloat(nil, v))
		if want := string(appendSlow(nil, v, 64)); got != want {
			t.Fatalf("%v with %d places: got %s, want %s", v, x.places, got, want)
		}
		if back, err := strconv.ParseFloat(got, 64); v == v && (err != nil || math.Float64bits(back) != math.Float64bits(v)) {
			t.Fatalf("%v reads back as %v", v, back)
		}
		f := float32(v)
		got = string(x32.appendFloat32(nil, f))
		if want := string(appendSlow(nil, float64(f), 32)); got != want {
			t.Fatalf("float32 %v with %d places: got %s, want %s", f, x32.places, got, want)
		}
	}
}

func FuzzShortest(f *testing.F) {
	f.Add(0.1, uint8(3))
	f.Add(12345.678, uint8(0))
	f.Fuzz(func(t *testing.T, v float64, places uint8) {
		for _, bits := range []int{32, 64} {
			x := cells{places: int(places) % len(pow10)}
			got, w := "", v
			if bits == 32 {
				w = float64(float32(v))
				got = string(x.appendFloat32(nil, float32(v)))
			} else {
				got = string(x.appendFloat(nil, v))
			}
			if want := string(appendSlow(nil, w, bits)); got != want {
				t.Errorf("%v, %d bits, %d places: got %s, want %s", w, bits, places, got, want)
			}
		}
	})
}

func TestEveryDay(t *testing.T) {
	for days := int64(-1_000_000); days < 1_500_000; days += 3 {
		at := time.Unix(days*24*3600, 0).UTC()
		if y := at.Year(); y < 0 || y > 9999 {
			continue
		}
		if got, want := string(appendDate(nil, days)), at.Format("2006-01-02"); got != want {
			t.Fatalf("day %d: %s, want %s", days, got, want)
		}
	}
}

// TestReadsBack writes what csvfile reads back with the same types and values.
func TestReadsBack(t *testing.T) {
	const rows = 3000
	rng := rand.New(rand.NewPCG(3, 4))
	ints, floats, dates, stamps := make([]int64, rows), make([]float64, rows), make([]int32, rows), make([]int64, rows)
	flags, words := make([]bool, rows), make([]string, rows)
	alphabet := []string{"", "a", "Ω", ",", "\"", "\n", "\r\n", " ", "NA", "null", "7", "3.5", "tab\t", "'"}
	var nulls []int
	for r := range rows {
		ints[r] = int64(rng.Uint64()) >> rng.IntN(64)
		floats[r] = math.Round(rng.NormFloat64()*1000) / 100
		if r%7 == 0 {
			floats[r] = rng.NormFloat64()
		}
		dates[r] = int32(rng.IntN(40000) - 10000)
		stamps[r] = rng.Int64N(4e15) - 1e15
		flags[r] = rng.IntN(2) == 0
		for range rng.IntN(4) {
			words[r] += alphabet[rng.IntN(len(alphabet))]
		}
		if rng.IntN(5) == 0 {
			nulls = append(nulls, r)
		}
	}
	words[0] = "word" // the column is text from its first row on
	whole, schema := table(
		column(chunk.Type{ID: chunk.Int64}, ints, nulls...), column(chunk.Type{ID: chunk.Float64}, floats, nulls...),
		column(chunk.Type{ID: chunk.Date32}, dates, nulls...),
		column(chunk.Type{ID: chunk.Timestamp, Unit: chunk.Microsecond, Zone: "UTC"}, stamps, nulls...),
		bools(flags, nulls...), texts(words, nulls...))
	readBack(t, whole, schema)
	for i := range whole.Columns { // alone, a null must not become an empty line
		if whole.Columns[i].Type.ID == chunk.String {
			continue // in a column of texts alone, a null reads as an empty text
		}
		one := &chunk.Chunk{Rows: rows, Columns: whole.Columns[i : i+1]}
		readBack(t, one, schema[i:i+1])
	}
}

func readBack(t *testing.T, want *chunk.Chunk, schema chunk.Schema) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(path, []byte(write(t, Options{}, want, schema)), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	info, _ := f.Stat()
	file, err := csvfile.Open(context.Background(), "t.csv", f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for i, field := range file.Schema() {
		if field.Type != schema[i].Type || field.Name != schema[i].Name {
			t.Fatalf("column %s %s reads back as %s %s", schema[i].Name, schema[i].Type, field.Name, field.Type)
		}
	}
	req := format.Request{MaxRows: want.Rows}
	for i := range schema {
		req.Columns = append(req.Columns, i)
	}
	splits, err := file.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	row := 0
	for _, s := range splits {
		r, err := file.Open(s, req, chunk.Heap{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for {
			var got chunk.Chunk
			if r.Next(context.Background(), &got) != nil {
				break
			}
			for r := range got.Rows {
				for i := range got.Columns {
					a, b := show(&got.Columns[i], r), show(&want.Columns[i], row)
					if a != b {
						t.Fatalf("row %d column %s: wrote %s, read %s", row, schema[i].Name, b, a)
					}
				}
				row++
			}
			got.Release()
		}
		r.Close()
	}
	if row != want.Rows {
		t.Fatalf("wrote %d rows, read %d", want.Rows, row)
	}
}

func show(c *chunk.Column, r int) string {
	if !c.Valid(r) {
		return "null"
	}
	switch c.Type.ID {
	case chunk.Bool:
		return fmt.Sprint(c.Bit(r))
	case chunk.String:
		return fmt.Sprintf("%q", c.Str(r))
	}
	w := c.Type.ID.Width()
	return fmt.Sprintf("%x", c.Values[w*r:w*(r+1)])
}

func BenchmarkWrite(b *testing.B) {
	const rows = 1 << 16
	prices, ids, numbers := make([]float64, rows), make([]int64, rows), make([]float64, rows)
	for r := range rows {
		prices[r], ids[r], numbers[r] = math.Round(1e5*rand.Float64())/100, int64(r), rand.NormFloat64()
	}
	for name, col := range map[string]chunk.Column{
		"decimals": column(chunk.Type{ID: chunk.Float64}, prices), "ints": column(chunk.Type{ID: chunk.Int64}, ids),
		"all digits": column(chunk.Type{ID: chunk.Float64}, numbers),
	} {
		b.Run(name, func(b *testing.B) {
			whole, schema := table(col)
			e := Options{}.Encoder(schema)
			var text []byte
			for range b.N {
				text, _ = e.AppendRows(text[:0], whole)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/value")
		})
	}
}
