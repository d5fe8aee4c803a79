package output

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/storage/arrowrecord"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/csvfile"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/ipcfile"
	"github.com/weir-pipeline/weir/storage/parquetfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// everyFormat is names and what reads them.
var everyFormat = map[string]format.Opener{
	"t.csv": csvfile.Open, "t.tsv": csvfile.Open, "t.csv.gz": csvfile.Open, "T.CSV.ZST": csvfile.Open,
	"t.parquet": parquetfile.Open, "t.arrow": ipcfile.Open, "t.feather": ipcfile.Open,
}

func table(t *testing.T, rows int) (storagetest.Table, *chunk.Chunk) {
	t.Helper()
	types := []chunk.Type{{ID: chunk.Int64}, {ID: chunk.Float64}, {ID: chunk.Bool}, {ID: chunk.Date32}}
	tab := storagetest.Generate(types, rows, storagetest.NullPatterns()[2], 1)
	for r := range tab.Columns[4] {
		if tab.Columns[4][r] != nil {
			tab.Columns[4][r] = int32(r) // a year of four digits, which is what CSV dates have
		}
	}
	c, _, err := arrowrecord.Chunk(storagetest.ArrowRecord(tab, storagetest.ArrowSchema(tab, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return tab, c
}

func readBack(t *testing.T, path string) storagetest.Table {
	t.Helper()
	file, err := storagetest.OpenFile(everyFormat[filepath.Base(path)], path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	req := format.Request{MaxRows: 1000}
	for i := range file.Schema() {
		req.Columns = append(req.Columns, i)
	}
	return storagetest.ReadAll(t, file, req)
}

func TestEveryFormat(t *testing.T) {
	for name := range everyFormat {
		t.Run(name, func(t *testing.T) {
			tab, whole := table(t, 300)
			path := filepath.Join(t.TempDir(), name)
			f, err := Create(path, tab.Schema, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
				t.Error("the file is there before it is complete")
			}
			part := func(from, rows int) *chunk.Chunk {
				c := &chunk.Chunk{Rows: rows}
				for i := range whole.Columns {
					c.Columns = append(c.Columns, whole.Columns[i].Slice(from, rows))
				}
				return c
			}
			if err := f.Write(part(0, 100)); err != nil {
				t.Fatal(err)
			}
			second, err := f.Encode(part(100, 150)) // encoded before the third, appended in order
			if err != nil {
				t.Fatal(err)
			}
			third, err := f.Encode(part(250, 50))
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range []Piece{second, third} {
				if err := f.Append(p); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.Commit(); err != nil {
				t.Fatal(err)
			}
			storagetest.Equal(t, readBack(t, path), tab)
		})
	}
}

func TestNoRows(t *testing.T) {
	for name := range everyFormat {
		path := filepath.Join(t.TempDir(), name)
		schema := chunk.Schema{{Name: "a", Type: chunk.Type{ID: chunk.String}, Nullable: true}}
		f, err := Create(path, schema, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		if got := readBack(t, path); got.Rows != 0 || len(got.Schema) != 1 || got.Schema[0].Name != "a" {
			t.Errorf("%s: %d rows, columns %v", name, got.Rows, got.Schema)
		}
	}
}

// TestNothingIsLeft of an output that was given up or failed.
func TestNothingIsLeft(t *testing.T) {
	for name := range everyFormat {
		dir := t.TempDir()
		tab, whole := table(t, 10)
		f, err := Create(filepath.Join(dir, name), tab.Schema, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Write(whole); err != nil {
			t.Fatal(err)
		}
		other := &chunk.Chunk{Rows: 1, Columns: []chunk.Column{{}}}
		if err := f.Write(other); err == nil {
			t.Errorf("%s: wrote a chunk of other columns", name)
		}
		f.Abort()
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: %s is left", name, left[0].Name())
		}
	}
}

func TestPiecesAreReleased(t *testing.T) {
	for name := range everyFormat {
		mem := storagetest.NewMemory(t)
		chunkOf := func() *chunk.Chunk {
			lease, err := mem.Lease(context.Background(), 64)
			if err != nil {
				t.Fatal(err)
			}
			c := &chunk.Chunk{Rows: 1, Columns: []chunk.Column{{Type: chunk.Type{ID: chunk.Int64}, Len: 1, Values: lease.Alloc(8)}}}
			lease.Trim()
			c.Hold(lease)
			return c
		}
		f, err := Create(filepath.Join(t.TempDir(), name), chunk.Schema{{Name: "a", Type: chunk.Type{ID: chunk.Int64}}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		appended, err := f.Encode(chunkOf())
		if err != nil {
			t.Fatal(err)
		}
		dropped, err := f.Encode(chunkOf())
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Append(appended); err != nil {
			t.Fatal(err)
		}
		dropped.Release()
		mem.Done()
		f.Abort()
	}
}

func TestErrors(t *testing.T) {
	i64 := chunk.Schema{{Name: "a", Type: chunk.Type{ID: chunk.Int64}}}
	for _, c := range []struct {
		path   string
		schema chunk.Schema
		opts   Options
		want   string
	}{
		{"t.xlsx", i64, Options{}, "t.xlsx: the name says no format that can be written: end it in .csv, .tsv (also with .gz or .zst), .parquet or .arrow"},
		{"t.parquet.gz", i64, Options{}, "t.parquet.gz: parquet files are compressed inside, not as a whole; leave out the last extension"},
		{"t.csv", i64, Options{Compression: "zstd"}, "t.csv: text is compressed by its name: end it in .gz or .zst"},
		{"t.arrow", i64, Options{Compression: "snappy"}, `t.arrow: compression "snappy": an Arrow file has none, lz4 or zstd`},
		{"t.parquet", i64, Options{Compression: "lz5"}, `compression "lz5"`},
		{"t.csv", chunk.Schema{{Name: "a", Type: chunk.Type{Name: "list"}}}, Options{}, "t.csv: column a: type list is not supported; the other columns of the file can be used"},
		{"nowhere/t.csv", i64, Options{}, "nowhere/t.csv"},
	} {
		dir := t.TempDir()
		_, err := Create(filepath.Join(dir, c.path), c.schema, c.opts)
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""), c.want) {
			t.Errorf("%s: %v, want %s", c.path, err, c.want)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: %s is left", c.path, left[0].Name())
		}
	}
}
