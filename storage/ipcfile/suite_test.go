package ipcfile_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/ipcfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

func TestSuite(t *testing.T) {
	for i, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			storagetest.Run(t, storagetest.Format{Name: v.name, Open: ipcfile.Open, Write: v.write, Brief: i > 1})
		})
	}
}

// reading is a file that is asked to read its values, not to map them.
type reading struct{ format.File }

func (r reading) Splits(req format.Request) ([]format.Split, error) {
	req.Read = true
	return r.File.Splits(req)
}

func (r reading) Open(split format.Split, req format.Request, mem chunk.Memory, meter format.Meter) (format.Reader, error) {
	req.Read = true
	return r.File.Open(split, req, mem, meter)
}

func openReading(ctx context.Context, name string, f *os.File, sizeBytes int64) (format.File, error) {
	file, err := ipcfile.Open(ctx, name, f, sizeBytes)
	if err != nil {
		return nil, err
	}
	return reading{file}, nil
}

func TestSuiteReading(t *testing.T) {
	for i, v := range variants() {
		if strings.Contains(v.name, "lz4") || strings.Contains(v.name, "zstd") {
			continue // decompressed either way
		}
		t.Run(v.name, func(t *testing.T) {
			storagetest.Run(t, storagetest.Format{Name: v.name, Open: openReading, Write: v.write, Brief: i > 1})
		})
	}
}
