package csvfile

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// names are a schema as "name:type name:type".
func names(s chunk.Schema) string {
	var out []string
	for _, f := range s {
		out = append(out, f.Name+":"+f.Type.String())
	}
	return strings.Join(out, " ")
}

// rowsOf are rows as "a|b / c|d".
func rowsOf(rows [][]string) string {
	var out []string
	for _, r := range rows {
		out = append(out, strings.Join(r, "|"))
	}
	return strings.Join(out, " / ")
}

func TestRead(t *testing.T) {
	bits := func(id chunk.ID) chunk.Type { return chunk.Type{ID: id} }
	for _, c := range []struct {
		name    string
		text    string
		options Options
		schema  string
		rows    string
	}{
		{"plain", "a,b\n1,2.5\n-3,4\n", Options{}, "a:int64 b:float64", "1|2.5 / -3|4"},
		{"CR LF", "a,b\r\n1,x\r\n2,y\r\n", Options{}, "a:int64 b:string", "1|x / 2|y"},
		{"mixed line ends", "a,b\n1,2\r\n3,4\n5,\r\n", Options{}, "a:int64 b:int64", "1|2 / 3|4 / 5|∅"},
		{"quotes and CR LF after the first rows", "a,b\n1,2\n\"3\",\"4\"\r\n5,\"\"\r\n", Options{}, "a:int64 b:int64", "1|2 / 3|4 / 5|∅"},
		{"nulls before CR LF after the first rows", "a,b\n1,2\n3,NA\r\n", Options{NullText: []string{"NA"}}, "a:int64 b:int64", "1|2 / 3|∅"},
		{"CR LF after the first rows only", "a,b\n1,2\n" + strings.Repeat("1,-2.25\r\n", 3), Options{}, "a:int64 b:float64", "1|2 / 1|-2.25 / 1|-2.25 / 1|-2.25"},
		{"no end of the last line", "a,b\n1,2\n3,4", Options{}, "a:int64 b:int64", "1|2 / 3|4"},
		{"a lone CR at the end of the file", "a,b\n1,2\n3,4\r", Options{}, "a:int64 b:int64", "1|2 / 3|4"},
		{"byte order mark", "\xef\xbb\xbfa,b\n1,2\n", Options{}, "a:int64 b:int64", "1|2"},
		{"blank lines", "\n\r\na,b\n\n1,2\n\r\n\n3,4\n\n\r\n\n", Options{}, "a:int64 b:int64", "1|2 / 3|4"},
		{"blank lines in a single column", "a\n\n1\n\r\n\n\"\"\n3\n\n", Options{}, "a:int64", "1 / ∅ / 3"},
		{"a blank last line without end", "a,b\n1,2\n\r", Options{}, "a:int64 b:int64", "1|2"},
		{"nulls", "a,b,c\n,,\n1,2.5,x\n,,\n", Options{}, "a:int64 b:float64 c:string", "∅|∅|∅ / 1|2.5|x / ∅|∅|∅"},
		{"quoted empty fields", "a,b\n\"\",\"\"\n1,x\n,\n", Options{}, "a:int64 b:string", "∅| / 1|x / ∅|∅"},
		{"quotes", "a,b\n\"1\",\"x,\"\"y\"\"\nz\"\n2,\"\"\"\"\n", Options{}, "a:int64 b:string", "1|x,\"y\"\nz / 2|\""},
		{"quotes and CR LF", "a,b\r\n\"1\",\"x\r\ny\"\r\n\"2\",\"\"\r\n", Options{}, "a:int64 b:string", "1|x\r\ny / 2|"},
		{"quoted names", "\"a,b\",\"c\"\"d\"\n1,2\n", Options{}, "a,b:int64 c\"d:int64", "1|2"},
		{"names by position", "a,,a,\"\"\n1,2,3,4\n", Options{}, "a:int64 column_2:int64 column_3:int64 column_4:int64", "1|2|3|4"},
		{"no header", "1,x\n2,y\n", Options{NoHeader: true}, "column_1:int64 column_2:string", "1|x / 2|y"},
		{"no header and a mark", "\xef\xbb\xbf1,x\n2,y\n", Options{NoHeader: true}, "column_1:int64 column_2:string", "1|x / 2|y"},
		{"header only", "a,b\n", Options{}, "a:float64 b:float64", ""},
		{"header without end", "a,b", Options{}, "a:float64 b:float64", ""},
		{"empty column", "a,b\n1,\n2,\n", Options{}, "a:int64 b:float64", "1|∅ / 2|∅"},
		{"semicolons", "a;b\n1,5;2\n", Options{}, "a:string b:int64", "1,5|2"},
		{"tabs", "a\tb\n1, 2\tx\n", Options{}, "a:string b:string", "1, 2|x"},
		{"bars", "a|b|c\n1|2|3\n", Options{}, "a:int64 b:int64 c:int64", "1|2|3"},
		{"separator asked for", "a:b\n1:2\n", Options{Comma: ':'}, "a:int64 b:int64", "1|2"},
		{"spaces around numbers", "a,b,c,d,e\n 1 , 2.5\t, true ,2024-01-02 , x \n", Options{}, "a:int64 b:float64 c:bool d:date32 e:string", "1|2.5|true|19724| x "},
		{"spaces alone", "a,b\n1,2.5\n  , \n", Options{}, "a:int64 b:float64", "1|2.5 / ∅|∅"},
		{"bools", "a\ntrue\nFALSE\nTrue\n", Options{}, "a:bool", "true / false / true"},
		{"words of floats", "a\nnan\nNaN\ninf\n-Inf\n+Infinity\n1e3\n-1.5E-3\n+2\n.5\n5.\n-0\n", Options{}, "a:float64", "NaN / NaN / +Inf / -Inf / +Inf / 1000 / -0.0015 / 2 / 0.5 / 5 / -0"},
		{"ints and floats", "a\n1\n2.5\n", Options{}, "a:float64", "1 / 2.5"},
		{"ints beyond int64", "a\n1\n9223372036854775808\n", Options{}, "a:float64", "1 / 9.223372036854776e+18"},
		{"the ends of int64", "a\n9223372036854775807\n-9223372036854775808\n+7\n007\n", Options{}, "a:int64", "9223372036854775807 / -9223372036854775808 / 7 / 7"},
		{"not a number", "a,b,c,d,e,f\n-,.,0x10,1_000,1e400,+-1\n", Options{}, "a:string b:string c:string d:string e:string f:string", "-|.|0x10|1_000|1e400|+-1"},
		{"dates", "a,b\n2012-01-31,2000/02/29\n1969-12-31,1970/01/01\n", Options{}, "a:date32 b:date32", "15370|11016 / -1|0"},
		{"no dates", "a\n2001-02-29\n", Options{}, "a:string", "2001-02-29"},
		{"timestamps", "a,b,c,d\n2024-01-02T03:04:05,2024-01-02 03:04,2024-01-02T03:04:05.5Z,2024-01-02T03:04:05.1234567\n", Options{},
			"a:timestamp[s] b:timestamp[s] c:timestamp[ms, UTC] d:timestamp[ns]", "1704164645|1704164640|1704164645500|1704164645123456700"},
		{"timestamps before 1970", "a\n1969-12-31T23:59:59.5\n1969-12-31T23:59:59.25\n", Options{}, "a:timestamp[ms]", "-500 / -750"},
		{"offsets", "a\n2024-01-01T00:00:00+02:00\n2024-01-01T00:00:00Z\n2024-01-01T00:00:00-00:30\n", Options{}, "a:timestamp[s, UTC]", "1704060000 / 1704067200 / 1704069000"},
		{"dates and timestamps", "a\n2024-01-01\n2024-01-01 00:00:01\n", Options{}, "a:timestamp[s]", "1704067200 / 1704067201"},
		{"with and without zone", "a\n2024-01-01T00:00:00\n2024-01-01T00:00:00Z\n", Options{}, "a:string", "2024-01-01T00:00:00 / 2024-01-01T00:00:00Z"},
		{"bool and int", "a\ntrue\n1\n", Options{}, "a:string", "true / 1"},
		{"null texts", "a,b,c\nNA,NA,\"NA\"\n1,x,NA\nNULL, NA,y\n", Options{NullText: []string{"NA", "NULL"}}, "a:int64 b:string c:string", "∅|∅|NA / 1|x|∅ / ∅| NA|y"},
		{"null texts that are numbers", "a,b,c\n-999,-999,-999\n1,2.5,2024-01-01\n", Options{NullText: []string{"-999"}}, "a:int64 b:float64 c:date32", "∅|∅|∅ / 1|2.5|19723"},
		{"NUL and bad UTF-8", "a,b\nx\x00y,\xff\xfe\n", Options{}, "a:string b:string", "x\x00y|\xff\xfe"},
		{"types asked for", "a,b,c,d,e,f,g,h,i,j,k\n1,2,3,4,5,6,7,8,1.5,2020-01-01,2020-01-01\n-128,-32768,-2147483648,-1,255,65535,4294967295,18446744073709551615,-0.1,1970-01-02,1970-01-01T00:00:00.5\n",
			Options{Types: map[string]chunk.Type{"a": bits(chunk.Int8), "b": bits(chunk.Int16), "c": bits(chunk.Int32), "d": bits(chunk.Float64), "e": bits(chunk.Uint8),
				"f": bits(chunk.Uint16), "g": bits(chunk.Uint32), "h": bits(chunk.Uint64), "i": bits(chunk.Float32), "j": bits(chunk.Date64), "k": {ID: chunk.Timestamp, Unit: chunk.Microsecond}}},
			"a:int8 b:int16 c:int32 d:float64 e:uint8 f:uint16 g:uint32 h:uint64 i:float32 j:date64 k:timestamp[us]",
			"1|2|3|4|5|6|7|8|1.5|1577836800000|1577836800000000 / -128|-32768|-2147483648|-1|255|65535|4294967295|18446744073709551615|-0.1|86400000|500000"},
		{"number asked for as text", "a\n007\n", Options{Types: stringTypes("a")}, "a:string", "007"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := mustOpen(t, c.options, c.text)
			if got := names(file.Schema()); got != c.schema {
				t.Errorf("schema %s\nexpected %s", got, c.schema)
			}
			rows, err := read(file, format.Request{Columns: all(file)})
			if got := rowsOf(rows); err != nil || got != c.rows {
				t.Errorf("rows %s, %v\nexpected %s", got, err, c.rows)
			}
		})
	}
}

func TestErrorsOfOpen(t *testing.T) {
	for _, c := range []struct {
		name, text string
		options    Options
		want       string
	}{
		{"empty", "", Options{}, "t.csv: the file is empty"},
		{"blank lines only", "\n\r\n\n", Options{}, "t.csv: the file is empty"},
		{"mark only", "\xef\xbb\xbf", Options{}, "t.csv: the file is empty"},
		{"UTF-16", "\xff\xfea\x00,\x00", Options{}, "t.csv: the text is UTF-16; convert it to UTF-8"},
		{"CR only", "a,b\r1,2\r", Options{}, "t.csv: the lines end in CR alone; convert them to LF or CR LF"},
		{"too few fields", "a,b\n1,2\n3\n", Options{}, "t.csv: line 3: the record has 1 field, the header has 2"},
		{"too many fields", "a,b\n\"x\ny\",2\n3,4,5\n", Options{}, "t.csv: line 4: the record has 3 fields, the header has 2"},
		{"quote in a field", "a,b\n1,2\n3,4\"\n", Options{}, "t.csv: line 3: a quote (\") in the middle of a field; a field with quotes is quoted as a whole, and each quote within is written twice"},
		{"text after a quote", "a,b\n\"1\"2,2\n", Options{}, "t.csv: line 2: a quote"},
		{"quote in the header", "a\"b,c\n", Options{}, "t.csv: line 1: a quote"},
		{"CR after a quote", "a,b\n\"1\"\r,2\n", Options{}, "t.csv: line 2: a quote"},
		{"open quote in the header", "a,\"b\n1,2\n", Options{}, "t.csv: line 1: the quote (\") that opens here is never closed"},
		{"type for no column", "a,b\n1,2\n", Options{Types: stringTypes("c")}, "t.csv: a type is given for column c, but there is none; the columns are a, b"},
		{"unsupported type", "a,b\n1,2\n", Options{Types: map[string]chunk.Type{"b": {ID: chunk.Float16}}}, "t.csv: column b: float16 cannot be read from text"},
		{"separator", "a,b\n1,2\n", Options{Comma: '"'}, "'\"' cannot separate fields"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := open(t, c.options, c.text)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("%v\nexpected %s", err, c.want)
			}
		})
	}
	if _, err := open(t, Options{}, ""); !errors.Is(err, format.ErrEmpty) {
		t.Errorf("%v is not format.ErrEmpty", err)
	}
}

// Behind the sample nothing has been looked at when the file is opened.
func TestErrorsBehindTheSample(t *testing.T) {
	head := "a,b,c\n" + strings.Repeat("1,2.5,x\n", 10)
	good := strings.Repeat("1,2.5,x\n", 1000)
	quoted := strings.Repeat("1,2.5,\"x\ny\"\n", 500)
	for _, c := range []struct{ name, bad, want string }{
		{"int", "x1,2,x\n", `t.csv: line 1012, column a: "x1" is not int64, the type inferred from the first 10 rows; to read it as another type: --types a=string`},
		{"float in ints", "1.5,2,x\n", `t.csv: line 1012, column a: "1.5" is not int64, the type inferred from the first 10 rows; to read it as another type: --types a=float64`},
		{"beyond int64", "9223372036854775808,2,x\n", `t.csv: line 1012, column a: "9223372036854775808" is not int64, the type inferred from the first 10 rows; to read it as another type: --types a=float64`},
		{"float", "1,2.5.1,x\n", `t.csv: line 1012, column b: "2.5.1" is not float64, the type inferred from the first 10 rows; to read it as another type: --types b=string`},
		{"beyond float64", "1,1e999,x\n", `t.csv: line 1012, column b: "1e999" is not float64`},
		{"too few", "1,2\n", `t.csv: line 1012: the record has 2 fields, the header has 3`},
		{"too many", "1,2,3,4,5\n", `t.csv: line 1012: the record has 5 fields, the header has 3`},
		{"quote in a field", "1,2,5\" pipe\n", `t.csv: line 1012: a quote (") in the middle of a field`},
		{"two of them", "1,2,5\" pipe\n1,2,x\n1,2,6\" pipe\n", `t.csv: line 1012: a quote (") in the middle of a field`},
		{"open quote", "1,2,\"x\n", `t.csv: line 1012: the quote (") that opens here is never closed`},
	} {
		for _, size := range []int64{0, 100, 1000} {
			t.Run(fmt.Sprintf("%s, ranges of %d", c.name, size), func(t *testing.T) {
				file := mustOpen(t, Options{SampleRows: 10, SampleBytes: 200, rangeBytes: size}, head+good+c.bad+good)
				_, err := read(file, format.Request{Columns: all(file)})
				if err == nil || !strings.HasPrefix(err.Error(), c.want) {
					t.Errorf("%v\nexpected %s", err, c.want)
				}
				// Quoted line ends before and after it, which is in line 2012 then.
				file = mustOpen(t, Options{SampleRows: 10, SampleBytes: 200, rangeBytes: size}, head+good+quoted+c.bad+quoted)
				_, err = read(file, format.Request{Columns: all(file)})
				want := strings.ReplaceAll(c.want, "line 1012", "line 2012")
				if c.name == "open quote" {
					// The next quote closes it, in the middle of a line.
					want = `t.csv: line 2013: a quote (") in the middle of a field`
				}
				if err == nil || !strings.HasPrefix(err.Error(), want) {
					t.Errorf("%v\nexpected %s", err, want)
				}
			})
		}
	}
}

func TestColumnsAndChunks(t *testing.T) {
	var text strings.Builder
	text.WriteString("a,b,c\n")
	for i := range 5000 {
		fmt.Fprintf(&text, "%d,s%d,%d.5\n", i, i%7, i)
	}
	file := mustOpen(t, Options{}, text.String())
	for _, c := range []struct {
		columns []int
		maxRows int
	}{{[]int{0, 1, 2}, 1}, {[]int{2, 0}, 7}, {[]int{1}, 1000}, {[]int{1, 1}, 4999}, {nil, 5000}, {[]int{2}, 1 << 30}} {
		rows, err := read(file, format.Request{Columns: c.columns, MaxRows: c.maxRows})
		if err != nil || len(rows) != 5000 {
			t.Fatalf("columns %v, at most %d rows: %d rows, %v", c.columns, c.maxRows, len(rows), err)
		}
		for i, row := range rows {
			whole := []string{fmt.Sprint(i), fmt.Sprintf("s%d", i%7), fmt.Sprintf("%d.5", i)}
			var want []string
			for _, k := range c.columns {
				want = append(want, whole[k])
			}
			if len(row) != len(want) || len(want) > 0 && !reflect.DeepEqual(row, want) {
				t.Fatalf("columns %v, row %d is %v, expected %v", c.columns, i, row, want)
			}
		}
	}
}
