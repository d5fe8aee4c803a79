package result

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

func TestTextOfValues(t *testing.T) {
	for _, tt := range []struct {
		name            string
		v               Value
		json, csv, text string // text "" is the same as csv, csv "" as json
	}{
		{"null", Null(), "null", "-", "null"},
		{"true", Bool(true), "true", "", ""},
		{"false", Bool(false), "false", "", ""},
		{"least int64", Int(math.MinInt64), "-9223372036854775808", "", ""},
		{"beyond 2^53", Int(1<<53 + 1), "9007199254740993", "", ""},
		{"greatest uint64", Uint(math.MaxUint64), "18446744073709551615", "", ""},
		{"2^63", Int128(0, 1<<63), "9223372036854775808", "", ""},
		{"-2^63-1", Int128(-1, 1<<63-1), "-9223372036854775809", "", ""},
		{"2^64", Int128(1, 0), "18446744073709551616", "", ""},
		{"10^19", Int128(0, 1e19), "10000000000000000000", "", ""},
		{"10^19+1", Int128(0, 1e19+1), "10000000000000000001", "", ""},
		{"greatest of 128 bits", Int128(math.MaxInt64, math.MaxUint64), "170141183460469231731687303715884105727", "", ""},
		{"least of 128 bits", Int128(math.MinInt64, 0), "-170141183460469231731687303715884105728", "", ""},
		{"whole float", Float(3), "3", "", ""},
		{"tenth", Float(0.1), "0.1", "", ""},
		{"zero", Float(0), "0", "", ""},
		{"negative zero", Float(math.Copysign(0, -1)), "-0", "", ""},
		{"large, plain", Float(123456789012345680000), "123456789012345680000", "", ""},
		{"large, exponent", Float(1e21), "1e+21", "", ""},
		{"small, plain", Float(0.000001), "0.000001", "", ""},
		{"small, exponent", Float(1.5e-7), "1.5e-7", "", ""},
		{"two digits of exponent", Float(-2e-10), "-2e-10", "", ""},
		{"three digits of exponent", Float(5e-324), "5e-324", "", ""},
		{"greatest float", Float(math.MaxFloat64), "1.7976931348623157e+308", "", ""},
		{"NaN", Float(math.NaN()), `"NaN"`, "NaN", ""},
		{"infinity", Float(math.Inf(1)), `"Infinity"`, "Infinity", ""},
		{"negative infinity", Float(math.Inf(-1)), `"-Infinity"`, "-Infinity", ""},
		{"text", String("a b"), `"a b"`, "a b", ""},
		{"empty text", String(""), `""`, `""`, "-"},
		{"comma", String("a,b"), `"a,b"`, `"a,b"`, "a,b"},
		{"quotes", String(`say "hi"`), `"say \"hi\""`, `"say ""hi"""`, `say "hi"`},
		{"lines", String("a\r\nb"), `"a\r\nb"`, "\"a\r\nb\"", `a\r\nb`},
		{"outer blank", String(" a"), `" a"`, `" a"`, " a"},
		{"control", String("\x1b[31m\b\f\t\x00\x7f"), `"\u001b[31m\b\f\t\u0000` + "\x7f\"", "\x1b[31m\b\f\t\x00\x7f", `\x1b[31m\b\f\t\x00\x7f`},
		{"backslash", String(`a\b`), `"a\\b"`, `a\b`, ""},
		{"unicode", String("Zürich 東京 😀"), `"Zürich 東京 😀"`, "Zürich 東京 😀", ""},
		{"direction override", String("a\u202eb"), "\"a\u202eb\"", "a\u202eb", `a\u202eb`},
		{"no UTF-8", String("a\xffb"), "\"a\ufffdb\"", "a\xffb", `a\xffb`},
		{"list", List([]int64{3, 0, -5}), "[3,0,-5]", `"[3,0,-5]"`, "[3,0,-5]"},
		{"list of one", List([]int64{math.MaxInt64}), "[9223372036854775807]", "[9223372036854775807]", ""},
		{"empty list", List(nil), "[]", "[]", ""},
		{"date", Date(19782), `"2024-02-29"`, "2024-02-29", ""},
		{"epoch", Date(0), `"1970-01-01"`, "1970-01-01", ""},
		{"before the epoch", Date(-1), `"1969-12-31"`, "1969-12-31", ""},
		{"year 0", Date(-719528), `"0000-01-01"`, "0000-01-01", ""},
		{"before year 0", Date(-719529), `"-0001-12-31"`, "-0001-12-31", ""},
		{"after year 9999", Date(2932897), `"+10000-01-01"`, "+10000-01-01", ""},
		{"seconds", Timestamp(1709211845, chunk.Second, false), `"2024-02-29T13:04:05"`, "2024-02-29T13:04:05", ""},
		{"in UTC", Timestamp(1709211845, chunk.Second, true), `"2024-02-29T13:04:05Z"`, "2024-02-29T13:04:05Z", ""},
		{"whole seconds in ns", Timestamp(1709211845e9, chunk.Nanosecond, true), `"2024-02-29T13:04:05Z"`, "2024-02-29T13:04:05Z", ""},
		{"milliseconds in us", Timestamp(1709211845120000, chunk.Microsecond, false), `"2024-02-29T13:04:05.120"`, "2024-02-29T13:04:05.120", ""},
		{"microseconds in ns", Timestamp(1000, chunk.Nanosecond, false), `"1970-01-01T00:00:00.000001"`, "1970-01-01T00:00:00.000001", ""},
		{"nanoseconds", Timestamp(-1, chunk.Nanosecond, false), `"1969-12-31T23:59:59.999999999"`, "1969-12-31T23:59:59.999999999", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			csv := or(tt.csv, tt.json)
			for _, got := range []struct{ form, text, want string }{
				{"JSON", string(AppendJSON(nil, tt.v)), tt.json},
				{"CSV", string(AppendCSV(nil, tt.v)), csv},
				{"text", string(AppendText(nil, tt.v)), or(tt.text, csv)},
			} {
				if want := strings.TrimPrefix(got.want, "-"); got.text != got.want && (got.want != "-" || got.text != want) {
					t.Errorf("%s is %s, want %s", got.form, got.text, got.want)
				}
			}
		})
	}
}

// or is text, or other if it is empty; "-" stands for no text.
func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func TestFloatsReadBackToTheSameBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		f := math.Float64frombits(rng.Uint64())
		if math.IsNaN(f) || math.IsInf(f, 0) {
			continue
		}
		text := string(AppendJSON(nil, Float(f)))
		if back, err := strconv.ParseFloat(text, 64); err != nil || math.Float64bits(back) != math.Float64bits(f) {
			t.Fatalf("%s is not %x: %v", text, f, err)
		}
		// encoding/json lays floats out as ECMAScript does.
		if want, _ := json.Marshal(f); string(want) != text {
			t.Fatalf("%s, but ECMAScript writes %s", text, want)
		}
	}
}

func TestDatesAgreeWithTheCalendar(t *testing.T) {
	epoch := time.Unix(0, 0).UTC()
	for days := -800_000; days < 3_000_000; days += 211 {
		date := epoch.AddDate(0, 0, days)
		if date.Year() < 0 || date.Year() > 9999 {
			continue
		}
		if got, want := string(AppendText(nil, Date(int64(days)))), date.Format(time.DateOnly); got != want {
			t.Fatalf("day %d is %s, want %s", days, got, want)
		}
	}
	for _, tt := range []struct {
		v    Value
		want string
	}{
		{Date(math.MaxInt64), "+25252734927768524-07-27"},
		{Date(math.MinInt64), "-25252734927764585-06-07"},
		{Timestamp(math.MinInt64, chunk.Nanosecond, true), "1677-09-21T00:12:43.145224192Z"},
		{Timestamp(math.MaxInt64, chunk.Second, true), "+292277026596-12-04T15:30:07Z"},
		{Timestamp(math.MinInt64, chunk.Second, true), "-292277022657-01-27T08:29:52Z"},
	} {
		if got := string(AppendText(nil, tt.v)); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

func TestCompareOrdersValues(t *testing.T) {
	nan, inf, negZero := math.NaN(), math.Inf(1), math.Copysign(0, -1)
	for name, ascending := range map[string][]Value{
		"integers":   {Int(math.MinInt64), Int(-1), Int(0), Int(math.MaxInt64), Null()},
		"unsigned":   {Uint(0), Uint(1 << 63), Uint(math.MaxUint64), Int128(1, 0), Null()},
		"wide":       {Int128(math.MinInt64, 0), Int128(-2, 5), Int128(-1, 1<<63-1), Int(math.MinInt64), Int(-1), Int(0), Int(math.MaxInt64), Int128(0, 1<<63), Int128(0, 1<<63+1), Int128(1, 0), Int128(1, math.MaxUint64), Null()},
		"floats":     {Float(-inf), Float(-1), Float(negZero), Float(0), Float(5e-324), Float(inf), Float(nan), Null()},
		"bools":      {Bool(false), Bool(true), Null()},
		"texts":      {String(""), String("Z"), String("a"), String("ab"), String("é"), Null()},
		"dates":      {Date(-5), Date(5), Null()},
		"timestamps": {Timestamp(-5, chunk.Second, false), Timestamp(5, chunk.Second, false), Null()},
		"lists":      {List(nil), List([]int64{-1, 5}), List([]int64{2}), List([]int64{2, 0}), Null()},
	} {
		for i, a := range ascending {
			for j, b := range ascending {
				if got, want := Compare(a, b), sign(i-j); got != want {
					t.Errorf("%s: Compare(%s, %s) is %d, want %d", name, AppendText(nil, a), AppendText(nil, b), got, want)
				}
			}
		}
	}
}

func sign(n int) int {
	return int(math.Copysign(1, float64(n))) * min(1, n*n)
}

func TestAtReadsVectors(t *testing.T) {
	data := []byte("abc")
	text := &block.Vector{Type: block.Type{Kind: block.String}, Len: 1, Str: block.Strings{Lit: data}}
	borrowed, cloned := At(text, 0), At(text, 0).Clone()
	zoned := block.Type{Kind: block.Timestamp, Unit: chunk.Millisecond, Zone: "Europe/Berlin"}
	for _, tt := range []struct {
		got  Value
		want Value
	}{
		{borrowed, String("abc")},
		{At(&block.Vector{Type: block.Type{Kind: block.Int}, Int: []int64{-4}}, 0), Int(-4)},
		{At(&block.Vector{Type: block.Type{Kind: block.Int}, Int: []int64{-4}, Null: []bool{true}}, 0), Null()},
		{At(&block.Vector{Type: block.Type{Kind: block.Uint}, Uint: []uint64{4}}, 0), Uint(4)},
		{At(&block.Vector{Type: block.Type{Kind: block.Float}, Float: []float64{4.5}}, 0), Float(4.5)},
		{At(&block.Vector{Type: block.Type{Kind: block.Bool}, Bool: []bool{true}}, 0), Bool(true)},
		{At(&block.Vector{Type: block.Type{Kind: block.Date}, Int: []int64{7}}, 0), Date(7)},
		{At(&block.Vector{Type: zoned, Int: []int64{7}}, 0), Timestamp(7, chunk.Millisecond, true)},
		{At(&block.Vector{}, 0), Null()},
	} {
		if tt.got != tt.want {
			t.Errorf("got %v, want %v", tt.got, tt.want)
		}
	}
	copy(data, "xyz")
	if cloned.Text() != "abc" {
		t.Errorf("the clone became %q", cloned.Text())
	}
}

var sample = &Table{
	Columns: []Column{
		{Name: "city", Type: block.Type{Kind: block.String}},
		{Name: `mean("x")`, Type: block.Type{Kind: block.Float}},
		{Name: "n", Type: block.Type{Kind: block.Int}},
		{Name: "last", Type: block.Type{Kind: block.Timestamp, Unit: chunk.Second, Zone: "UTC"}},
	},
	Rows: [][]Value{
		{String("Zürich"), Float(12.5), Int(3), Timestamp(0, chunk.Second, true)},
		{String("東京"), Float(math.NaN()), Int(-40000), Null()},
		{Null(), Null(), Int(0), Timestamp(1, chunk.Second, true)},
	},
}

// The digest can be recomputed with any SHA-256 from the lines that the comment
// of Digester gives.
func TestDigestIsThatOfTheLines(t *testing.T) {
	lines := `[["city","string"],["mean(\"x\")","float"],["n","integer"],["last","timestamp"]]
["Zürich",12.5,3,"1970-01-01T00:00:00Z"]
["東京","NaN",-40000,null]
[null,null,0,"1970-01-01T00:00:01Z"]
`
	sum := sha256.Sum256([]byte(lines))
	if got, want := sample.Digest(), hex.EncodeToString(sum[:]); got != want {
		t.Errorf("digest is %s, want %s", got, want)
	}
}

func TestDigestDoesNotKnowTheFormat(t *testing.T) {
	column := func(typ block.Type, v ...Value) *Table {
		table := &Table{Columns: []Column{{Name: "x", Type: typ}}}
		for _, v := range v {
			table.Rows = append(table.Rows, []Value{v})
		}
		return table
	}
	ms := block.Type{Kind: block.Timestamp, Unit: chunk.Millisecond}
	us := block.Type{Kind: block.Timestamp, Unit: chunk.Microsecond}
	same := [][2]*Table{
		{column(block.Type{Kind: block.Int}, Int(5)), column(block.Type{Kind: block.Uint}, Uint(5))},
		{column(ms, Timestamp(1500, chunk.Millisecond, false)), column(us, Timestamp(1500000, chunk.Microsecond, false))},
	}
	for i, pair := range same {
		if pair[0].Digest() != pair[1].Digest() {
			t.Errorf("pair %d: digests differ", i)
		}
	}
	base := column(block.Type{Kind: block.Int}, Int(5), Int(6))
	for name, other := range map[string]*Table{
		"order": column(block.Type{Kind: block.Int}, Int(6), Int(5)),
		"type":  column(block.Type{Kind: block.Float}, Float(5), Float(6)),
		"rows":  column(block.Type{Kind: block.Int}, Int(5)),
		"name":  {Columns: []Column{{Name: "y", Type: block.Type{Kind: block.Int}}}, Rows: base.Rows},
	} {
		if base.Digest() == other.Digest() {
			t.Errorf("another %s has the same digest", name)
		}
	}
}

func TestDigestOfManyRowsMayBeAskedInBetween(t *testing.T) {
	d, lines := NewDigester(nil), sha256.New()
	fmt.Fprintln(lines, "[]")
	for i := range int64(5000) {
		d.Row([]Value{Int(i)})
		fmt.Fprintf(lines, "[%d]\n", i)
		if i%1999 == 0 || i == 4999 {
			if got, want := d.Sum(), hex.EncodeToString(lines.Sum(nil)); got != want {
				t.Fatalf("after row %d: %s, want %s", i, got, want)
			}
		}
	}
}

func TestWriteJSON(t *testing.T) {
	var out bytes.Buffer
	if err := WriteJSON(&out, sample, "d1"); err != nil {
		t.Fatal(err)
	}
	want := `{"columns": ["city","mean(\"x\")","n","last"], "rows": [
["Zürich",12.5,3,"1970-01-01T00:00:00Z"],
["東京","NaN",-40000,null],
[null,null,0,"1970-01-01T00:00:01Z"]
], "digest": "d1"}
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
	out.Reset()
	WriteJSON(&out, &Table{Columns: []Column{{Name: "a"}}}, "d2")
	if want := `{"columns": ["a"], "rows": [], "digest": "d2"}` + "\n"; out.String() != want {
		t.Errorf("without rows: %s", &out)
	}
	var parsed struct {
		Columns []string
		Rows    [][]any
		Digest  string
	}
	if err := json.Unmarshal(out.Bytes(), &parsed); err != nil || parsed.Digest != "d2" {
		t.Errorf("reading it back: %v", err)
	}
}

func TestWriteCSV(t *testing.T) {
	var out bytes.Buffer
	if err := WriteCSV(&out, sample); err != nil {
		t.Fatal(err)
	}
	want := "city,\"mean(\"\"x\"\")\",n,last\nZürich,12.5,3,1970-01-01T00:00:00Z\n東京,NaN,-40000,\n,,0,1970-01-01T00:00:01Z\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
	if rows, err := csv.NewReader(&out).ReadAll(); err != nil || len(rows) != 4 || rows[0][1] != `mean("x")` {
		t.Errorf("reading it back: %q, %v", rows, err)
	}
	out.Reset()
	WriteCSV(&out, &Table{Columns: []Column{{Name: "a"}}, Rows: [][]Value{{Null()}, {Int(1)}}})
	if want := "a\n\"\"\n1\n"; out.String() != want {
		t.Errorf("a column of one null is %q, want %q", &out, want)
	}
}

func TestWriteTable(t *testing.T) {
	var out bytes.Buffer
	if err := WriteTable(&out, sample); err != nil {
		t.Fatal(err)
	}
	want := `
city    mean("x")       n  last
------  ---------  ------  --------------------
Zürich       12.5       3  1970-01-01T00:00:00Z
東京          NaN  -40000  null
null         null       0  1970-01-01T00:00:01Z
`
	if got := "\n" + out.String(); got != want {
		t.Errorf("got%swant%s", got, want)
	}
}

func TestTableOfManyRowsKeepsItsWidths(t *testing.T) {
	table := &Table{Columns: []Column{{Name: "n", Type: block.Type{Kind: block.Int}}, {Name: "s", Type: block.Type{Kind: block.String}}}}
	for i := range int64(3 * textRows) {
		table.Rows = append(table.Rows, []Value{Int(i), String("x")})
	}
	var out bytes.Buffer
	if err := WriteTable(&out, table); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 2+3*textRows {
		t.Fatalf("%d lines", len(lines))
	}
	for i, line := range lines[2:] {
		if want := fmt.Sprintf("%4d  x", i); line != want {
			t.Fatalf("line %d is %q, want %q", i, line, want)
		}
	}
}

type failing struct{}

var errFull = errors.New("no space left")

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestWritersReportErrors(t *testing.T) {
	for name, w := range map[string]RowWriter{
		"JSON": NewJSONWriter(failing{}, func() string { return "" }), "CSV": NewCSVWriter(failing{}), "table": NewTextWriter(failing{}),
	} {
		if err := sample.Write(w); !errors.Is(err, errFull) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestWritingRowsDoesNotAllocate(t *testing.T) {
	digest := NewDigester(sample.Columns)
	writers := []RowWriter{NewJSONWriter(discard{}, digest.Sum), NewCSVWriter(discard{})}
	for _, w := range writers {
		w.Columns(sample.Columns)
	}
	wide := []Value{String("Zürich"), Float(1), Int128(math.MinInt64, 1), Null()}
	write := func() {
		for i := range 2000 {
			row := sample.Rows[0]
			if i%2 == 1 {
				row = wide
			}
			digest.Row(row)
			for _, w := range writers {
				w.Row(row)
			}
		}
	}
	write()
	if allocs := testing.AllocsPerRun(5, write); allocs > 0 {
		t.Errorf("%v allocations for 2000 rows", allocs)
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// FuzzStrings checks that JSON and CSV of any text read back.
func FuzzStrings(f *testing.F) {
	f.Add("plain", "")
	f.Add("a\"b,c\nd", "\x00\xff\u2028")
	f.Fuzz(func(t *testing.T, a, b string) {
		row := []Value{String(a), String(b)}
		var back []string
		if err := json.Unmarshal(AppendJSONRow(nil, row), &back); err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{a, b} {
			if want = string([]rune(want)); back[i] != want {
				t.Errorf("JSON of %q reads back as %q", want, back[i])
			}
		}
		var line bytes.Buffer
		w := NewCSVWriter(&line)
		w.Row(row)
		w.Close()
		r := csv.NewReader(&line)
		fields, err := r.Read()
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{a, b} {
			// encoding/csv turns \r\n within quotes into \n.
			if want = strings.ReplaceAll(want, "\r\n", "\n"); fields[i] != want {
				t.Errorf("CSV of %q reads back as %q", want, fields[i])
			}
		}
		for _, r := range string(AppendText(nil, row[0])) {
			if r < ' ' || r == 0x7f {
				t.Errorf("the text of %q has the control character %q", a, r)
			}
		}
	})
}
