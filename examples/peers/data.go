package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v15/parquet/file"

	"github.com/weir-pipeline/weir/pipeline/quantity"
)

// dataFile is a file that the tasks read.
type dataFile struct {
	format    tableFormat
	path      string
	rows      int64
	sizeBytes int64
	writer    string // what a Parquet file says of its writer
}

// groupRows is the size of row groups and record batches.
const groupRows = 1_000_000

// fileName is t10M.csv, t20k.arrow, t123.parquet.
func fileName(rows int64, format string) string {
	count := strconv.FormatInt(rows, 10)
	switch {
	case rows >= 1e6 && rows%1e6 == 0:
		count = strconv.FormatInt(rows/1e6, 10) + "M"
	case rows >= 1e3 && rows%1e3 == 0:
		count = strconv.FormatInt(rows/1e3, 10) + "k"
	}
	return "t" + count + "." + format
}

// prepare finds the file of a format, or makes it, and checks how many rows it
// has.
func prepare(ctx context.Context, s *settings, format string, found []way, messages io.Writer) (*dataFile, error) {
	f := &dataFile{format: formatOf(format)}
	f.rows = f.format.rows
	if s.rows > 0 {
		f.rows = s.rows
	}
	dir := s.data
	if dir == "" {
		dir = filepath.Join(s.dir, "data")
	}
	f.path = filepath.Join(dir, fileName(f.rows, format))
	if _, err := os.Stat(f.path); errors.Is(err, os.ErrNotExist) {
		if s.data != "" {
			return nil, fmt.Errorf("-data: there is no %s; leave -data out, and it is made in data in -dir", f.path)
		}
		if err := makeFile(ctx, s, f, found, messages); err != nil {
			return nil, fmt.Errorf("%s cannot be made: %w", f.path, err)
		}
	}
	if err := f.check(ctx, s); err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	return f, nil
}

// makeFile makes the file by weir gen. A Parquet file is made by DuckDB if it can
// be, from the CSV with the same rows, so that weir does not read what weir has
// written.
func makeFile(ctx context.Context, s *settings, f *dataFile, found []way, messages io.Writer) error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o755); err != nil {
		return err
	}
	duckdb := slices.IndexFunc(found, func(w way) bool { return w.name == "duckdb" })
	if f.format.name == "parquet" && s.parquetWriter != "weir" {
		if duckdb >= 0 {
			return makeByDuckDB(ctx, s, f, found, found[duckdb], messages)
		}
		if s.parquetWriter == "duckdb" {
			return errors.New("-parquet-writer duckdb: DuckDB is not there")
		}
	}
	fmt.Fprintf(messages, "making %s: weir gen, %s\n", f.path, quantity.Count(f.rows, "row"))
	args := []string{s.weir, "gen", "--rows", strconv.FormatInt(f.rows, 10), "--progress", "off", "--batch-rows", strconv.Itoa(groupRows), f.path}
	_, err := command{args: args}.run(ctx, s.limit)
	return err
}

func makeByDuckDB(ctx context.Context, s *settings, f *dataFile, found []way, duckdb way, messages io.Writer) error {
	csv, err := prepare(ctx, s.with(f.rows), "csv", found, messages)
	if err != nil {
		return err
	}
	fmt.Fprintf(messages, "making %s: DuckDB, from %s\n", f.path, csv.path)
	part := f.path + ".part"
	defer os.Remove(part)
	write := duckdb.command(task{name: "write"}, csv.path)
	write.args[len(write.args)-1] = part // instead of the number of threads
	if _, err := write.run(ctx, s.limit); err != nil {
		return err
	}
	return os.Rename(part, f.path)
}

// with is s with another number of rows.
func (s *settings) with(rows int64) *settings {
	other := *s
	other.rows = rows
	return &other
}

// check reads how many rows the file has, and the rest of what is to be said
// of it.
func (f *dataFile) check(ctx context.Context, s *settings) error {
	info, err := os.Stat(f.path)
	if err != nil {
		return err
	}
	f.sizeBytes = info.Size()
	o, err := command{args: []string{s.weir, "run", "--agg", "count()", "--format", "json", "--timings", "none", "--progress", "off", f.path}}.run(ctx, s.limit)
	if err != nil {
		return err
	}
	var count struct{ Rows [][]int64 }
	if err := json.Unmarshal(o.stdout, &count); err != nil {
		return fmt.Errorf("its number of rows: %w", err)
	}
	if count.Rows[0][0] != f.rows {
		return fmt.Errorf("it has %s, but by its name it should have %s: remove it", quantity.Count(count.Rows[0][0], "row"), quantity.Thousands(f.rows))
	}
	if f.format.name == "parquet" {
		p, err := file.OpenParquetFile(f.path, false)
		if err != nil {
			return err
		}
		defer p.Close()
		f.writer = p.MetaData().GetCreatedBy()
	}
	return nil
}

// bringToCache reads the file.
func (f *dataFile) bringToCache() error {
	r, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, make([]byte, 1<<20))
	return err
}
