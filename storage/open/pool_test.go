package open

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// openFiles counts the dataset's files that are open.
func openFiles(d *Dataset) int {
	n := 0
	for i := range d.Files() {
		if d.File(i) != nil {
			n++
		}
	}
	return n
}

// manyFiles are n files of one row each, of all formats.
func manyFiles(t *testing.T, n int) (want string) {
	t.Helper()
	files := map[string]string{}
	var all []string
	for i := range n {
		switch i % 3 {
		case 0:
			files[fmt.Sprintf("%05d.csv", i)] = fmt.Sprintf("x,n\n0.5,%d\n", i)
			all = append(all, fmt.Sprint(i))
		case 1:
			files[fmt.Sprintf("%05d.arrow", i)] = "table:1"
			all = append(all, "0")
		case 2:
			files[fmt.Sprintf("%05d.parquet", i)] = "table:2"
			all = append(all, "0", "1")
		}
	}
	lay(t, files)
	return strings.Join(all, " ")
}

func TestFewFilesStayOpen(t *testing.T) {
	want := manyFiles(t, 60)
	d := dataset(t, []string{"."}, Options{MaxOpen: 5})
	if n := openFiles(d); n > 5 {
		t.Errorf("%d files are open after opening", n)
	}
	n := d.Schema()
	column := 0
	if n[1].Name == "n" {
		column = 1
	}
	if got := rows(t, d, column); got != want {
		t.Errorf("rows %s, want %s", got, want)
	}
	if n := openFiles(d); n > 5 {
		t.Errorf("%d files are open after reading", n)
	}
}

// TestHeldChunksKeepTheirFile reads the first chunk of every mapped file and
// looks at all of them in the end.
func TestHeldChunksKeepTheirFile(t *testing.T) {
	files := map[string]string{}
	for i := range 20 {
		files[fmt.Sprintf("%02d.arrow", i)] = "table:3"
	}
	lay(t, files)
	d := dataset(t, []string{"."}, Options{MaxOpen: 3})
	req := format.Request{Columns: []int{1}, MaxRows: 10}
	splits, err := d.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	held := make([]chunk.Chunk, len(splits))
	for i, s := range splits {
		r, err := d.Open(s, req, chunk.Heap{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Next(context.Background(), &held[i]); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if d.File(s.File) == nil {
			t.Fatal("the file of a held chunk was closed")
		}
	}
	for i := range held {
		if v := chunk.View[float64](held[i].Columns[0].Values); len(v) != 3 || v[2] != 2.5 {
			t.Errorf("chunk %d holds %v", i, v)
		}
		held[i].Release()
	}
	if n := openFiles(d); n > 3 {
		t.Errorf("%d files are open in the end", n)
	}
}

func TestManyLanes(t *testing.T) {
	manyFiles(t, 90)
	d := dataset(t, []string{"."}, Options{MaxOpen: 4})
	req := format.Request{Columns: []int{0, 1}, MaxRows: 10, Parallel: 8}
	splits, err := d.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	next := make(chan Split)
	var mu sync.Mutex
	total := 0
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for s := range next {
				r, err := d.Open(s, req, chunk.Heap{}, format.NoMeter{})
				if err != nil {
					t.Error(err)
					continue
				}
				var c chunk.Chunk
				for r.Next(context.Background(), &c) == nil {
					mu.Lock()
					total += c.Rows
					mu.Unlock()
					c.Release()
				}
				r.Close()
			}
		}()
	}
	for range 3 {
		for _, s := range splits {
			next <- s
		}
	}
	close(next)
	wg.Wait()
	if want := 3 * (30 + 30 + 60); total != want {
		t.Errorf("read %d rows, want %d", total, want)
	}
}

func TestAFileThatChanges(t *testing.T) {
	manyFiles(t, 9)
	d := dataset(t, []string{"."}, Options{MaxOpen: 1})
	req := format.Request{Columns: []int{0}, MaxRows: 10}
	splits, err := d.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("00000.csv", []byte("x,n\n0.5,1\n0.5,2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Open(splits[0], req, chunk.Heap{}, nil); err == nil || err.Error() != "00000.csv: the file was changed while it was read" {
		t.Errorf("a longer file: %v", err)
	}
	if err := os.Chtimes("00003.csv", time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Splits(req); err == nil || !strings.Contains(err.Error(), "the file was changed while it was read") {
		t.Errorf("a newer file: %v", err)
	}
	if err := os.Remove("00004.arrow"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Open(splits[4], req, chunk.Heap{}, nil); err == nil || !strings.HasPrefix(err.Error(), "00004.arrow: no such file") {
		t.Errorf("a file that is gone: %v", err)
	}
}

// TestThousandsOfFiles opens more files than a process usually may have open.
func TestThousandsOfFiles(t *testing.T) {
	const n = 2000
	dir := t.TempDir()
	for i := range n {
		name := filepath.Join(dir, fmt.Sprintf("%d", i%40), fmt.Sprintf("%05d.csv", i))
		if i < 40 {
			if err := os.Mkdir(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(name, []byte("a\n1\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	d := dataset(t, []string{dir}, Options{MaxOpen: 100})
	if got := len(strings.Fields(rows(t, d, 0))); got != n {
		t.Errorf("%d rows", got)
	}
	if open := openFiles(d); open > 100 {
		t.Errorf("%d files are open", open)
	}
}
