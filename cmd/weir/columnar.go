package main

import (
	"io"

	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/ipcwriter"
	"github.com/weir-pipeline/weir/storage/parquetfile"
)

// newArrowRows writes a result as an uncompressed Arrow file, which weir and
// others map.
func newArrowRows(w io.Writer) result.RowWriter {
	return result.NewChunks(func(schema chunk.Schema) (result.ChunkWriter, error) {
		return ipcwriter.New(w, schema, ipcwriter.Options{})
	})
}

// newParquetRows writes a result as a Parquet file.
func newParquetRows(w io.Writer) result.RowWriter {
	return result.NewChunks(func(schema chunk.Schema) (result.ChunkWriter, error) {
		return parquetfile.NewWriter(w, schema, parquetfile.WriterOptions{})
	})
}
