package pipeline_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/weir-pipeline/weir/storage/arrowrecord"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/output"
	"github.com/weir-pipeline/weir/storage/storagetest"
	"github.com/weir-pipeline/weir/storage/synth"
)

// input is a file and what has to be known of it.
type input struct {
	name, path string
}

// synthetic writes the same table in every format: keys, a clock, floats with
// nulls, and texts.
func synthetic(t testing.TB, rows int64) []input {
	t.Helper()
	table := synth.Table{Rows: rows, Seed: 7, Columns: append(synth.DefaultColumns(), synth.CityColumn())}
	var inputs []input
	for _, f := range []struct{ name, file, compression string }{
		{"csv", "table.csv", ""},
		{"parquet", "table.parquet", ""},
		{"arrow", "table.arrow", ""},
		{"arrow zstd", "zstd.arrow", "zstd"},
	} {
		path := filepath.Join(t.TempDir(), f.file)
		opts := synth.WriteOptions{Options: output.Options{Compression: f.compression, BatchRows: int(rows/3 + 1)}}
		if err := synth.Write(context.Background(), path, table, opts); err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, input{f.name, path})
	}
	return inputs
}

// arrowTable is the synthetic table as an uncompressed Arrow file.
func arrowTable(t testing.TB, rows int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "table.arrow")
	opts := synth.WriteOptions{Options: output.Options{BatchRows: int(rows/4 + 1)}}
	if err := synth.Write(context.Background(), path, synth.Table{Rows: rows, Seed: 3}, opts); err != nil {
		t.Fatal(err)
	}
	return path
}

// extremes has a column of every type with the values that break things: nulls,
// NaN, infinities, -0, unsigned numbers beyond int64, dates and timestamps in
// every unit, texts that are empty or no UTF-8.
func extremes(t testing.TB, rows int) []input {
	t.Helper()
	table := storagetest.Generate(storagetest.AllTypes(), rows, storagetest.Nulls{At: func(r, _ int) bool { return r%11 == 4 }}, 1)
	for i := range table.Schema {
		table.Schema[i].Name = "c" + string(rune('a'+i))
		if table.Schema[i].Type.ID == chunk.String {
			table.Schema[i].Name = "text"
			table.Columns[i][0], table.Columns[i][1], table.Columns[i][2] = "\xff\xfe bytes", "", "<a&b>\u2028"
		}
		if table.Schema[i].Type.ID == chunk.Uint64 {
			table.Schema[i].Name = "unsigned"
			table.Columns[i][0] = uint64(1<<63 + 1)
		}
		if table.Schema[i].Type.ID == chunk.Float64 {
			table.Schema[i].Name = "float"
		}
	}
	record := storagetest.ArrowRecord(table, storagetest.ArrowSchema(table, arrow.BinaryTypes.String))
	defer record.Release()
	var inputs []input
	for _, compression := range []string{"none", "zstd"} {
		path := filepath.Join(t.TempDir(), "extremes.arrow")
		c, schema, err := arrowrecord.Chunk(record)
		if err != nil {
			t.Fatal(err)
		}
		out, err := output.Create(path, schema, output.Options{Compression: compression, BatchRows: rows/2 + 1})
		if err != nil {
			t.Fatal(err)
		}
		defer out.Abort()
		if err := out.Write(c); err != nil {
			t.Fatal(err)
		}
		if err := out.Commit(); err != nil {
			t.Fatal(err)
		}
		c.Release()
		inputs = append(inputs, input{"every type, " + compression, path})
	}
	return inputs
}

func writeFile(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}
