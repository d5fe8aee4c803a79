package csvfile

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// write makes a file of text and opens it.
func write(t testing.TB, name, text string) (*os.File, int64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return f, int64(len(text))
}

// open opens a CSV file of text.
func open(t testing.TB, o Options, text string) (format.File, error) {
	t.Helper()
	return openNamed(t, o, "t.csv", text)
}

func openNamed(t testing.TB, o Options, name, text string) (format.File, error) {
	t.Helper()
	f, size := write(t, name, text)
	file, err := o.Opener()(context.Background(), name, f, size)
	if err != nil {
		f.Close()
		return nil, err
	}
	t.Cleanup(func() { file.Close() })
	return file, nil
}

// reopen opens one text after another in the same file, for fuzzing.
func reopen(f *testing.F) func(Options, string) (format.File, error) {
	scratch, err := os.Create(filepath.Join(f.TempDir(), "t.csv"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { scratch.Close() })
	return func(o Options, text string) (format.File, error) {
		if err := scratch.Truncate(0); err != nil {
			return nil, err
		}
		if _, err := scratch.WriteAt([]byte(text), 0); err != nil {
			return nil, err
		}
		return o.open("t.csv", scratch, int64(len(text)), new(scratches))
	}
}

func mustOpen(t testing.TB, o Options, text string) format.File {
	t.Helper()
	file, err := open(t, o, text)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// all are the positions of all columns.
func all(file format.File) []int {
	columns := make([]int, len(file.Schema()))
	for i := range columns {
		columns[i] = i
	}
	return columns
}

// read reads all rows of the file as texts; null is "∅".
func read(file format.File, req format.Request) ([][]string, error) {
	if req.MaxRows == 0 {
		req.MaxRows = 1000
	}
	splits, err := file.Splits(req)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, split := range splits {
		if rows, err = readSplit(file, split, req, rows); err != nil {
			return rows, err
		}
	}
	return rows, nil
}

func readSplit(file format.File, split format.Split, req format.Request, rows [][]string) ([][]string, error) {
	return readMetered(file, split, req, nil, rows)
}

func readMetered(file format.File, split format.Split, req format.Request, meter format.Meter, rows [][]string) ([][]string, error) {
	r, err := file.Open(split, req, chunk.Heap{}, meter)
	if err != nil {
		return rows, err
	}
	defer r.Close()
	next := int64(0)
	for {
		var c chunk.Chunk
		switch err := r.Next(context.Background(), &c); {
		case err == io.EOF:
			return rows, nil
		case err != nil:
			return rows, err
		case c.FirstRow != next, c.Rows < 1, c.Rows > req.MaxRows:
			return rows, fmt.Errorf("chunk of rows [%d, +%d), expected to begin at %d and hold at most %d", c.FirstRow, c.Rows, next, req.MaxRows)
		}
		next += int64(c.Rows)
		for i := range c.Rows {
			row := make([]string, len(c.Columns))
			for k := range c.Columns {
				row[k] = text(&c.Columns[k], i)
			}
			rows = append(rows, row)
		}
		c.Release()
	}
}

// text is row r of a column.
func text(c *chunk.Column, r int) string {
	if !c.Valid(r) {
		return "∅"
	}
	switch c.Type.ID {
	case chunk.Bool:
		return strconv.FormatBool(c.Bit(r))
	case chunk.Int8:
		return fmt.Sprint(chunk.View[int8](c.Values)[r])
	case chunk.Int16:
		return fmt.Sprint(chunk.View[int16](c.Values)[r])
	case chunk.Int32, chunk.Date32:
		return fmt.Sprint(chunk.View[int32](c.Values)[r])
	case chunk.Int64, chunk.Date64, chunk.Timestamp:
		return fmt.Sprint(chunk.View[int64](c.Values)[r])
	case chunk.Uint8:
		return fmt.Sprint(chunk.View[uint8](c.Values)[r])
	case chunk.Uint16:
		return fmt.Sprint(chunk.View[uint16](c.Values)[r])
	case chunk.Uint32:
		return fmt.Sprint(chunk.View[uint32](c.Values)[r])
	case chunk.Uint64:
		return fmt.Sprint(chunk.View[uint64](c.Values)[r])
	case chunk.Float32:
		return strconv.FormatFloat(float64(chunk.View[float32](c.Values)[r]), 'g', -1, 32)
	case chunk.Float64:
		return strconv.FormatFloat(chunk.View[float64](c.Values)[r], 'g', -1, 64)
	}
	return string(c.Str(r))
}

// stringTypes makes every column of a header a string.
func stringTypes(names ...string) map[string]chunk.Type {
	types := map[string]chunk.Type{}
	for _, n := range names {
		types[n] = chunk.Type{ID: chunk.String}
	}
	return types
}

func countSplit(file format.File, split format.Split, req format.Request) (rows int, err error) {
	r, err := file.Open(split, req, chunk.Heap{}, nil)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	for {
		var c chunk.Chunk
		if err := r.Next(context.Background(), &c); err == io.EOF {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
		rows += c.Rows
		c.Release()
	}
}
