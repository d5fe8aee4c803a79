package csvfile

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// nasty are texts in which it is hard to tell where records begin.
var nasty = map[string]string{
	"quoted line ends":          "a,b\n\"1\n2\",x\n\"\n\",\"\n\n\"\n3,\"\n4,5\n\"\n",
	"records within quotes":     "a,b\n1,\"x\n2,y\n3,z\"\n4,\"\n5,w\n6,\"\n7,8\n",
	"doubled quotes":            "a,b\n\"\"\"\",\"\"\"\"\"\"\n\"\"\"\n\",\"\n\"\"\"\n\"\",\"\"\n",
	"separators within quotes":  "a,b\n\",\",\",,\"\n\",\n\",\"\n,\"\n1,2\n",
	"CR LF":                     "a,b\r\n\"1\r\n2\",x\r\n\r\n\"\"\"\r\n\",\"\r\n\"\r\n3,4",
	"long fields":               "a,b\n" + strings.Repeat("x", 100) + ",\"" + strings.Repeat("y,\n\"\"", 40) + "\"\n1,2\n\"" + strings.Repeat("\n", 150) + "\",z\n",
	"blank lines":               "a,b\n\n\n1,2\n\n\n\n\"\n\n\",3\n\n\n",
	"empty fields":              "a,b\n,\n,\n\"\",\n,\"\"\n,\n",
	"one row without end":       "a,b\n1,\"2\n3\"",
	"quotes at the end":         "a,b\n1,\"\"\"\"",
	"many quotes in one word":   "a,b\n" + strings.Repeat("\"\",\"\"\n", 20) + "\"\"\"\"\"\"\"\",\"\"\"\"\n",
	"a quoted field of a block": "a,b\n\"" + strings.Repeat("0123456789\n", 30) + "\",1\n2,3\n",
}

// standard is what encoding/csv reads, without the header. It makes CR LF in
// quotes to LF, which this package does not.
func standard(text string, comma byte) ([][]string, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = rune(comma)
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[1:], nil
}

// plainRows are rows as standard has them: null is empty, CR LF is LF.
func plainRows(rows [][]string) [][]string {
	out := [][]string{}
	for _, row := range rows {
		row = slices.Clone(row)
		for i, v := range row {
			if v == "∅" {
				v = ""
			}
			row[i] = strings.ReplaceAll(v, "\r\n", "\n")
		}
		out = append(out, row)
	}
	return out
}

// textOptions read all columns of a text as strings.
func textOptions(text string, rangeBytes int64) Options {
	header, _, _ := strings.Cut(text, "\n")
	return Options{Comma: ',', rangeBytes: rangeBytes, Types: stringTypes(strings.Split(strings.TrimRight(header, "\r"), ",")...)}
}

// Wherever a file is cut, and in whatever order the ranges are read, the rows
// are the same.
func TestRangesOfNastyTexts(t *testing.T) {
	for name, text := range nasty {
		t.Run(name, func(t *testing.T) {
			want, err := standard(text, ',')
			if err != nil {
				t.Fatal(err)
			}
			for size := 1; size <= len(text); size += 1 + size/80 { // each up to 80, then some
				file := mustOpen(t, textOptions(text, int64(size)), text)
				req := format.Request{Columns: all(file), MaxRows: 3}
				rows, err := read(file, req)
				if got := plainRows(rows); err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("ranges of %d bytes: %q, %v\nexpected %q", size, got, err, want)
				}
				// Backwards, by a file that has read none of the ranges before.
				file = mustOpen(t, textOptions(text, int64(size)), text)
				splits, err := file.Splits(req)
				if err != nil {
					t.Fatal(err)
				}
				got := [][]string{}
				for _, split := range slices.Backward(splits) {
					part, err := readSplit(file, split, req, nil)
					if err != nil {
						t.Fatal(err)
					}
					got = append(plainRows(part), got...)
				}
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("ranges of %d bytes backwards: %q\nexpected %q", size, got, want)
				}
			}
		})
	}
}

// A record may be longer than several ranges, and than what is read behind a
// range at first.
func TestRecordsLongerThanRanges(t *testing.T) {
	long := strings.Repeat("x\n\"\",", 30_000)
	text := "a,b\n1,2\n\"" + long + "\",3\n" + strings.Repeat("y", 100_000) + ",4\n5,6\n\"" + long + "\",7"
	want, err := standard(text, ',')
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{1000, 4096, 50_000, 0} {
		for name, codec := range codecs {
			for _, content := range []string{text, compress(t, codec, text)} {
				o := Options{Comma: ',', rangeBytes: size, SampleBytes: 100, Types: stringTypes("a", "b")}
				file := mustOpen(t, o, content)
				rows, err := read(file, format.Request{Columns: []int{0, 1}})
				if err != nil || !reflect.DeepEqual(plainRows(rows), want) {
					t.Errorf("%s, ranges of %d bytes: %d rows, %v", name, size, len(rows), err)
				}
			}
		}
	}
}

// There is an end to a record, so that a lost quote does not take all memory.
func TestRecordsWithoutEnd(t *testing.T) {
	const head, most, size = "a,b\n1,2\n3,4\n5,\"", 1 << 20, 10 << 20
	want := "t.csv: line 4: the record is longer than 1 MiB; is a closing quote missing?"
	f, _ := write(t, "t.csv", head)
	if err := os.Truncate(f.Name(), size); err != nil { // a hole: all zeros
		t.Fatal(err)
	}
	file, err := Options{SampleBytes: len(head), recordBytes: most}.open("t.csv", f, size, new(scratches))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := count(file); err == nil || err.Error() != want {
		t.Errorf("%v\nexpected %s", err, want)
	}
	packed := compress(t, zst, head+strings.Repeat("\x00", size))
	stream := mustOpen(t, Options{SampleBytes: len(head), recordBytes: most}, packed)
	if _, err := count(stream); err == nil || err.Error() != want {
		t.Errorf("%v\nexpected %s", err, want)
	}
	f, _ = write(t, "t.csv", "a,\"")
	defer f.Close()
	if err := os.Truncate(f.Name(), size); err != nil {
		t.Fatal(err)
	}
	want = strings.Replace(want, "line 4", "line 1", 1)
	if _, err := (Options{recordBytes: most}).open("t.csv", f, size, new(scratches)); err == nil || err.Error() != want {
		t.Errorf("%v\nexpected %s", err, want)
	}
	// A record of nothing but separators is told from its number of fields.
	file = mustOpen(t, Options{SampleBytes: 16}, "a,b\n1,2\n3,4\n5"+strings.Repeat(",", 4<<20))
	if _, err := count(file); err == nil || !strings.HasPrefix(err.Error(), "t.csv: line 4: the record has ") {
		t.Errorf("%v", err)
	}
}

// Lanes that read at the same time wait for what they need of each other, and
// for no more.
func TestLanes(t *testing.T) {
	var text strings.Builder
	text.WriteString("a,b\n")
	for i := range 3000 {
		fmt.Fprintf(&text, "%d,\"x\n%d,\"\"\n\"\n", i, i)
	}
	for seed := range uint64(20) {
		file := mustOpen(t, Options{rangeBytes: 500}, text.String())
		req := format.Request{Columns: []int{0}, MaxRows: 100}
		splits, err := file.Splits(req)
		if err != nil {
			t.Fatal(err)
		}
		order := rand.New(rand.NewPCG(seed, 0)).Perm(len(splits))
		if seed == 0 {
			slices.Sort(order)
		}
		todo := make(chan int, len(order))
		for _, i := range order {
			todo <- i
		}
		close(todo)
		parts := make([][][]string, len(splits))
		var lanes sync.WaitGroup
		for range 4 {
			lanes.Add(1)
			go func() {
				defer lanes.Done()
				for i := range todo {
					part, err := readSplit(file, splits[i], req, nil)
					if err != nil {
						t.Error(err)
					}
					parts[i] = part
				}
			}()
		}
		lanes.Wait()
		rows := slices.Concat(parts...)
		if len(rows) != 3000 {
			t.Fatalf("seed %d: %d rows", seed, len(rows))
		}
		for i, row := range rows {
			if row[0] != fmt.Sprint(i) {
				t.Fatalf("seed %d: row %d is %s", seed, i, row[0])
			}
		}
	}
}

// FuzzSplit compares with encoding/csv, for any text and any cut.
func FuzzSplit(f *testing.F) {
	for _, text := range nasty {
		f.Add([]byte(text), uint8(7))
	}
	for _, text := range []string{"a,b\n1\"2,3\n", "a,b\n\"1\"2,3\n", "a,b\n\"1", "a,b\n\"1\"\r2,3\n", "a\n\r\r\n1", "a,b\n1\n"} {
		f.Add([]byte(text), uint8(3))
	}
	open := reopen(f)
	f.Fuzz(func(t *testing.T, body []byte, size uint8) {
		const header = "a,b\n"
		text := header + string(bytes.TrimPrefix(body, []byte(header)))
		want, wantErr := standard(text, ',')
		if strings.HasPrefix(text[len(header):], "\xef\xbb\xbf") {
			return
		}
		o := textOptions(text, int64(size)+1)
		o.SampleBytes = 16
		file, err := open(o, text)
		var rows [][]string
		if err == nil {
			rows, err = read(file, format.Request{Columns: []int{0, 1}, MaxRows: 5})
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q, ranges of %d: %v, encoding/csv says %v", text, size, err, wantErr)
		}
		if got := plainRows(rows); err == nil && len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("%q, ranges of %d: %q, encoding/csv has %q", text, size, got, want)
		}
		// Columns that are not requested are checked all the same.
		if file != nil {
			if _, none := read(file, format.Request{MaxRows: 5}); (none == nil) != (err == nil) {
				t.Fatalf("%q: without columns %v, with %v", text, none, err)
			}
		}
	})
}

// FuzzRead reads any text as any types: no panic, no chunk that breaks its
// contract.
func FuzzRead(f *testing.F) {
	f.Add([]byte("a,b\n1,2.5\n"), uint8(0))
	f.Add([]byte("a;b\n2024-01-01;2024-01-01T00:00:00Z\n"), uint8(3))
	f.Add([]byte("\xef\xbb\xbfa\tb\r\n\"x\"\ttrue\r\n"), uint8(9))
	open := reopen(f)
	f.Fuzz(func(t *testing.T, text []byte, size uint8) {
		for _, id := range []chunk.ID{chunk.Unsupported, chunk.Int8, chunk.Uint64, chunk.Float32, chunk.Date64, chunk.Timestamp, chunk.Bool} {
			o := Options{SampleBytes: 8, SampleRows: 2, rangeBytes: int64(size)}
			if id != chunk.Unsupported {
				first, err := open(o, string(text))
				if err != nil {
					return
				}
				o.Types = map[string]chunk.Type{}
				for _, field := range first.Schema() {
					o.Types[field.Name] = chunk.Type{ID: id}
				}
			}
			file, err := open(o, string(text))
			if err != nil {
				return
			}
			splits, err := file.Splits(format.Request{MaxRows: 4})
			if err != nil {
				t.Fatal(err)
			}
			for _, split := range splits {
				_, _ = readSplit(file, split, format.Request{Columns: all(file), MaxRows: 4}, nil)
			}
		}
	})
}
