package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/weir-pipeline/weir/storage/output"
	"github.com/weir-pipeline/weir/storage/synth"
)

// prepare makes the file of an input in dir, if there is none yet, as weir gen
// does, in batches or row groups of a million rows.
func prepare(ctx context.Context, dir string, in input) (path string, err error) {
	path = filepath.Join(dir, in.file)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	fmt.Fprintf(os.Stderr, "making %s\n", path)
	return path, synth.Write(ctx, path, synth.Table{Rows: in.rows, Seed: 1}, synth.WriteOptions{Options: output.Options{BatchRows: 1_000_000}})
}

// warm reads the file, so that it is in the page cache.
func warm(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(io.Discard, f)
	return err
}
