package ipcwriter

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"github.com/weir-pipeline/weir/storage/arrowrecord"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/ipcfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

var dictionary = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}

// chunks cuts the table into chunks of the given rows. Each but the first is a
// slice of a larger one, so that bitmaps and offsets begin anywhere.
func chunks(t *testing.T, tab storagetest.Table, text arrow.DataType, rows ...int) []*chunk.Chunk {
	t.Helper()
	rec := storagetest.ArrowRecord(tab, storagetest.ArrowSchema(tab, text))
	whole, _, err := arrowrecord.Chunk(rec)
	if err != nil {
		t.Fatal(err)
	}
	var parts []*chunk.Chunk
	for from, i := 0, 0; from < tab.Rows; i++ {
		n := min(rows[i%len(rows)], tab.Rows-from)
		part := &chunk.Chunk{Rows: n}
		for j := range whole.Columns {
			part.Columns = append(part.Columns, whole.Columns[j].Slice(from, n))
		}
		parts = append(parts, part)
		from += n
	}
	return parts
}

func write(t testing.TB, schema chunk.Schema, opts Options, parts []*chunk.Chunk) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := New(&out, schema, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if err := w.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// read reads a file with weir's own reader.
func read(t *testing.T, content []byte) (storagetest.Table, []format.Split) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.arrow")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := storagetest.OpenFile(ipcfile.Open, path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	req := format.Request{MaxRows: 1000}
	for i := range file.Schema() {
		req.Columns = append(req.Columns, i)
	}
	splits, err := file.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	return storagetest.ReadAll(t, file, req), splits
}

func TestReadsBack(t *testing.T) {
	layouts := map[string]arrow.DataType{"utf8": nil, "large": arrow.BinaryTypes.LargeString, "dictionary": dictionary}
	for layout, text := range layouts {
		for _, nulls := range storagetest.NullPatterns()[:4] {
			for _, opts := range []Options{{}, {BatchRows: 64}, {BatchRows: 100, Compression: LZ4}, {Compression: Zstd}, {KeepDictionaries: true}, {KeepDictionaries: true, BatchRows: 77}} {
				t.Run(fmt.Sprintf("%s, %s, %s, batches of %d, keep %v", layout, nulls.Name, opts.Compression, opts.BatchRows, opts.KeepDictionaries), func(t *testing.T) {
					tab := storagetest.Generate(storagetest.AllTypes(), 300, nulls, 1)
					content := write(t, tab.Schema, opts, chunks(t, tab, text, 130, 1, 64, 99))
					got, splits := read(t, content)
					storagetest.Equal(t, got, tab)
					checkBatches(t, splits, opts)
					checkWithArrow(t, content, tab)
				})
			}
		}
	}
}

func checkBatches(t *testing.T, splits []format.Split, opts Options) {
	t.Helper()
	var rows []int64
	for _, s := range splits {
		rows = append(rows, s.Rows)
	}
	if opts.BatchRows == 0 {
		if got := fmt.Sprint(rows); got != "[130 1 64 99 6]" {
			t.Errorf("batches of %s rows", got)
		}
		return
	}
	for i, n := range rows {
		if i < len(rows)-1 && n != int64(opts.BatchRows) {
			t.Errorf("batch %d has %d rows, want %d", i, n, opts.BatchRows)
		}
	}
}

// checkWithArrow reads a file with the Arrow library.
func checkWithArrow(t *testing.T, content []byte, want storagetest.Table) {
	t.Helper()
	r, err := ipc.NewFileReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	from := 0
	for i := range r.NumRecords() {
		rec, err := r.Record(i)
		if err != nil {
			t.Fatal(err)
		}
		c, schema, err := arrowrecord.Chunk(rec)
		if err != nil {
			t.Fatal(err)
		}
		got := storagetest.Table{Schema: schema, Rows: c.Rows}
		for j := range c.Columns {
			values := make([]any, c.Rows)
			for row := range values {
				values[row] = storagetest.Value(&c.Columns[j], row)
			}
			got.Columns = append(got.Columns, values)
		}
		storagetest.Equal(t, got, want.Slice(from, from+c.Rows))
		from += c.Rows
	}
	if from != want.Rows {
		t.Errorf("the Arrow library reads %d rows, want %d", from, want.Rows)
	}
}

func TestDictionariesAreKept(t *testing.T) {
	tab := storagetest.Generate([]chunk.Type{{ID: chunk.String}}, 100, storagetest.NullPatterns()[0], 1)
	parts := chunks(t, tab, dictionary, 40)
	for keep, want := range map[bool]arrow.Type{false: arrow.STRING, true: arrow.DICTIONARY} {
		r, err := ipc.NewFileReader(bytes.NewReader(write(t, tab.Schema, Options{KeepDictionaries: keep}, parts)))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Schema().Field(1).Type.ID(); got != want {
			t.Errorf("keep %v: the column is %s", keep, got)
		}
	}
	other := chunks(t, storagetest.Generate([]chunk.Type{{ID: chunk.String}}, 100, storagetest.NullPatterns()[0], 2), dictionary, 100)
	w, err := New(&bytes.Buffer{}, tab.Schema, Options{KeepDictionaries: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(parts[0]); err != nil {
		t.Fatal(err)
	}
	err = w.Write(other[0])
	if want := "column string: the dictionary differs from that of the first chunk; an Arrow file has one"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if again := w.Close(); again != err {
		t.Errorf("close says %v", again)
	}
}

// TestLongTextsAreCut lowers the limit of 2 GiB of text in a batch.
func TestLongTextsAreCut(t *testing.T) {
	defer func(most int64) { maxTextBytes = most }(maxTextBytes)
	maxTextBytes = 300
	tab := storagetest.Generate([]chunk.Type{{ID: chunk.String}}, 200, storagetest.NullPatterns()[2], 5)
	for r, v := range tab.Columns[1] {
		if v != nil {
			tab.Columns[1][r] = strings.Repeat("x", r%90)
		}
	}
	for _, text := range []arrow.DataType{nil, dictionary, arrow.BinaryTypes.LargeString} {
		for _, opts := range []Options{{}, {BatchRows: 50}} {
			got, _ := read(t, write(t, tab.Schema, opts, chunks(t, tab, text, 33)))
			storagetest.Equal(t, got, tab)
		}
	}
	maxTextBytes = 10
	w, err := New(&bytes.Buffer{}, tab.Schema, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(chunks(t, tab, nil, 200)[0]); err == nil || err.Error() != "column string: a text of more than 2 GiB" {
		t.Errorf("one text that is too long: %v", err)
	}
}

func TestNoRowsAndNoColumns(t *testing.T) {
	tab := storagetest.Generate(storagetest.AllTypes(), 0, storagetest.NullPatterns()[0], 1)
	got, splits := read(t, write(t, tab.Schema, Options{}, nil))
	if got.Rows != 0 || len(splits) != 0 || len(got.Schema) != len(tab.Schema) {
		t.Errorf("%d rows in %d batches of %d columns", got.Rows, len(splits), len(got.Schema))
	}
	got, _ = read(t, write(t, nil, Options{}, []*chunk.Chunk{{Rows: 5}}))
	if got.Rows != 5 {
		t.Errorf("a table without columns has %d rows", got.Rows)
	}
}

func TestErrors(t *testing.T) {
	i64 := chunk.Field{Name: "a", Type: chunk.Type{ID: chunk.Int64}}
	whole := &chunk.Chunk{Rows: 2, Columns: []chunk.Column{{Type: i64.Type, Len: 2, Values: make([]byte, 16), Nulls: 1, Validity: []byte{1}}}}
	for _, c := range []struct {
		name   string
		schema chunk.Schema
		opts   Options
		want   string
	}{
		{"an unknown type", chunk.Schema{{Name: "a", Type: chunk.Type{Name: "map"}}}, Options{}, "column a: type map is not supported; the other columns of the file can be used"},
		{"a negative batch", chunk.Schema{i64}, Options{BatchRows: -1}, "batches of -1 rows"},
		{"an unknown compression", chunk.Schema{i64}, Options{Compression: 9}, "compression 9 is none of [none lz4 zstd]"},
		{"other columns", chunk.Schema{i64, i64}, Options{}, "the chunk has 1 columns, the file 2"},
		{"another type", chunk.Schema{{Name: "a", Type: chunk.Type{ID: chunk.Bool}}}, Options{}, "column a: the chunk has 2 rows of int64, expected 2 of bool"},
		{"nulls where there are none", chunk.Schema{i64}, Options{}, "column a: 1 nulls in a column that has none"},
	} {
		w, err := New(&bytes.Buffer{}, c.schema, c.opts)
		if err == nil {
			err = w.Write(whole)
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	w, err := New(full{}, chunk.Schema{{Name: "a", Type: i64.Type, Nullable: true}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(whole); err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("writing to a full disk: %v", err)
	}
	for name, want := range map[string]string{"": "", "lz4": "", "none": "", "zstd": "", "snappy": `compression "snappy": an Arrow file has none, lz4 or zstd`} {
		if _, err := ParseCompression(name); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("compression %q: %v", name, err)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, fmt.Errorf("the disk is full") }

func TestConformance(t *testing.T) {
	for _, opts := range []Options{{Compression: LZ4}} {
		t.Run(opts.Compression.String(), func(t *testing.T) {
			storagetest.Run(t, storagetest.Format{
				Name: "ipcwriter", Open: ipcfile.Open, Brief: true,
				Write: func(t testing.TB, path string, tab storagetest.Table, o storagetest.WriteOptions) {
					rec := storagetest.ArrowRecord(tab, storagetest.ArrowSchema(tab, nil))
					defer rec.Release()
					c, _, err := arrowrecord.Chunk(rec)
					if err != nil {
						t.Fatal(err)
					}
					opts := opts
					opts.BatchRows = o.SplitRows
					if err := os.WriteFile(path, write(t, tab.Schema, opts, []*chunk.Chunk{c}), 0o644); err != nil {
						t.Fatal(err)
					}
				},
			})
		})
	}
}
