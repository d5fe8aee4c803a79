// Package storagetest is the conformance suite that every file format passes,
// with the table model, the watchful memory and the generators it is made of.
package storagetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// Format is one file format, or one variant of it, under test.
type Format struct {
	Name string
	Open format.Opener

	// Write encodes the table as a file at path. It fails the test on an error.
	Write func(t testing.TB, path string, tab Table, opt WriteOptions)

	// Supports tells whether the format can hold a column type; nil is all.
	Supports func(chunk.Type) bool

	// Normalize is what reading gives back for a table that was written, where
	// the format cannot tell the difference (CSV has no types). nil is the same.
	// It must not change its argument.
	Normalize func(Table) Table

	// SlackBytes is heap that a reader may allocate whatever the file, for
	// decoders of a fixed size, beyond 64 MiB. Only used with corrupt files.
	SlackBytes int64

	// Brief tries fewer sizes and lanes and an eighth of the damaged files: for a
	// variant that shares most of its code with another.
	Brief bool
}

// WriteOptions say how Write lays out the file.
type WriteOptions struct {
	SplitRows int // rows in a split, where the writer decides that
}

// Run tests that the format keeps the contracts of package format.
func Run(t *testing.T, f Format) {
	if f.Normalize == nil {
		f.Normalize = func(tab Table) Table { return tab }
	}
	var types []chunk.Type
	for _, typ := range AllTypes() {
		if f.Supports == nil || f.Supports(typ) {
			types = append(types, typ)
		}
	}
	some := NullPatterns()[6]
	t.Run("sizes", func(t *testing.T) {
		sizes := []int{0, 1, 2, 63, 64, 65, 127, 2047, 2048, 2049}
		if f.Brief {
			sizes = []int{0, 1, 65, 2048}
		}
		for _, rows := range sizes {
			t.Run(fmt.Sprint(rows, " rows"), func(t *testing.T) {
				f.checkTable(t, Generate(types, rows, some, int64(rows)), 700, 1000, 65536)
			})
		}
	})
	t.Run("nulls", func(t *testing.T) {
		for i, nulls := range NullPatterns() {
			t.Run(nulls.Name, func(t *testing.T) {
				f.checkTable(t, Generate(types, 333, nulls, int64(100+i)), 130, 1, 7, 64, 1000)
			})
		}
	})
	w := f.write(t, Generate(types, 3001, some, 7), 900)
	t.Run("columns", w.columns)
	t.Run("lanes", w.lanes)
	t.Run("order of splits", w.order)
	t.Run("chunks outlive their reader", w.outlive)
	t.Run("cancel", w.cancel)
	t.Run("no memory", w.noMemory)
	t.Run("close midway", w.closeMidway)
	t.Run("prune", w.prune)
	t.Run("corrupt", func(t *testing.T) { f.corrupt(t, types) })
}

// written is a table in a file.
type written struct {
	Format
	path string
	want Table
}

func (f Format) write(t *testing.T, tab Table, splitRows int) *written {
	t.Helper()
	w := &written{Format: f, path: filepath.Join(t.TempDir(), "data."+strings.ReplaceAll(f.Name, " ", "-")), want: f.Normalize(tab)}
	f.Write(t, w.path, tab, WriteOptions{SplitRows: splitRows})
	return w
}

// open opens the file; the test's end closes it and looks for leaks.
func (w *written) open(t *testing.T) format.File {
	t.Helper()
	goroutines := runtime.NumGoroutine()
	file, err := OpenFile(w.Open, w.path)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if n := openDescriptors(w.path); n > 0 {
			t.Errorf("%d descriptors of the file are still open", n)
		}
		deadline := time.Now().Add(2 * time.Second)
		for runtime.NumGoroutine() > goroutines {
			if time.Now().After(deadline) {
				t.Errorf("%d goroutines before, %d after", goroutines, runtime.NumGoroutine())
				return
			}
			time.Sleep(time.Millisecond)
		}
	})
	return file
}

// openDescriptors counts this process's descriptors of a file; 0 where the
// system cannot tell.
func openDescriptors(path string) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	n := 0
	for _, e := range entries {
		if target, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && target == path {
			n++
		}
	}
	return n
}

// checkTable writes a table and reads all of it back in chunks of each size.
func (f Format) checkTable(t *testing.T, tab Table, splitRows int, maxRows ...int) {
	w := f.write(t, tab, splitRows)
	file := w.open(t)
	for _, n := range maxRows {
		t.Run(fmt.Sprint("chunks of ", n), func(t *testing.T) {
			Equal(t, ReadAll(t, file, format.Request{Columns: w.want.All(), MaxRows: n, Parallel: 1}), w.want)
		})
	}
}

// columns reads subsets of the columns, in other orders, twice the same, none.
func (w *written) columns(t *testing.T) {
	file := w.open(t)
	all := w.want.All()
	last := len(all) - 1
	backwards := slices.Clone(all)
	slices.Reverse(backwards)
	cases := map[string][]int{"none": {}, "backwards": backwards, "last": {last}, "last then first": {last, 0}, "the same twice": {1, 1}}
	for i := range all {
		cases["alone "+w.want.Schema[i].Name] = []int{i}
	}
	for name, columns := range cases {
		t.Run(name, func(t *testing.T) {
			Equal(t, ReadAll(t, file, format.Request{Columns: columns, MaxRows: 500}), w.want.Select(columns...))
		})
	}
}

// lanes reads with other degrees of parallelism, so with other splits.
func (w *written) lanes(t *testing.T) {
	file := w.open(t)
	lanes := []int{0, 1, 2, 3, 16}
	if w.Brief {
		lanes = []int{1, 16}
	}
	for _, parallel := range lanes {
		for _, maxRows := range []int{7, 64, 1000} {
			t.Run(fmt.Sprint(parallel, " lanes, chunks of ", maxRows), func(t *testing.T) {
				req := format.Request{Columns: w.want.All(), MaxRows: maxRows, Parallel: parallel}
				Equal(t, ReadAll(t, file, req), w.want)
			})
		}
	}
}

// order reads the splits alone, backwards and at the same time.
func (w *written) order(t *testing.T) {
	file := w.open(t)
	req := format.Request{Columns: w.want.All(), MaxRows: 64, Parallel: 4}
	splits, err := file.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	again, err := file.Splits(req)
	if err != nil || len(again) != len(splits) {
		t.Fatalf("asked twice for splits: got %d, then %d (%v)", len(splits), len(again), err)
	}
	for i, s := range splits {
		if s.Index != i {
			t.Errorf("split %d has index %d", i, s.Index)
		}
		if s.SizeBytes < 0 || i > 0 && s.Offset < splits[i-1].Offset {
			t.Errorf("split %d: %d bytes from %d, after %d", i, s.SizeBytes, s.Offset, splits[i-1].Offset)
		}
	}
	parts := make([]Table, len(splits))
	one := func(t *testing.T, i int) {
		mem := NewMemory(t)
		part, err := readSplit(context.Background(), t, file, again[i], req, mem)
		if err != nil {
			t.Errorf("split %d: %v", i, err)
		}
		mem.Done()
		parts[i] = part
	}
	whole := func(t *testing.T) {
		tab := empty(file, req)
		for _, p := range parts {
			tab = join(tab, p)
		}
		Equal(t, tab, w.want)
	}
	t.Run("backwards", func(t *testing.T) {
		for i := len(splits) - 1; i >= 0; i-- {
			one(t, i)
		}
		whole(t)
	})
	t.Run("at the same time", func(t *testing.T) {
		var wg sync.WaitGroup
		for i := range splits {
			wg.Add(1)
			go func() {
				defer wg.Done()
				one(t, i)
			}()
		}
		wg.Wait()
		whole(t)
	})
}

// outlive holds all chunks until all readers are closed.
func (w *written) outlive(t *testing.T) {
	file := w.open(t)
	mem := NewMemory(t)
	req := format.Request{Columns: w.want.All(), MaxRows: 111, Parallel: 2}
	splits, err := file.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	var chunks []*chunk.Chunk
	for _, s := range splits {
		r, err := file.Open(s, req, mem, nil)
		if err != nil {
			t.Fatal(err)
		}
		for {
			c := new(chunk.Chunk)
			if err := r.Next(context.Background(), c); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			chunks = append(chunks, c)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	tab := empty(file, req)
	for _, c := range chunks {
		tab.appendRows(c)
	}
	Equal(t, tab, w.want)
	for _, i := range rand.New(rand.NewSource(5)).Perm(len(chunks)) {
		chunks[i].Release()
	}
	mem.Done()
}

// cancel expects an error from a cancelled context.
func (w *written) cancel(t *testing.T) {
	file := w.open(t)
	mem := NewMemory(t)
	defer mem.Done()
	req := format.Request{Columns: w.want.All(), MaxRows: 10, Parallel: 1}
	splits, err := file.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	for _, before := range []int{0, 1} {
		r, err := file.Open(splits[0], req, mem, nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var c chunk.Chunk
		for range before {
			if err := r.Next(ctx, &c); err != nil {
				t.Fatal(err)
			}
			c.Release()
		}
		cancel()
		if err := r.Next(ctx, &c); !errors.Is(err, context.Canceled) {
			t.Errorf("after %d chunks: got %v, want a cancelled context", before, err)
			c.Release()
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// noMemory expects the memory's own error, unless nothing had to be decoded.
func (w *written) noMemory(t *testing.T) {
	file := w.open(t)
	mem := NewMemory(t)
	mem.LimitBytes = 64
	_, err := read(context.Background(), t, file, format.Request{Columns: w.want.All(), MaxRows: 1000}, mem)
	if m, ok := file.(format.Mapped); err == nil && !(ok && m.Mapping() != nil) {
		t.Error("decoded into a memory that is too small")
	}
	mem.Done()
}

// closeMidway stops reading after each number of chunks.
func (w *written) closeMidway(t *testing.T) {
	file := w.open(t)
	mem := NewMemory(t)
	defer mem.Done()
	req := format.Request{Columns: w.want.All(), MaxRows: 100, Parallel: 1}
	splits, err := file.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range splits {
		for read := range 4 {
			r, err := file.Open(s, req, mem, nil)
			if err != nil {
				t.Fatal(err)
			}
			var c chunk.Chunk
			for range read {
				if err := r.Next(context.Background(), &c); err == nil {
					c.Release()
				} else if err != io.EOF {
					t.Fatal(err)
				}
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
