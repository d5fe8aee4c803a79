package expr

import (
	"errors"
	"fmt"
	"math"
	"math/rand"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// table is a chunk under construction.
type table struct {
	rows   int
	chunk  chunk.Chunk
	schema chunk.Schema
}

func (t *table) add(name string, typ chunk.Type, values []byte, null func(r int) bool) *chunk.Column {
	c := chunk.Column{Type: typ, Len: t.rows, Values: values}
	if null != nil {
		c.Validity = make([]byte, chunk.BitmapBytes(t.rows))
		for r := range t.rows {
			if null(r) {
				c.Nulls++
			} else {
				c.Validity[r>>3] |= 1 << (r & 7)
			}
		}
	}
	t.chunk.Rows = t.rows
	t.chunk.Columns = append(t.chunk.Columns, c)
	t.schema = append(t.schema, chunk.Field{Name: name, Type: typ, Nullable: null != nil})
	return &t.chunk.Columns[len(t.chunk.Columns)-1]
}

func addNumbers[T chunk.Number](t *table, name string, typ chunk.Type, null func(r int) bool, value func(r int) T) {
	values := make([]T, t.rows)
	for r := range values {
		values[r] = value(r)
	}
	t.add(name, typ, chunk.Bytes(values), null)
}

func (t *table) addBools(name string, null func(r int) bool, value func(r int) bool) {
	values := make([]byte, chunk.BitmapBytes(t.rows))
	for r := range t.rows {
		if value(r) {
			values[r>>3] |= 1 << (r & 7)
		}
	}
	t.add(name, chunk.Type{ID: chunk.Bool}, values, null)
}

func textColumn(values []string, wide bool) chunk.Column {
	narrow, long := []int32{0}, []int64{0}
	var data []byte
	for _, s := range values {
		data = append(data, s...)
		narrow, long = append(narrow, int32(len(data))), append(long, int64(len(data)))
	}
	c := chunk.Column{Type: chunk.Type{ID: chunk.String}, Len: len(values), Offsets: chunk.Bytes(narrow), Values: data}
	if wide {
		c.Offsets, c.WideOffsets = chunk.Bytes(long), true
	}
	return c
}

func (t *table) addTexts(name string, wide bool, null func(r int) bool, value func(r int) string) {
	values := make([]string, t.rows)
	for r := range values {
		values[r] = value(r)
	}
	plain := textColumn(values, wide)
	c := t.add(name, plain.Type, plain.Values, null)
	c.Offsets, c.WideOffsets = plain.Offsets, wide
}

func (t *table) addDict(name string, entries []string, null func(r int) bool, index func(r int) int32) {
	values := make([]int32, t.rows)
	for r := range values {
		values[r] = index(r)
	}
	dict := textColumn(entries, false)
	t.add(name, dict.Type, chunk.Bytes(values), null).Dict = &dict
}

func (t *table) blockSchema() block.Schema {
	var s block.Schema
	for _, f := range t.schema {
		typ, ok := block.TypeOf(f.Type)
		if !ok {
			panic(f.Name)
		}
		s = append(s, block.Field{Name: f.Name, Type: typ})
	}
	return s
}

var (
	edgeInts   = []int64{0, 1, -1, 2, -2, 3, 7, 10, -10, 63, 64, 1 << 31, -1 << 31, 1<<53 + 1, 1 << 53, math.MaxInt64, math.MinInt64, math.MinInt64 + 1}
	edgeUints  = []uint64{0, 1, 2, 10, 63, math.MaxInt64, 1 << 63, 1<<63 + 1, math.MaxUint64, 1<<53 + 1}
	edgeFloats = []float64{0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 2.5, 1e-310, 1e300, -1e300, 1 << 53, 1 << 63, -1 << 63, 1 << 64, math.Inf(1), math.Inf(-1), math.NaN(), 3, 1e15, 123.456}
	edgeTexts  = []string{"", "a", "b", "ab", "abc", "ä", "日本", "it's", "A"}
)

// randomTable has a column of each kind, with edge cases and nulls.
func randomTable(rng *rand.Rand, rows int) *table {
	t := &table{rows: rows}
	null := func(int) bool { return rng.Intn(6) == 0 }
	addNumbers(t, "i", chunk.Type{ID: chunk.Int64}, null, func(int) int64 { return edgeInts[rng.Intn(len(edgeInts))] })
	addNumbers(t, "j", chunk.Type{ID: chunk.Int16}, nil, func(int) int16 { return int16(rng.Intn(13) - 6) })
	addNumbers(t, "u", chunk.Type{ID: chunk.Uint64}, null, func(int) uint64 { return edgeUints[rng.Intn(len(edgeUints))] })
	addNumbers(t, "f", chunk.Type{ID: chunk.Float64}, null, func(int) float64 { return edgeFloats[rng.Intn(len(edgeFloats))] })
	addNumbers(t, "g", chunk.Type{ID: chunk.Float32}, nil, func(int) float32 { return float32(rng.NormFloat64()) })
	t.addBools("b", null, func(int) bool { return rng.Intn(2) == 0 })
	t.addBools("c", nil, func(int) bool { return rng.Intn(2) == 0 })
	t.addTexts("s", false, null, func(int) string { return edgeTexts[rng.Intn(len(edgeTexts))] })
	t.addTexts("w", true, nil, func(int) string { return edgeTexts[rng.Intn(len(edgeTexts))] })
	t.addDict("d", edgeTexts, null, func(int) int32 { return int32(rng.Intn(len(edgeTexts))) })
	addNumbers(t, "day", chunk.Type{ID: chunk.Date32}, null, func(int) int32 { return int32(rng.Intn(40000) - 10000) })
	addNumbers(t, "t", chunk.Type{ID: chunk.Timestamp, Unit: chunk.Microsecond}, null, func(int) int64 {
		return (rng.Int63n(4e15) - 1e15) / 500000 * 500000
	})
	addNumbers(t, "ts", chunk.Type{ID: chunk.Timestamp, Unit: chunk.Second}, nil, func(int) int64 { return (rng.Int63n(4e9) - 1e9) / 43200 * 43200 })
	return t
}

// generator writes random expressions over the columns of randomTable.
type generator struct{ *rand.Rand }

func (g generator) pick(options ...string) string { return options[g.Intn(len(options))] }

// of writes an expression of a kind, nested to depth.
func (g generator) of(kind block.Kind, depth int) string {
	if depth > 0 && g.Intn(5) == 0 { // any kind can be chosen, coalesced and nulled
		a, b := g.of(kind, depth-1), g.of(kind, depth-1)
		return g.pick(
			fmt.Sprintf("if(%s, %s, %s)", g.of(block.Bool, depth-1), a, b),
			fmt.Sprintf("coalesce(%s, %s)", a, b),
			fmt.Sprintf("nullif(%s, %s)", a, b),
			fmt.Sprintf("if(%s, %s, null)", g.of(block.Bool, depth-1), a),
			fmt.Sprintf("coalesce(null, %s, %s)", a, b),
		)
	}
	switch kind {
	case block.Bool:
		return g.truth(depth)
	case block.Int:
		return g.integer(depth)
	case block.Uint:
		return g.natural(depth)
	case block.Float:
		return g.float(depth)
	case block.String:
		return g.pick("s", "w", "d", "d", "'a'", "'ab'", "''", "'日本'")
	case block.Date:
		if depth > 0 {
			return g.pick("date("+g.of(block.Timestamp, depth-1)+")", "("+g.of(block.Date, depth-1)+g.pick(" + ", " - ")+g.of(block.Int, depth-1)+")", "day", "day")
		}
		return g.pick("day", "day", "date('2001-03-31')", "date('1969-12-31')")
	}
	return g.pick("t", "t", "coalesce(t, timestamp('1999-12-31 23:59:59.5'))", "coalesce(null, t)")
}

func (g generator) number(depth int) string {
	return g.of([]block.Kind{block.Int, block.Int, block.Uint, block.Float, block.Float}[g.Intn(5)], depth)
}

func (g generator) temporal(depth int) string {
	if g.Intn(4) == 0 {
		return "ts"
	}
	return g.of([]block.Kind{block.Date, block.Timestamp}[g.Intn(2)], depth)
}

func (g generator) integer(depth int) string {
	if depth == 0 {
		return g.pick("i", "i", "j", "j", "j", "0", "1", "2", "-1", "7", "10", "64", "9223372036854775807", "-9223372036854775808", "9007199254740993")
	}
	a, b := g.of(block.Int, depth-1), g.of(block.Int, depth-1)
	switch g.Intn(14) {
	case 0:
		return "(" + g.of(block.Uint, depth-1) + g.pick(" + ", " * ", " // ", " % ", " - ") + a + ")"
	case 1:
		return fmt.Sprintf("int(%s)", g.pick(g.of(block.Bool, depth-1), g.of(block.Float, depth-1), g.of(block.Uint, depth-1), g.temporal(depth-1)))
	case 2:
		return fmt.Sprintf("%s(%s)", g.pick("year", "quarter", "month", "day", "weekday", "yearday"), g.temporal(depth-1))
	case 3:
		return fmt.Sprintf("%s(%s)", g.pick("hour", "minute", "second"), g.pick("t", "ts"))
	case 4:
		return fmt.Sprintf("%s(%s)", g.pick("abs", "sign", "floor", "ceil", "trunc", "-", "-", "round"), a)
	case 5:
		return fmt.Sprintf("%s(%s, %s)", g.pick("least", "greatest", "mod"), a, b)
	case 6:
		return fmt.Sprintf("clip(%s, %s, %s)", a, b, g.of(block.Int, depth-1))
	case 7:
		return g.pick("(day - "+g.of(block.Date, depth-1)+")", "length("+g.of(block.String, depth-1)+")", "round("+a+", -1)", "round("+a+", -19)")
	case 8:
		return "(" + a + " ** " + g.pick(b, "2", "3", "j", "62") + ")"
	}
	return "(" + a + g.pick(" + ", " - ", " * ", " // ", " % ") + b + ")"
}

func (g generator) natural(depth int) string {
	if depth == 0 {
		return g.pick("u", "u", "u", "18446744073709551615", "9223372036854775808")
	}
	a := g.of(block.Uint, depth-1)
	b := g.pick("u", g.of(block.Uint, depth-1), "0", "1", "2", "3", "10")
	if g.Intn(4) == 0 {
		return fmt.Sprintf("%s(%s, %s)", g.pick("least", "greatest", "mod"), a, b)
	}
	if g.Intn(5) == 0 {
		return fmt.Sprintf("%s(%s)", g.pick("abs", "sign", "floor"), a)
	}
	return "(" + a + g.pick(" + ", " - ", " * ", " // ", " % ", " ** ") + b + ")"
}

func (g generator) float(depth int) string {
	if depth == 0 {
		return g.pick("f", "f", "g", "g", "0.5", "-2.5", "3.0", "1e300", "0.0", "1e15")
	}
	a, b := g.number(depth-1), g.number(depth-1)
	switch g.Intn(8) {
	case 0:
		var names []string
		for name := range refMath {
			names = append(names, name)
		}
		// Maps have no order, and the seed must say which expression it is.
		least := names[0]
		want := g.Intn(len(names))
		for _, candidate := range names {
			below := 0
			for _, other := range names {
				if other < candidate {
					below++
				}
			}
			if below == want {
				least = candidate
			}
		}
		return fmt.Sprintf("%s(%s)", least, a)
	case 1:
		return fmt.Sprintf("%s(%s, %s)", g.pick("hypot", "atan2", "pow"), a, b)
	case 2:
		return fmt.Sprintf("%s(%s)", g.pick("float", "abs", "sign", "floor", "ceil", "trunc", "round", "-"), g.of(block.Float, depth-1))
	case 3:
		return fmt.Sprintf("round(%s, %d)", g.of(block.Float, depth-1), g.Intn(9)-4)
	case 4:
		return g.pick("epoch("+g.temporal(depth-1)+")", "float("+g.of(block.Bool, depth-1)+")", "(t - "+g.of(block.Timestamp, depth-1)+")")
	case 5:
		return fmt.Sprintf("%s(%s, %s)", g.pick("least", "greatest"), g.of(block.Float, depth-1), b)
	}
	return "(" + g.of(block.Float, depth-1) + g.pick(" + ", " - ", " * ", " / ", " // ", " % ", " ** ") + b + ")"
}

var refOps = []string{" = ", " != ", " < ", " <= ", " > ", " >= "}

func (g generator) truth(depth int) string {
	if depth == 0 {
		return g.pick("b", "c", "b", "c", "true", "false")
	}
	a, b := g.of(block.Bool, depth-1), g.of(block.Bool, depth-1)
	x, s := g.number(depth-1), g.of(block.String, depth-1)
	op := g.pick(refOps...)
	switch g.Intn(14) {
	case 0, 1, 2:
		return "(" + a + g.pick(" and ", " or ", " && ", " || ") + b + ")"
	case 3:
		return g.pick("(not "+a+")", "!("+a+")")
	case 4:
		return "(" + g.pick(x, s, a, g.temporal(depth-1)) + g.pick(" is null", " is not null") + ")"
	case 5:
		return "(" + x + g.pick(" in ", " not in ") + "(" + g.pick("1, 2", "0, -1, 2.5, 7", "null, 1", "1,2,3,4,5,6,7,8,9,10", "-0.0, 9223372036854775808") + "))"
	case 6:
		return "(" + s + g.pick(" in ", " not in ") + "(" + g.pick("'a'", "'a', 'ab'", "'x', null") + "))"
	case 7:
		return "(" + x + g.pick(" between ", " not between ") + g.number(depth-1) + " and " + g.number(depth-1) + ")"
	case 8:
		return fmt.Sprintf("%s(%s)", g.pick("isnan", "isinf", "isfinite", "isnull"), x)
	case 9:
		return "(" + s + op + g.of(block.String, depth-1) + ")"
	case 10:
		return "(" + g.temporal(depth-1) + op + g.pick(g.temporal(depth-1), "'2001-03-31'", "'1970-01-01 00:00:00.0000005'", "'9999-12-31T23:59:59.999999999'") + ")"
	case 11:
		return fmt.Sprintf("%s(%s, %s)", g.pick("contains", "starts_with", "ends_with"), s, g.pick("'a'", "''", "'b'"))
	case 12:
		return "(" + a + g.pick(" = ", " != ") + b + ")"
	}
	return "(" + x + op + g.number(depth-1) + ")"
}

// TestRandomExpressions holds the block evaluator against the reference: the
// same value on every row, an error exactly where the reference has no value,
// and intervals that exclude no row that is true.
func TestRandomExpressions(t *testing.T) {
	count := 2500
	if testing.Short() {
		count = 1000
	}
	kinds := []block.Kind{block.Bool, block.Bool, block.Int, block.Uint, block.Float, block.String, block.Date, block.Timestamp}
	refused, failed, done := 0, 0, 0
	var tab *table
	var b *block.Block
	var vectors [][]Value
	for seed := range count {
		rng := rand.New(rand.NewSource(int64(seed)))
		if seed%50 == 0 {
			tab = randomTable(rng, 1+rng.Intn(150))
			b = block.New(tab.schema)
			b.Reset(&tab.chunk, 0, tab.rows)
			vectors = nil
			for r := range tab.rows {
				var row []Value
				for i := range tab.schema {
					row = append(row, valueOfColumn(&tab.chunk.Columns[i], b.Column(i), r))
				}
				vectors = append(vectors, row)
			}
		}
		text := generator{rng}.of(kinds[rng.Intn(len(kinds))], 1+rng.Intn(4))
		schema := tab.blockSchema()
		e, err := Compile(text, schema)
		if err != nil {
			var at *Error
			if !errors.As(err, &at) || !isFoldError(at.Msg) {
				t.Fatalf("seed %d: %v", seed, err)
			}
			refused++
			continue
		}
		n, err := Parse(text)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		ref := &reference{t: t, text: text, schema: schema, types: map[*Node]block.Type{}}
		want := make([]Value, tab.rows)
		keep := &block.Vector{Type: boolType, Len: tab.rows, Bool: make([]bool, tab.rows)}
		firstError := -1
		for r := range tab.rows {
			v, err := ref.eval(n, vectors[r])
			want[r], keep.Bool[r] = v, err == nil
			if err != nil && firstError < 0 {
				firstError = r
			}
		}
		ev := e.Evaluator()
		b.Reset(&tab.chunk, 0, tab.rows)
		v, err := ev.Eval(b)
		if firstError >= 0 {
			failed++
			var at *RowError
			if !errors.As(err, &at) || at.Row != firstError {
				t.Fatalf("seed %d: %s\nerror %v, want one of row %d %v", seed, text, err, firstError, vectors[firstError])
			}
			if !strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "no value") {
				t.Fatalf("seed %d: an error without a reason: %v", seed, err)
			}
			b.Filter(keep) // the rest has to come out as if alone
			v, err = ev.Eval(b)
		}
		if err != nil {
			t.Fatalf("seed %d: %v on rows where the reference has values", seed, err)
		}
		if v.Len != b.Len() || v.Type != e.Type() {
			t.Fatalf("seed %d: %s\n%d rows of %v, want %d of %v", seed, text, v.Len, v.Type, b.Len(), e.Type())
		}
		for i := range v.Len {
			r := b.ChunkRow(i)
			if got := vectorValue(v, e.Type(), i); !sameValue(got, want[r]) {
				t.Fatalf("seed %d: %s\nis %s, want %s, on row %v", seed, text, got, want[r], vectors[r])
			}
			for _, iv := range e.Intervals() {
				if want[r].isTrue() && !inside(iv.Lo.Open, iv.Hi.Open, iv, vectors[r][iv.Column]) {
					t.Fatalf("seed %d: %s\nis true outside of %+v, on row %v", seed, text, iv, vectors[r])
				}
			}
		}
		done++
	}
	t.Logf("%d expressions, %d with rows that have no value, %d constant ones refused", done, failed, refused)
	if refused > count/5 || failed < count/20 {
		t.Errorf("the generator does not exercise much: %d of %d refused, %d failed", refused, count, failed)
	}
}

// isFoldError tells whether a message is about a constant that has no value.
func isFoldError(msg string) bool {
	for _, part := range []string{"overflows", "divides by zero", "is below 0", "is beyond", "is no integer", "never true"} {
		if strings.Contains(msg, part) {
			return true
		}
	}
	return false
}
