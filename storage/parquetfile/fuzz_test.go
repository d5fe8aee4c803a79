package parquetfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/parquetfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// FuzzFile reads mutated files: an error or valid columns, within time and
// memory. Most seeds have no checksums, which would keep mutations of pages
// from getting far.
func FuzzFile(f *testing.F) {
	small := storagetest.Generate(storagetest.AllTypes(), 20, storagetest.NullPatterns()[2], 1)
	few := numbers(40)
	f.Add(ownFile(f, small, parquetfile.WriterOptions{NoChecksums: true, Compression: "none", RowGroupRows: 15}))
	f.Add(ownFile(f, few, parquetfile.WriterOptions{NoChecksums: true, PageBytes: 64}))
	f.Add(ownFile(f, few, parquetfile.WriterOptions{Compression: "zstd"}))
	f.Add(ownFile(f, few, parquetfile.WriterOptions{NoChecksums: true, Compression: "none", PageRows: 5}))
	for _, v := range variants() {
		if strings.HasPrefix(v.name, "library") {
			f.Add(v.write(f, few, 30))
		}
	}
	paths, err := filepath.Glob("testdata/*.parquet")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		storagetest.TryRead(t, parquetfile.Open, content, slackBytes)
		file, err := tryOpen(t, content)
		if err != nil {
			return
		}
		defer file.Close()
		file.RowGroups()
		var prune []format.Interval
		for i := range file.Schema() {
			prune = append(prune, format.Interval{Column: i, Lo: format.Bound{Int: 1, Float: 1, Text: "a"}, Hi: format.Bound{Open: true}})
		}
		file.Pruned(format.Request{Prune: prune})
		storagetest.TryPrune(t, file, format.Request{MaxRows: 50, Prune: prune[:min(len(prune), 1)]})
		drain(file, format.Request{MaxRows: 1 << 20}, chunk.Heap{})
	})
}
