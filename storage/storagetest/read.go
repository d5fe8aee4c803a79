package storagetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// OpenFile opens the file at path.
func OpenFile(open format.Opener, path string) (format.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	file, err := open(context.Background(), path, f, info.Size())
	if err != nil {
		f.Close() // an Opener that fails leaves the descriptor to its caller
		return nil, err
	}
	return file, nil
}

// ReadAll reads the requested columns of all rows, split after split, checking
// every chunk. It ends the test on an error.
func ReadAll(t testing.TB, file format.File, req format.Request) Table {
	t.Helper()
	mem := NewMemory(t)
	mem.OneReader = true
	tab, err := read(context.Background(), t, file, req, mem)
	if err != nil {
		t.Fatalf("reading: %v", err)
	}
	mem.Done()
	return tab
}

// read is ReadAll that returns the error.
func read(ctx context.Context, t testing.TB, file format.File, req format.Request, mem *Memory) (Table, error) {
	tab := empty(file, req)
	splits, err := file.Splits(req)
	if err != nil {
		return tab, err
	}
	for _, s := range splits {
		part, err := readSplit(ctx, t, file, s, req, mem)
		if err != nil {
			return tab, err
		}
		tab = join(tab, part)
	}
	return tab, nil
}

// readSplit reads one split. Each chunk is released before the next is read.
func readSplit(ctx context.Context, t testing.TB, file format.File, s format.Split, req format.Request, mem *Memory) (Table, error) {
	tab, _, err := readChunks(ctx, t, file, s, req, mem)
	return tab, err
}

// readChunks is readSplit that also tells which row of the split each row is
// said to be.
func readChunks(ctx context.Context, t testing.TB, file format.File, s format.Split, req format.Request, mem *Memory) (tab Table, rows []int64, err error) {
	tab = empty(file, req)
	r, err := file.Open(s, req, mem, format.NoMeter{})
	if err != nil {
		return tab, nil, err
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Errorf("split %d: close: %v", s.Index, err)
		}
	}()
	var c chunk.Chunk
	for {
		err := r.Next(ctx, &c)
		if err != nil {
			if c.Rows != 0 || len(c.Columns) != 0 {
				t.Errorf("split %d: after %v the chunk still holds %d rows of %d columns", s.Index, err, c.Rows, len(c.Columns))
			}
			if !errors.Is(err, io.EOF) {
				return tab, rows, err
			}
			if s.Rows >= 0 && int64(tab.Rows) != s.Rows {
				t.Errorf("split %d: %d rows announced, %d delivered", s.Index, s.Rows, tab.Rows)
			}
			return tab, rows, nil
		}
		if err := checkChunk(&c, file, req, int64(tab.Rows), mem); err != nil {
			t.Errorf("split %d, row %d: %v", s.Index, tab.Rows, err)
			c.Release()
			return tab, rows, nil
		}
		for i := range c.Rows {
			rows = append(rows, c.FirstRow+int64(i))
		}
		tab.appendRows(&c)
		c.Release()
	}
}

// checkChunk tells how a chunk breaks the contracts, or nil.
func checkChunk(c *chunk.Chunk, file format.File, req format.Request, firstRow int64, mem *Memory) error {
	if c.Rows < 1 || c.Rows > req.MaxRows {
		return fmt.Errorf("chunk of %d rows, allowed are 1 to %d", c.Rows, req.MaxRows)
	}
	if c.FirstRow != firstRow && len(req.Prune) == 0 || c.FirstRow < firstRow {
		return fmt.Errorf("chunk says it begins at row %d", c.FirstRow)
	}
	if len(c.Columns) != len(req.Columns) {
		return fmt.Errorf("%d columns delivered, %d requested", len(c.Columns), len(req.Columns))
	}
	for i := range c.Columns {
		col, field := &c.Columns[i], file.Schema()[req.Columns[i]]
		if col.Len != c.Rows {
			return fmt.Errorf("column %s has %d rows in a chunk of %d", field.Name, col.Len, c.Rows)
		}
		if col.Type != field.Type {
			return fmt.Errorf("column %s is %s, the schema says %s", field.Name, col.Type, field.Type)
		}
		if col.Nulls > 0 && !field.Nullable {
			return fmt.Errorf("column %s has nulls, the schema says none", field.Name)
		}
		if err := CheckColumn(col); err != nil {
			return fmt.Errorf("column %s: %w", field.Name, err)
		}
		var misaligned error
		col.Buffers(func(b *[]byte) {
			at := uintptr(unsafe.Pointer(unsafe.SliceData(*b)))
			if firstRow == 0 && at%chunk.Align != 0 && mem.holder(*b) != nil {
				misaligned = fmt.Errorf("column %s: a decoded buffer is not aligned to %d bytes", field.Name, chunk.Align)
			}
		})
		if misaligned != nil {
			return misaligned
		}
	}
	return nil
}

func empty(file format.File, req format.Request) Table {
	var tab Table
	for _, i := range req.Columns {
		tab.Schema = append(tab.Schema, file.Schema()[i])
		tab.Columns = append(tab.Columns, nil)
	}
	return tab
}

func join(a, b Table) Table {
	a.Rows += b.Rows
	for i := range a.Columns {
		a.Columns[i] = append(a.Columns[i], b.Columns[i]...)
	}
	return a
}
