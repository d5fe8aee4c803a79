package synth

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/csvfile"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/ipcfile"
	"github.com/weir-pipeline/weir/storage/output"
	"github.com/weir-pipeline/weir/storage/parquetfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// TestEveryFormatHoldsTheSameNumbers reads each format back and compares the
// numbers as float64, which is what text has instead of narrower types.
func TestEveryFormatHoldsTheSameNumbers(t *testing.T) {
	const rows = 10_500
	table := Table{Rows: rows, Seed: 11, Columns: everyKind()}
	whole := fill(t, table, 0, rows)
	for name, open := range map[string]format.Opener{
		"t.csv": csvfile.Open, "t.tsv.gz": csvfile.Open, "t.parquet": parquetfile.Open, "t.arrow": ipcfile.Open,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			if err := Write(context.Background(), path, table, WriteOptions{pieceRows: 1000}); err != nil {
				t.Fatal(err)
			}
			file, err := storagetest.OpenFile(open, path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			req := format.Request{MaxRows: 1 << 16}
			for i := range file.Schema() {
				req.Columns = append(req.Columns, i)
			}
			got := storagetest.ReadAll(t, file, req)
			if got.Rows != rows {
				t.Fatalf("%d rows", got.Rows)
			}
			for i := range whole.Columns {
				for r := range rows {
					want := storagetest.Value(&whole.Columns[i], r)
					if !storagetest.Same(asFloat(got.Columns[i][r]), asFloat(want)) {
						t.Fatalf("column %s row %d: %v, want %v", table.Columns[i].Name, r, got.Columns[i][r], want)
					}
				}
			}
		})
	}
}

func asFloat(v any) any {
	switch v := v.(type) {
	case int32:
		return float64(v)
	case int64:
		return float64(v)
	case float32:
		return float64(v)
	}
	return v
}

func TestWorkersDoNotMatter(t *testing.T) {
	for _, name := range []string{"t.csv", "t.csv.gz", "t.arrow", "t.parquet"} {
		var first []byte
		for _, workers := range []int{1, 3} {
			path := filepath.Join(t.TempDir(), name)
			last := int64(0)
			err := Write(context.Background(), path, Table{Rows: 20_500, Seed: 1}, WriteOptions{Workers: workers, pieceRows: 1000, Progress: func(rows int64) {
				if rows <= last {
					t.Errorf("progress goes from %d to %d", last, rows)
				}
				last = rows
			}})
			if err != nil {
				t.Fatal(err)
			}
			if last != 20_500 {
				t.Errorf("progress ends at %d", last)
			}
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = content
			} else if !bytes.Equal(first, content) {
				t.Errorf("%s: %d workers write another file", name, workers)
			}
		}
	}
}

func TestWriteStops(t *testing.T) {
	for _, name := range []string{"t.csv", "t.arrow"} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(context.Background())
		err := Write(ctx, filepath.Join(dir, name), Table{Rows: 1 << 40}, WriteOptions{pieceRows: 1000, Progress: func(rows int64) {
			if rows > 3000 {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: %s is left", name, left[0].Name())
		}
	}
	if err := Write(context.Background(), "t.csv", Table{Rows: -1}, WriteOptions{}); err == nil || err.Error() != "a table of -1 rows" {
		t.Errorf("got %v", err)
	}
}

func TestOptionsReachTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.arrow")
	opts := WriteOptions{Options: output.Options{BatchRows: 1000}}
	if err := Write(context.Background(), path, Table{Rows: 2500, Columns: []Column{CityColumn()}}, opts); err != nil {
		t.Fatal(err)
	}
	file, err := storagetest.OpenFile(ipcfile.Open, path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	splits, err := file.Splits(format.Request{Columns: []int{0}, MaxRows: 5000})
	if err != nil || len(splits) != 3 {
		t.Fatalf("%d batches, %v", len(splits), err)
	}
	r, err := file.Open(splits[0], format.Request{Columns: []int{0}, MaxRows: 5000}, chunk.Heap{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var c chunk.Chunk
	if err := r.Next(context.Background(), &c); err != nil {
		t.Fatal(err)
	}
	if c.Columns[0].Dict == nil || c.Columns[0].Dict.Len != len(cities) {
		t.Error("the dictionary of the cities was not kept")
	}
	c.Release()
}
