package expr

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// sample has one row: the columns that the tables below use.
func sample() *table {
	t := &table{rows: 1}
	isNull := func(int) bool { return true }
	addNumbers(t, "x", chunk.Type{ID: chunk.Int64}, nil, func(int) int64 { return 7 })
	addNumbers(t, "y", chunk.Type{ID: chunk.Float64}, nil, func(int) float64 { return 2.5 })
	addNumbers(t, "u", chunk.Type{ID: chunk.Uint64}, nil, func(int) uint64 { return math.MaxUint64 })
	addNumbers(t, "big", chunk.Type{ID: chunk.Int64}, nil, func(int) int64 { return math.MaxInt64 })
	addNumbers(t, "zero", chunk.Type{ID: chunk.Int64}, nil, func(int) int64 { return 0 })
	addNumbers(t, "odd", chunk.Type{ID: chunk.Int64}, nil, func(int) int64 { return 1<<53 + 1 })
	addNumbers(t, "n", chunk.Type{ID: chunk.Int64}, isNull, func(int) int64 { return math.MaxInt64 })
	addNumbers(t, "nan", chunk.Type{ID: chunk.Float64}, nil, func(int) float64 { return math.NaN() })
	t.addBools("yes", nil, func(int) bool { return true })
	t.addBools("no", nil, func(int) bool { return false })
	t.addBools("unknown", isNull, func(int) bool { return true })
	t.addTexts("name", false, nil, func(int) string { return "Zoë" })
	t.addTexts("Cost Total", false, nil, func(int) string { return "12" })
	t.addDict("word", []string{"no", "word"}, nil, func(int) int32 { return 1 })
	addNumbers(t, "day", chunk.Type{ID: chunk.Date32}, nil, func(int) int32 { return 11412 }) // 2001-03-31
	addNumbers(t, "at", chunk.Type{ID: chunk.Timestamp, Unit: chunk.Millisecond}, nil, func(int) int64 { return 986063400500 })
	addNumbers(t, "utc", chunk.Type{ID: chunk.Timestamp, Unit: chunk.Nanosecond, Zone: "UTC"}, nil, func(int) int64 { return 986063400500000000 })
	return t
}

// evalOne is the value of an expression on the row of sample.
func evalOne(text string) (Value, error) {
	t := sample()
	e, err := Compile(text, t.blockSchema())
	if err != nil {
		return Value{}, err
	}
	b := block.New(t.schema)
	b.Reset(&t.chunk, 0, 1)
	v, err := e.Evaluator().Eval(b)
	if err != nil {
		return Value{}, err
	}
	if e.Type().Kind == block.Null {
		return Value{Null: true}, nil
	}
	return vectorValue(v, e.Type(), 0), nil
}

func TestValues(t *testing.T) {
	for _, group := range []struct {
		name  string
		cases [][2]string
	}{
		{"precedence", [][2]string{
			{"1 + 2 * 3", "7"}, {"(1 + 2) * 3", "9"}, {"2 * 3 ** 2", "18"}, {"-2 ** 2", "-4"}, {"(-2) ** 2", "4"},
			{"2 ** 3 ** 2", "512"}, {"2.0 ** -1", "0.5"}, {"10 - 4 - 3", "3"}, {"100 // 10 // 3", "3"}, {"7 // 2 * 2", "6"},
			{"- - 3", "3"}, {"+3", "3"}, {"1 + 1 = 2", "true"}, {"not 1 = 2", "true"}, {"not true and false", "false"},
			{"not (true and false)", "true"}, {"true or true and false", "true"}, {"!true or true", "true"}, {"!no = yes", "true"},
			{"1 < 2 and 2 < 3 or 1 / 0.0 > 3", "true"}, {"x between 1 and 7 and yes", "true"}, {"x is null or yes", "true"},
			{"x in (1, 7) = yes", ""},
		}},
		{"literals", [][2]string{
			{"0x1F", "31"}, {"0xffffffffffffffff", "18446744073709551615"}, {"9223372036854775808", "9223372036854775808"},
			{"-9223372036854775808", "-9223372036854775808"}, {"1e3", "1000.0"}, {".5", "0.5"}, {"5.", "5.0"}, {"1.5E-3", "0.0015"},
			{"'it''s'", "'it''s'"}, {`"it's"`, "'it''s'"}, {`"a""b"`, `'a"b'`}, {"TRUE", "true"}, {"Null", "null"}, {"`Cost Total`", "'12'"},
		}},
		{"integers", [][2]string{
			{"7 // 2", "3"}, {"-7 // 2", "-4"}, {"7 // -2", "-4"}, {"-7 // -2", "3"}, {"7 % 2", "1"}, {"-7 % 2", "1"}, {"7 % -2", "-1"},
			{"-7 % -2", "-1"}, {"x / 2", "3.5"}, {"x // 2", "3"}, {"x * 2.0", "14.0"}, {"2 ** 62", "4611686018427387904"},
			{"(-2) ** 63", "-9223372036854775808"}, {"(-1) ** 9223372036854775807", "-1"}, {"zero ** 0", "1"}, {"abs(-5)", "5"},
			{"u // 10", "1844674407370955161"}, {"u % 10", "5"}, {"u - 1", "18446744073709551614"}, {"mod(-7, 3)", "2"},
			{"sign(-7)", "-1"}, {"round(15, -1)", "20"}, {"round(-15, -1)", "-20"}, {"round(14, -1)", "10"}, {"round(x, -20)", "0"},
			{"int(yes) + int(no)", "1"}, {"-zero", "0"},
		}},
		{"floats", [][2]string{
			{"7.5 // 2", "3.0"}, {"-7.5 // 2", "-4.0"}, {"-7.5 % 2", "0.5"}, {"7.5 % -2", "-0.5"}, {"1 / 0", "inf()"}, {"-1 / 0", "-inf()"},
			{"0 / 0", "nan()"}, {"1.0 // 0", "inf()"}, {"1.0 % 0", "nan()"}, {"1.0 // 0.1", "9.0"}, {"y ** 2", "6.25"}, {"round(2.5)", "3.0"},
			{"round(-2.5)", "-3.0"}, {"round(1.25, 1)", "1.3"}, {"round(1e300, 3)", "1e+300"}, {"round(1250.0, -2)", "1300.0"},
			{"floor(-y)", "-3.0"}, {"ceil(-y)", "-2.0"}, {"trunc(-y)", "-2.0"}, {"floor(x)", "7"}, {"int(-2.9)", "-2"}, {"sign(-y)", "-1.0"},
			{"least(1, 2.5)", "1.0"}, {"greatest(x, 3, 9)", "9"}, {"clip(x, 1, 5)", "5"}, {"clamp(y, 3, 5)", "3.0"}, {"hypot(3, 4)", "5.0"},
			{"least(y, nan)", "nan()"}, {"pow(2, 10)", "1024.0"}, {"exp(0)", "1.0"}, {"log(e())", "1.0"}, {"cbrt(27)", "3.0"},
			{"isnan(nan)", "true"}, {"isnan(x)", "false"}, {"isinf(-inf())", "true"}, {"isfinite(nan())", "false"},
			{"nan = nan", "false"}, {"nan != nan", "true"}, {"nan < 1", "false"}, {"not nan < 1", "true"}, {"atan2(0, -1) = pi()", "true"},
		}},
		{"exact comparisons", [][2]string{
			{"odd = 9007199254740992.0", "false"}, {"odd > 9007199254740992.0", "true"}, {"odd = float(odd)", "false"}, {"odd > y", "true"},
			{"u > big", "true"}, {"u > -1", "true"}, {"u = 18446744073709551615", "true"}, {"u < 18446744073709551616.0", "true"},
			{"u = 18446744073709551615.0", "false"}, {"big < 9223372036854775808", "true"}, {"big < 9223372036854775808.0", "true"},
			{"x > 6.5", "true"}, {"x < 7.5", "true"}, {"x = 7.5", "false"}, {"x != 7.5", "true"}, {"x in (7.5, 7.0)", "true"}, {"x >= 1e300", "false"},
			{"-1e300 < x", "true"}, {"x < nan()", "false"}, {"x != nan()", "true"}, {"2.5 = y", "true"},
		}},
		{"nulls", [][2]string{
			{"n + 1", "null"}, {"n * big", "null"}, {"n = 1", "null"}, {"n is null", "true"}, {"n is not null", "false"}, {"isnull(x)", "false"},
			{"coalesce(n, x)", "7"}, {"coalesce(n, null)", "null"}, {"coalesce(n, n, y)", "2.5"}, {"nullif(x, 7)", "null"}, {"nullif(x, 8)", "7"},
			{"if(unknown, 1, 2)", "2"}, {"if(yes, null, 2)", "null"}, {"null", "null"}, {"null + 1", "null"}, {"null is null", "true"},
			{"n in (1)", "null"}, {"x in (1, null)", "null"}, {"x in (7, null)", "true"}, {"x not in (1, null)", "null"}, {"least(x, n)", "null"},
			{"x between n and 3", "false"}, {"x between n and 9", "null"}, {"abs(null)", "null"}, {"year(null)", "null"},
		}},
		{"rows that are not taken", [][2]string{
			{"if(zero != 0, x // zero, -1)", "-1"}, {"zero != 0 and x // zero > 1", "false"}, {"x // zero > 1 and zero != 0", "false"},
			{"zero = 0 or x % zero = 0", "true"}, {"coalesce(x, x // zero)", "7"}, {"if(no, big + x, if(yes, 1, big * x))", "1"},
			{"unknown and x // zero = 1", "null"}, {"n + 1 // 1", "null"},
		}},
		{"texts", [][2]string{
			{"name = 'Zoë'", "true"}, {"name != 'Zoë'", "false"}, {"'a' < 'b'", "true"}, {"name >= 'Zoë'", "true"}, {"length(name)", "3"},
			{"word = 'word'", "true"}, {"word in ('a', 'word')", "true"}, {"contains(word, 'or')", "true"}, {"starts_with(name, 'Z')", "true"},
			{"ends_with(name, 'ë')", "true"}, {"if(yes, name, 'none')", "'Zoë'"}, {"if(no, name, 'none')", "'none'"}, {"if(yes, word, name)", "'word'"},
			{"coalesce(nullif(word, 'word'), '-')", "'-'"}, {"word = name", "false"},
		}},
		{"dates", [][2]string{
			{"day = '2001-03-31'", "true"}, {"day >= '2001-04-01'", "false"}, {"day < '2001-03-31 00:00:01'", "true"}, {"day = date('2001-03-31')", "true"},
			{"day - '2001-03-01'", "30"}, {"day + 1", "date('2001-04-01')"}, {"1 + day", "date('2001-04-01')"}, {"day - 31", "date('2001-02-28')"},
			{"year(day)", "2001"}, {"quarter(day)", "1"}, {"month(day)", "3"}, {"day(day)", "31"}, {"weekday(day)", "6"}, {"yearday(day)", "90"},
			{"int(day)", "11412"}, {"epoch(day)", "985996800.0"}, {"day between '2001-01-01' and '2001-12-31'", "true"},
			{"day in ('2001-03-30', '2001-03-31')", "true"}, {"coalesce(day, '2000-01-01')", "date('2001-03-31')"},
		}},
		{"timestamps", [][2]string{
			{"at = '2001-03-31 18:30:00.5'", "true"}, {"at > '2001-03-31T18:30'", "true"}, {"at > '2001-03-31'", "true"}, {"date(at)", "date('2001-03-31')"},
			{"at = '2001-03-31 18:30:00.5000001'", "false"}, {"at < '2001-03-31 18:30:00.5000001'", "true"}, {"hour(at)", "18"}, {"minute(at)", "30"},
			{"second(at)", "0"}, {"epoch(at)", "986063400.5"}, {"int(at)", "986063400500"}, {"at - '2001-03-31'", "66600.5"}, {"at > day", "true"},
			{"utc = '2001-03-31T20:30:00.5+02:00'", "true"}, {"utc = '2001-03-31 18:30:00.5'", "true"}, {"timestamp(day) < at", "true"},
			{"at < timestamp('9999-12-31')", "true"}, {"utc < '9999-12-31'", "true"}, {"utc > '0001-01-01'", "true"},
			{"timestamp('1969-12-31 23:59:59.25')", "timestamp('1969-12-31T23:59:59.25')"}, {"at", "timestamp('2001-03-31T18:30:00.5')"},
		}},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				v, err := evalOne(c[0])
				if c[1] == "" {
					if err == nil {
						t.Errorf("%s is %s, want an error", c[0], v)
					}
				} else if err != nil || v.String() != c[1] {
					t.Errorf("%s is %s, want %s; error %v", c[0], v, c[1], err)
				}
			}
		})
	}
}

// TestKleene is the truth table of and, or and not, with operands that cannot
// be folded.
func TestKleene(t *testing.T) {
	operands := map[string]string{"T": "yes", "F": "no", "N": "unknown", "E": "x // zero = 1"}
	for op, table := range map[string]string{
		"and": "TTT TFF TNN TEE FTF FFF FNF FEF NTN NFF NNN NEN ETE EFF ENN EEE",
		"or":  "TTT TFT TNT TET FTT FFF FNN FEE NTT NFN NNN NEN ETT EFE ENN EEE",
	} {
		for _, row := range strings.Fields(table) {
			text := operands[row[:1]] + " " + op + " " + operands[row[1:2]]
			v, err := evalOne(text)
			got := map[string]string{"true": "T", "false": "F", "null": "N"}[v.String()]
			var at *RowError
			if errors.As(err, &at) {
				got = "E"
			}
			if got != row[2:] {
				t.Errorf("%s: %s, want %s; %v", text, got, row[2:], err)
			}
		}
	}
	for operand, want := range map[string]string{"yes": "false", "no": "true", "unknown": "null"} {
		if v, err := evalOne("not " + operand); err != nil || v.String() != want {
			t.Errorf("not %s is %s, want %s; %v", operand, v, want, err)
		}
	}
}

func TestTypes(t *testing.T) {
	schema := sample().blockSchema()
	for _, c := range [][2]string{
		{"x", "int64"}, {"x + 1", "int64"}, {"x + y", "float64"}, {"x / 1", "float64"}, {"x // 1", "int64"}, {"x // 1.0", "float64"},
		{"u + 1", "uint64"}, {"u + x", "int64"}, {"u + u", "uint64"}, {"u + y", "float64"}, {"-u", "int64"}, {"x ** 2", "int64"},
		{"y ** 2", "float64"}, {"if(yes, 1, 2.5)", "float64"}, {"coalesce(null, x)", "int64"}, {"coalesce(u, 0)", "uint64"},
		{"if(yes, u, x)", "int64"}, {"if(yes, 1, u)", "uint64"}, {"if(yes, -1, u)", "int64"}, {"null", "null"}, {"if(yes, null, 'a')", "string"},
		{"x > 1", "bool"}, {"sqrt(x)", "float64"}, {"abs(x)", "int64"}, {"floor(y)", "float64"}, {"int(y)", "int64"}, {"day - day", "int64"},
		{"day + 1", "date"}, {"at - at", "float64"}, {"at", "timestamp[ms]"}, {"utc", "timestamp[ns, UTC]"}, {"timestamp('2001-01-01')", "timestamp[s]"},
		{"timestamp('2001-01-01T00:00:00.5Z')", "timestamp[ms, UTC]"}, {"timestamp(day)", "timestamp[us]"}, {"date(at)", "date"},
		{"greatest(x, u, 1)", "int64"}, {"coalesce(at, day)", ""}, {"coalesce(at, '2001-01-01')", "timestamp[ms]"},
	} {
		e, err := Compile(c[0], schema)
		switch {
		case c[1] == "":
			if err == nil {
				t.Errorf("%s is %v, want an error", c[0], e.Type())
			}
		case err != nil:
			t.Errorf("%s: %v", c[0], err)
		case typeName(e.Type()) != c[1]:
			t.Errorf("%s is %s, want %s", c[0], typeName(e.Type()), c[1])
		}
	}
}

// TestFloatFloorDivision holds // and % of floats against rationals.
func TestFloatFloorDivision(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for range 100000 {
		a := math.Ldexp(rng.Float64()-0.5, rng.Intn(60)-30)
		b := math.Ldexp(rng.Float64()-0.5, rng.Intn(60)-30)
		if rng.Intn(2) == 0 {
			a, b = float64(rng.Intn(200)-100)/10, float64(rng.Intn(20)-10)/10
		}
		if b == 0 {
			continue
		}
		x, y := new(big.Rat).SetFloat64(a), new(big.Rat).SetFloat64(b)
		exact := new(big.Rat).Quo(x, y)
		whole := new(big.Int).Div(exact.Num(), exact.Denom()) // Euclidean, and the denominator is positive: rounds down
		got := floorDivFloat(a, b)
		want, _ := new(big.Float).SetInt(whole).Float64()
		if got != want && math.Abs(got-want) > 1e-15*math.Abs(want) {
			t.Fatalf("%v // %v is %v, want %v", a, b, got, want)
		}
		if math.Abs(want) < 1<<53 && got != want {
			t.Fatalf("%v // %v is %v, want %v", a, b, got, want)
		}
		rest := x.Sub(x, y.Mul(y, new(big.Rat).SetInt(whole)))
		m, _ := rest.Float64()
		if r := floorModFloat(a, b); r != m {
			t.Fatalf("%v %% %v is %v, want %v", a, b, r, m)
		}
	}
}

func TestCommonSubexpressionsAreComputedOnce(t *testing.T) {
	schema := sample().blockSchema()
	for text, want := range map[string]int{
		"sin(y) * sin(y)":                       3, // y, sin, *
		"(x + 1) * (x + 1) + (x+1)":             5, // x, 1, +, *, +
		"x > 2.5 and x > 2.9":                   4, // both are x > 2
		"1 + 2 * 3":                             1,
		"if(true, x, y // 0)":                   2, // float(x)
		"`x` + x":                               2,
		"coalesce(x, 1) + coalesce(x, 1) * y":   7,
		"word = 'a' or word = 'b' or word ='a'": 7,
	} {
		e, err := Compile(text, schema)
		if err != nil {
			t.Fatal(err)
		}
		if len(e.insts) != want {
			t.Errorf("%s: %d instructions, want %d", text, len(e.insts), want)
		}
	}
}

func TestColumnsAndConstants(t *testing.T) {
	schema := sample().blockSchema()
	e, err := Compile("y + x * y", schema)
	if err != nil || fmt.Sprint(e.Columns()) != "[0 1]" || e.Text() != "y + x * y" {
		t.Errorf("columns %v, text %q, %v", e.Columns(), e.Text(), err)
	}
	if _, ok := e.Constant(); ok {
		t.Error("a sum of columns is constant")
	}
	for _, text := range []string{"coalesce(5, x)", "if(true, 1, x)", "if(1 > 2, x, 1)", "false and x > 1", "x > 1 or true"} {
		e, err := Compile(text, schema)
		if err != nil || fmt.Sprint(e.Columns()) != "[0]" {
			t.Errorf("%s names columns %v, %v", text, e.Columns(), err)
		}
	}
	e, err = Compile("1 / 4", nil)
	if v, ok := e.Constant(); err != nil || !ok || v.Float != 0.25 {
		t.Errorf("1 / 4 is the constant %v, %v; %v", v, ok, err)
	}
}

// TestConstantsFillTheBlock evaluates what depends on no column.
func TestConstantsFillTheBlock(t *testing.T) {
	tab := randomTable(rand.New(rand.NewSource(1)), 50)
	b := block.New(tab.schema)
	for _, text := range []string{"1", "u * 0 is null or true", "2.5", "'a'", "null", "true", "date('2001-03-31')", "18446744073709551615", "if(false, 1, null)"} {
		e, err := Compile(text, tab.blockSchema())
		if err != nil {
			t.Fatal(err)
		}
		ev := e.Evaluator()
		for _, rows := range []int{50, 3, 0, 50} {
			b.Reset(&tab.chunk, 0, rows)
			v, err := ev.Eval(b)
			if err != nil || v.Len != rows || v.Null != nil && len(v.Null) != rows {
				t.Fatalf("%s: %d rows, want %d; %v", text, v.Len, rows, err)
			}
			for i := range rows {
				got := Value{Null: true}
				if e.Type().Kind != block.Null {
					got = vectorValue(v, e.Type(), i)
				}
				if want, ok := e.Constant(); ok && !sameValue(got, want) {
					t.Fatalf("%s: row %d is %s", text, i, got)
				}
			}
		}
	}
}

// TestDictionaryChanges walks chunks that are refilled in place with another
// dictionary, as readers do.
func TestDictionaryChanges(t *testing.T) {
	tab := &table{rows: 4}
	tab.addDict("d", []string{"a", "b"}, nil, func(r int) int32 { return int32(r % 2) })
	b := block.New(tab.schema)
	e, err := Compile("d = 'b'", tab.blockSchema())
	if err != nil {
		t.Fatal(err)
	}
	ev := e.Evaluator()
	for pass, entries := range [][]string{{"a", "b"}, {"b", "a"}, {"b", "b"}, {"a", "a", "b"}} {
		*tab.chunk.Columns[0].Dict = textColumn(entries, false)
		b.Reset(&tab.chunk, 0, 4)
		v, err := ev.Eval(b)
		if err != nil {
			t.Fatal(err)
		}
		for r, got := range v.Bool {
			if want := entries[r%2] == "b"; got != want {
				t.Errorf("pass %d: row %d is %v", pass, r, got)
			}
		}
	}
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	tab := randomTable(rand.New(rand.NewSource(2)), 4000)
	b := block.New(tab.schema)
	for _, text := range []string{
		"f*f + g", "g > 0 and f < 3", "if(j != 0, i % j, 0)", "s = 'a' or d in ('b', 'ab') or w < 'b'", "coalesce(s, 'none')", "if(b, s, w)",
		"if(b, d, null)", "i > u and i < f and u != f", "u in (1, 2) and i in (1,2,3,4,5,6,7,8,null)", "year(t) + hour(t) + month(day)", "t > day",
		"least(i, j) + 0 * j", "sin(g) ** 2 + cos(g) ** 2", "round(g, 2)", "not b and (c or isnull(i))", "day - '2001-01-01'", "length(w)", "1 + 1", "null",
	} {
		e, err := Compile(text, tab.blockSchema())
		if err != nil {
			t.Fatal(err)
		}
		ev := e.Evaluator()
		walk := func() {
			for start := 0; start < tab.rows; start += 1000 {
				b.Reset(&tab.chunk, start, 1000)
				if _, err := ev.Eval(b); err != nil && text != "least(i, j) + 0 * j" {
					t.Fatalf("%s: %v", text, err)
				}
			}
		}
		walk()
		walk()
		if allocs := testing.AllocsPerRun(5, walk); allocs != 0 {
			t.Errorf("%s: %v allocations for four blocks", text, allocs)
		}
	}
}

func BenchmarkEval(b *testing.B) {
	const rows = 32 * block.Rows
	rng := rand.New(rand.NewSource(1))
	tab := &table{rows: rows}
	addNumbers(tab, "x", chunk.Type{ID: chunk.Float64}, nil, func(int) float64 { return rng.NormFloat64() })
	addNumbers(tab, "y", chunk.Type{ID: chunk.Float64}, nil, func(int) float64 { return rng.NormFloat64() })
	addNumbers(tab, "z", chunk.Type{ID: chunk.Float64}, func(int) bool { return rng.Intn(10) == 0 }, func(int) float64 { return rng.NormFloat64() })
	addNumbers(tab, "i", chunk.Type{ID: chunk.Int64}, nil, func(int) int64 { return rng.Int63n(1000) })
	addNumbers(tab, "j", chunk.Type{ID: chunk.Int32}, nil, func(int) int32 { return rng.Int31n(1000) + 1 })
	addNumbers(tab, "t", chunk.Type{ID: chunk.Timestamp, Unit: chunk.Microsecond}, nil, func(r int) int64 { return 1e15 + int64(r)*1e6 })
	words := []string{"ATL", "ORD", "DFW", "LAX", "PHX", "DEN", "DTW", "IAH"}
	tab.addTexts("s", false, nil, func(int) string { return words[rng.Intn(8)] })
	tab.addDict("d", words, nil, func(int) int32 { return rng.Int31n(8) })
	for _, text := range []string{
		"x*x + y", "x > 0 and y < 3", "z > 0 and y < 3", "i + j", "i * j", "i // j", "i // 10", "i % 16", "s = 'ORD'", "d = 'ORD'", "s in ('ORD', 'LAX')",
		"if(x > 0, x, y)", "coalesce(z, 0)", "sqrt(x*x + y*y)", "exp(x)", "year(t)", "i between 10 and 20", "i in (1, 20, 300)", "x ** 2", "x + y + z + i",
	} {
		b.Run(text, func(b *testing.B) {
			e, err := Compile(text, tab.blockSchema())
			if err != nil {
				b.Fatal(err)
			}
			ev, bl := e.Evaluator(), block.New(tab.schema)
			var valueBytes int
			for _, c := range e.Columns() {
				valueBytes += len(tab.chunk.Columns[c].Values)
			}
			b.SetBytes(int64(valueBytes))
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				for start := 0; start < rows; start += block.Rows {
					bl.Reset(&tab.chunk, start, block.Rows)
					if _, err := ev.Eval(bl); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}
