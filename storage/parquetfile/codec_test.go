package parquetfile_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"

	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/parquetfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

func TestCodecsOfTheLibrary(t *testing.T) {
	tab := storagetest.Generate(storagetest.AllTypes(), 600, storagetest.NullPatterns()[6], 3)
	for name, codec := range map[string]compress.Compression{
		"none": compress.Codecs.Uncompressed, "snappy": compress.Codecs.Snappy, "gzip": compress.Codecs.Gzip,
		"zstd": compress.Codecs.Zstd, "brotli": compress.Codecs.Brotli,
	} {
		for version, v := range map[string]parquet.DataPageVersion{"v1": parquet.DataPageV1, "v2": parquet.DataPageV2} {
			t.Run(name+" "+version, func(t *testing.T) {
				content := libraryFile(t, tab, 260, []parquet.WriterProperty{
					parquet.WithCompression(codec), parquet.WithDataPageVersion(v), parquet.WithDataPageSize(1000)})
				file := openBytes(t, content)
				for _, col := range file.RowGroups()[0].Columns {
					if col.Codec != name {
						t.Errorf("column %s: codec %s", col.Name, col.Codec)
					}
				}
				storagetest.Equal(t, storagetest.ReadAll(t, file, format.Request{Columns: tab.All(), MaxRows: 150}), nearest(tab))
			})
		}
	}
}

// openBytes opens a file with the given content.
func openBytes(t testing.TB, content []byte) *parquetfile.File {
	t.Helper()
	file, err := tryOpen(t, content)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// tryOpen is openBytes for content that may be damaged. Errors call it data.parquet.
func tryOpen(t testing.TB, content []byte) (*parquetfile.File, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.parquet")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parquetfile.Open(context.Background(), "data.parquet", f, int64(len(content)))
	if err != nil {
		f.Close()
		return nil, err
	}
	return file.(*parquetfile.File), nil
}
