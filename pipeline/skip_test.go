package pipeline_test

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/storage/output"
	"github.com/weir-pipeline/weir/storage/parquetfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
	"github.com/weir-pipeline/weir/storage/synth"
)

// TestSkippedPagesGiveTheSameBytes filters a sorted column of a Parquet file of
// one row group, in every mode, and the same file without its page index.
func TestSkippedPagesGiveTheSameBytes(t *testing.T) {
	const rows = 600_000
	indexed := filepath.Join(t.TempDir(), "indexed.parquet")
	opts := synth.WriteOptions{Options: output.Options{BatchRows: rows}}
	if err := synth.Write(context.Background(), indexed, synth.Table{Rows: rows, Seed: 3}, opts); err != nil {
		t.Fatal(err)
	}
	plain := withoutPageIndex(t, indexed)
	job := pipeline.Job{Where: "id >= 300000 and id < 300500 and z > -1", Aggregate: "count(), sum(x) as s, first(y), last(y), median(x), min(id), max(id)"}
	job.Inputs = []string{plain}
	want, all := runWith(t, job, pipeline.Options{Mode: pipeline.Sequential})
	if all.Rows != rows || all.PrunedRows != 0 {
		t.Fatalf("without a page index, %d rows are read, %d left out", all.Rows, all.PrunedRows)
	}
	job.Inputs = []string{indexed}
	for _, w := range ways() {
		for _, chunkRows := range []int{0, 3000} {
			got, report := runWith(t, job, pipeline.Options{Mode: w.mode, Codec: w.codec, Workers: 2, ChunkRows: chunkRows})
			if got != want {
				t.Errorf("%v, chunks of %d rows: got %v, want %v", w, chunkRows, got, want)
			}
			if report.Rows > rows/8 || report.Rows+report.PrunedRows != rows || report.Bytes.Read > all.Bytes.Read/6 || report.PrunedSplits != 0 {
				t.Errorf("%v, chunks of %d rows: read %d rows, %d bytes of %d; left out %d rows, %d splits",
					w, chunkRows, report.Rows, report.Bytes.Read, all.Bytes.Read, report.PrunedRows, report.PrunedSplits)
			}
		}
	}
}

// withoutPageIndex is a copy of a file whose page index cannot be read.
func withoutPageIndex(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := storagetest.OpenFile(parquetfile.Open, path)
	if err != nil {
		t.Fatal(err)
	}
	from := int64(len("PAR1"))
	for _, g := range f.(*parquetfile.File).RowGroups() {
		from += g.CompressedBytes
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	tail := len(content) - 8
	to := tail - int(binary.LittleEndian.Uint32(content[tail:]))
	clear(content[from:to])
	copied := filepath.Join(t.TempDir(), "plain.parquet")
	if err := os.WriteFile(copied, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}
