package ipcfile_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/ipcfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// bigFile has batches of 8 columns of 64 Ki float64: 4 MiB each.
func bigFile(b *testing.B, batches int, options ...ipc.Option) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "big.arrow")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	fields := make([]arrow.Field, 8)
	for i := range fields {
		fields[i] = arrow.Field{Name: string(rune('a' + i)), Type: arrow.PrimitiveTypes.Float64}
	}
	schema := arrow.NewSchema(fields, nil)
	w, err := ipc.NewFileWriter(f, append(options, ipc.WithSchema(schema))...)
	if err != nil {
		b.Fatal(err)
	}
	values := array.NewFloat64Builder(memory.DefaultAllocator)
	for i := range 1 << 16 {
		values.Append(float64(i%1000) / 8)
	}
	col := values.NewArray()
	rec := array.NewRecord(schema, []arrow.Array{col, col, col, col, col, col, col, col}, 1<<16)
	for range batches {
		if err := w.Write(rec); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkOpen opens a file of 640 MiB and lists its splits.
func BenchmarkOpen(b *testing.B) {
	path := bigFile(b, 160)
	req := format.Request{Columns: []int{0, 3}, MaxRows: 1 << 16, Parallel: 2}
	b.ResetTimer()
	for range b.N {
		file, err := storagetest.OpenFile(ipcfile.Open, path)
		if err != nil {
			b.Fatal(err)
		}
		if splits, err := file.Splits(req); err != nil || len(splits) != 160 {
			b.Fatal(len(splits), err)
		}
		file.Close()
	}
}

func sum(values []float64) (a float64) {
	var p, q, r float64
	for ; len(values) >= 4; values = values[4:] {
		a, p, q, r = a+values[0], p+values[1], q+values[2], r+values[3]
	}
	for _, v := range values {
		a += v
	}
	return a + p + q + r
}

var sink float64

// BenchmarkSum compares summing columns as they are delivered with summing a
// slice in memory.
func BenchmarkSum(b *testing.B) {
	b.Run("slice", func(b *testing.B) {
		values := make([]float64, 8<<20)
		b.SetBytes(int64(8 * len(values)))
		for range b.N {
			sink += sum(values)
		}
	})
	for _, c := range []struct {
		name    string
		options []ipc.Option
	}{{"mapped", nil}, {"lz4", []ipc.Option{ipc.WithLZ4()}}, {"zstd", []ipc.Option{ipc.WithZstd()}}} {
		b.Run(c.name, func(b *testing.B) {
			file, err := storagetest.OpenFile(ipcfile.Open, bigFile(b, 16, c.options...))
			if err != nil {
				b.Fatal(err)
			}
			defer file.Close()
			req := format.Request{Columns: []int{0, 1, 2, 3, 4, 5, 6, 7}, MaxRows: 1 << 16}
			splits, err := file.Splits(req)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(16 * 8 * 8 << 16)
			b.ReportAllocs()
			b.ResetTimer()
			var ck chunk.Chunk
			for range b.N {
				for _, s := range splits {
					r, err := file.Open(s, req, chunk.Heap{}, nil)
					if err != nil {
						b.Fatal(err)
					}
					for err = r.Next(context.Background(), &ck); err == nil; err = r.Next(context.Background(), &ck) {
						for i := range ck.Columns {
							sink += sum(chunk.View[float64](ck.Columns[i].Values))
						}
						ck.Release()
					}
					if err != io.EOF {
						b.Fatal(err)
					}
					r.Close()
				}
			}
		})
	}
}

// BenchmarkNext is the cost of a chunk over the mapping, nothing touched.
func BenchmarkNext(b *testing.B) {
	file, err := storagetest.OpenFile(ipcfile.Open, bigFile(b, 1))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	req := format.Request{Columns: []int{0, 1, 2, 3, 4, 5, 6, 7}, MaxRows: 64, Parallel: 1}
	splits, err := file.Splits(req)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var ck chunk.Chunk
	for n := 0; n < b.N; {
		r, err := file.Open(splits[0], req, chunk.Heap{}, nil)
		if err != nil {
			b.Fatal(err)
		}
		for n < b.N && r.Next(context.Background(), &ck) == nil {
			ck.Release()
			n++
		}
		r.Close()
	}
}
