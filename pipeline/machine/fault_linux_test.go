package machine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weir-pipeline/weir/pipeline/machine"
)

// plausible: faults were counted, and they add up to the pages touched. No fault
// is for less than a page but those that the program has elsewhere.
func plausible(t *testing.T, what string, f machine.Fault, sampleBytes int64) {
	t.Helper()
	if f.Faults <= 0 || f.Bytes <= 0 || f.Bytes%sampleBytes != 0 {
		t.Errorf("%s: %d faults of %d bytes", what, f.Faults, f.Bytes)
	}
	pages := (sampleBytes + int64(f.PageBytes) - 1) / int64(f.PageBytes) * (f.Bytes / sampleBytes)
	if got := f.PagesPerFault * float64(f.Faults); got < 0.999*float64(pages) || got > 1.001*float64(pages) {
		t.Errorf("%s: %v pages in %d faults, want %d", what, got, f.Faults, pages)
	}
	if f.PageBytes != os.Getpagesize() || f.PagesPerFault < 0.5 {
		t.Errorf("%s: %+v", what, f)
	}
	if n := f.SecondsPerFault.Samples; n != f.SecondsPerByte.Samples || int64(n) != f.Bytes/sampleBytes {
		t.Errorf("%s: %d samples of %d bytes", what, n, f.Bytes)
	}
}

func TestInputFault(t *testing.T) {
	for name, sizeBytes := range map[string]int{"a byte": 1, "a page and a bit": 5000, "less than a window": 100_001, "several windows": 9<<20 + 17} {
		t.Run(name, func(t *testing.T) {
			f, err := machine.MeasureInputFault(context.Background(), input(t, sizeBytes), machine.Options{Budget: ample})
			if err != nil {
				t.Fatal(err)
			}
			plausible(t, name, *f, int64(min(sizeBytes, 2<<20)))
		})
	}
}

func TestArenaFault(t *testing.T) {
	a, err := machine.MeasureArenaFault(context.Background(), machine.Options{Budget: ample})
	if err != nil {
		t.Fatal(err)
	}
	plausible(t, "fill", a.Fill, 2<<20)
	plausible(t, "read", a.Read, 2<<20)
}

func TestInputsThatHaveNoFaults(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	closed := input(t, 1)
	closed.Close()
	for _, c := range []struct {
		name string
		file *os.File
		want string
	}{
		{"an empty file", input(t, 0), "empty"},
		{"a directory", dir, "not a regular file"},
		{"a closed file", closed, "closed"},
		{"no file", nil, "no input file"},
		{"a file that is not in the page cache", uncached(t), "not in the page cache"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := machine.MeasureInputFault(context.Background(), c.file, machine.Options{Budget: ample})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v, error is %v", f, err)
			}
		})
	}
}

// uncached is a file that the page cache was asked to forget. It skips the test
// where files are in memory only.
func uncached(t *testing.T) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := f.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Sync(), unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)); err != nil {
		t.Fatal(err)
	}
	return f
}
