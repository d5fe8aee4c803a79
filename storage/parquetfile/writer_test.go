package parquetfile_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/file"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/parquetfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// TestTheLibraryReadsWhatIsWritten reads the writer's files with the Arrow
// library's low-level reader.
func TestTheLibraryReadsWhatIsWritten(t *testing.T) {
	tab := storagetest.Generate(storagetest.AllTypes(), 2500, storagetest.NullPatterns()[6], 21)
	for _, opts := range []parquetfile.WriterOptions{
		{}, {Compression: "none", PageBytes: 300}, {Compression: "zstd", DictionaryBytes: -1}, {Compression: "gzip", NoChecksums: true},
	} {
		t.Run("compression "+opts.Compression, func(t *testing.T) {
			opts.RowGroupRows = 1000
			content := ownFile(t, tab, opts)
			r, err := file.NewParquetReader(bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			if r.NumRows() != 2500 || r.NumRowGroups() != 3 {
				t.Fatalf("%d rows in %d groups", r.NumRows(), r.NumRowGroups())
			}
			for i, f := range tab.Schema {
				var got []any
				for g := range r.NumRowGroups() {
					col, err := r.RowGroup(g).Column(i)
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, libraryRead(t, col, int(r.RowGroup(g).NumRows()))...)
				}
				want := make([]any, tab.Rows)
				for r, v := range tab.Columns[i] {
					want[r] = stored(f, v)
				}
				for r := range want {
					if !storagetest.Same(got[r], want[r]) {
						t.Fatalf("column %s, row %d: got %v, want %v", f.Name, r, got[r], want[r])
					}
				}
			}
		})
	}
}

// stored is a table's value as the library gives it back.
func stored(f chunk.Field, v any) any {
	switch v := v.(type) {
	case nil, bool, float32, float64, string:
		return v
	case storagetest.Half:
		return string([]byte{byte(v), byte(v >> 8)})
	case uint64:
		return int64(v)
	case int64:
		if f.Type.ID == chunk.Timestamp && f.Type.Unit == chunk.Second {
			return 1000 * v
		}
		if f.Type.ID != chunk.Date64 {
			return v
		}
	}
	return asInt32(v)
}

func libraryRead(t *testing.T, col file.ColumnChunkReader, rows int) []any {
	t.Helper()
	switch col := col.(type) {
	case *file.BooleanColumnChunkReader:
		return batches(t, col.ReadBatch, rows, col.Descriptor().MaxDefinitionLevel(), func(v bool) any { return v })
	case *file.Int32ColumnChunkReader:
		return batches(t, col.ReadBatch, rows, col.Descriptor().MaxDefinitionLevel(), func(v int32) any { return v })
	case *file.Int64ColumnChunkReader:
		return batches(t, col.ReadBatch, rows, col.Descriptor().MaxDefinitionLevel(), func(v int64) any { return v })
	case *file.Float32ColumnChunkReader:
		return batches(t, col.ReadBatch, rows, col.Descriptor().MaxDefinitionLevel(), func(v float32) any { return v })
	case *file.Float64ColumnChunkReader:
		return batches(t, col.ReadBatch, rows, col.Descriptor().MaxDefinitionLevel(), func(v float64) any { return v })
	case *file.ByteArrayColumnChunkReader:
		return batches(t, col.ReadBatch, rows, col.Descriptor().MaxDefinitionLevel(), func(v parquet.ByteArray) any { return string(v) })
	case *file.FixedLenByteArrayColumnChunkReader:
		return batches(t, col.ReadBatch, rows, col.Descriptor().MaxDefinitionLevel(), func(v parquet.FixedLenByteArray) any { return string(v) })
	}
	t.Fatalf("a %T", col)
	return nil
}

func batches[T any](t *testing.T, read func(int64, []T, []int16, []int16) (int64, int, error), rows int, maxLevel int16, as func(T) any) []any {
	t.Helper()
	var out []any
	for len(out) < rows {
		values, levels := make([]T, 256), make([]int16, 256)
		n, _, err := read(256, values, levels, nil)
		if err != nil || n == 0 {
			t.Fatalf("after %d rows of %d: %v", len(out), rows, err)
		}
		at := 0
		for r := range n {
			if levels[r] < maxLevel {
				out = append(out, nil)
				continue
			}
			out = append(out, as(values[at]))
			at++
		}
	}
	return out
}

func TestStatisticsOfTheWriter(t *testing.T) {
	nan, negativeZero := math.NaN(), math.Copysign(0, -1)
	for _, c := range []struct {
		name     string
		typ      chunk.Type
		values   []any
		min, max string // both "" for no bounds
		nulls    int64
	}{
		{"int8", chunk.Type{ID: chunk.Int8}, []any{int8(5), nil, int8(-3)}, "-3", "5", 1},
		{"uint8", chunk.Type{ID: chunk.Uint8}, []any{uint8(200), uint8(3)}, "3", "200", 0},
		{"uint32", chunk.Type{ID: chunk.Uint32}, []any{uint32(1 << 31), uint32(3)}, "3", "2147483648", 0},
		{"uint64", chunk.Type{ID: chunk.Uint64}, []any{uint64(1 << 63), uint64(3)}, "3", "9223372036854775808", 0},
		{"float64", chunk.Type{ID: chunk.Float64}, []any{2.5, nan, -1.5, nil}, "-1.5", "2.5", 1},
		{"zeros", chunk.Type{ID: chunk.Float64}, []any{0.0, 0.0}, "-0", "0", 0},
		{"negative zeros", chunk.Type{ID: chunk.Float64}, []any{negativeZero}, "-0", "0", 0},
		{"NaN alone", chunk.Type{ID: chunk.Float64}, []any{nan, nan}, "", "", 0},
		{"float16", chunk.Type{ID: chunk.Float16}, []any{storagetest.Half(0x3c00), storagetest.Half(0xc000)}, "-2", "1", 0},
		{"bool", chunk.Type{ID: chunk.Bool}, []any{true, true, nil}, "true", "true", 1},
		{"string", chunk.Type{ID: chunk.String}, []any{"b", "a", "", nil}, "", "b", 1},
		{"long string", chunk.Type{ID: chunk.String}, []any{strings.Repeat("x", 100)}, "", "", 0},
		{"date", chunk.Type{ID: chunk.Date32}, []any{int32(0), int32(-1)}, "1969-12-31", "1970-01-01", 0},
		{"timestamp", chunk.Type{ID: chunk.Timestamp, Unit: chunk.Millisecond}, []any{int64(-1), int64(1500)}, "1969-12-31T23:59:59.999", "1970-01-01T00:00:01.5", 0},
		{"nulls alone", chunk.Type{ID: chunk.Int64}, []any{nil, nil}, "", "", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab := storagetest.Table{Schema: chunk.Schema{{Name: "c", Type: c.typ, Nullable: true}}, Rows: len(c.values), Columns: [][]any{c.values}}
			group := openBytes(t, ownFile(t, tab, parquetfile.WriterOptions{})).RowGroups()[0]
			col := group.Columns[0]
			if col.Min != c.min || col.Max != c.max || col.Nulls != c.nulls || col.HasBounds != (c.min != "" || c.max != "") {
				t.Errorf("got %+v", col)
			}
			if group.Rows != int64(len(c.values)) || col.Codec != "snappy" || group.CompressedBytes != col.CompressedBytes || len(col.Encodings) < 2 {
				t.Errorf("got %+v", group)
			}
		})
	}
}

func TestWriterRefuses(t *testing.T) {
	double := chunk.Type{ID: chunk.Float64}
	one := chunk.Chunk{Rows: 1, Columns: []chunk.Column{{Type: double, Len: 1, Nulls: 1, Validity: []byte{0}, Values: make([]byte, 8)}}}
	for _, c := range []struct {
		name   string
		schema chunk.Schema
		opts   parquetfile.WriterOptions
		want   string
	}{
		{"an unknown compression", chunk.Schema{{Name: "a", Type: double}}, parquetfile.WriterOptions{Compression: "lzo"}, `compression "lzo"`},
		{"no columns", nil, parquetfile.WriterOptions{}, "a column at least"},
		{"an unsupported type", chunk.Schema{{Name: "a", Type: chunk.Type{Name: "map"}}}, parquetfile.WriterOptions{}, "type map cannot be written"},
		{"a null where none is promised", chunk.Schema{{Name: "a", Type: double}}, parquetfile.WriterOptions{}, "column a has a null"},
		{"another type", chunk.Schema{{Name: "a", Type: chunk.Type{ID: chunk.Int64}}}, parquetfile.WriterOptions{}, "column a is float64, the file has int64"},
		{"another number of columns", chunk.Schema{{Name: "a", Type: double}, {Name: "b", Type: double}}, parquetfile.WriterOptions{}, "a chunk of 1 columns for a file of 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := parquetfile.NewWriter(new(bytes.Buffer), c.schema, c.opts)
			if err == nil {
				err = w.Write(&one)
				if again := w.Close(); again != err {
					t.Errorf("after %v Close says %v", err, again)
				}
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// fullDisk fails after some bytes.
type fullDisk struct{ left int }

var errFull = errors.New("no space left")

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.left -= len(p); d.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriterReportsAFailingDisk(t *testing.T) {
	values := make([]float64, 1000)
	c := chunk.Chunk{Rows: 1000, Columns: []chunk.Column{{Type: chunk.Type{ID: chunk.Float64}, Len: 1000, Values: chunk.Bytes(values)}}}
	for left := range 150 {
		w, err := parquetfile.NewWriter(&fullDisk{left: left}, chunk.Schema{{Name: "a", Type: c.Columns[0].Type}}, parquetfile.WriterOptions{RowGroupRows: 300})
		if err == nil {
			w.Write(&c)
			err = w.Close()
		}
		if !errors.Is(err, errFull) {
			t.Fatalf("room for %d bytes: %v", left, err)
		}
	}
}

func TestSlicesAreWrittenAsTheyAre(t *testing.T) {
	tab := storagetest.Generate(storagetest.AllTypes(), 100, storagetest.NullPatterns()[2], 4)
	f := openBytes(t, ownFile(t, tab, parquetfile.WriterOptions{}))
	var out bytes.Buffer
	var schema chunk.Schema
	schema = append(schema, f.Schema()...)
	w, err := parquetfile.NewWriter(&out, schema, parquetfile.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	whole := readChunk(t, f)
	for _, part := range [][2]int{{3, 10}, {13, 1}, {14, 50}} {
		c := chunk.Chunk{Rows: part[1]}
		for i := range whole.Columns {
			c.Columns = append(c.Columns, whole.Columns[i].Slice(part[0], part[1]))
		}
		if err := w.Write(&c); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := nearest(tab)
	parts := want.Slice(3, 13)
	for i := range parts.Columns {
		parts.Columns[i] = append(append([]any{}, parts.Columns[i]...), want.Columns[i][13:64]...)
	}
	parts.Rows = 61
	storagetest.Equal(t, readTable(t, openBytes(t, out.Bytes())), parts)
}
