package pagecache

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const fileBytes = 8<<20 + 100

// onDisk is a file in a directory whose file system is not memory.
func onDisk(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{t.TempDir(), "."} {
		var stat unix.Statfs_t
		if err := unix.Statfs(dir, &stat); err != nil || uint32(stat.Type) == unix.TMPFS_MAGIC {
			continue
		}
		f, err := os.CreateTemp(dir, "pagecache-test-")
		if err != nil {
			continue
		}
		t.Cleanup(func() { os.Remove(f.Name()) })
		defer f.Close()
		if _, err := f.Write(bytes.Repeat([]byte("0123456789abcdef"), fileBytes/16+1)[:fileBytes]); err != nil {
			t.Fatal(err)
		}
		return f.Name()
	}
	t.Skip("no directory on a disk")
	return ""
}

func fraction(t *testing.T, path string) float64 {
	t.Helper()
	r, err := Resident(path)
	if err != nil {
		t.Fatal(err)
	}
	if r.SizeBytes != fileBytes {
		t.Fatalf("%d bytes, want %d", r.SizeBytes, fileBytes)
	}
	return r.Fraction()
}

// A file that was just written is resident and dirty; dropped it is not there,
// read it is again.
func TestDropAndWarm(t *testing.T) {
	path := onDisk(t)
	if got := fraction(t, path); got != 1 {
		t.Errorf("%v of a file that was just written is resident", got)
	}
	for range 2 { // dropping twice is harmless
		if err := Drop(path); err != nil {
			t.Fatal(err)
		}
		if got := fraction(t, path); got != 0 {
			t.Errorf("%v is resident after Drop", got)
		}
	}
	if err := Warm(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	if got := fraction(t, path); got != 1 {
		t.Errorf("%v is resident after Warm", got)
	}
}

func TestResidentInPart(t *testing.T) {
	path := onDisk(t)
	if err := Drop(path); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_RANDOM) // no read-ahead
	if _, err := f.ReadAt(make([]byte, 1<<20), 4<<20); err != nil {
		t.Fatal(err)
	}
	if got, want := fraction(t, path), float64(1<<20)/fileBytes; got < want || got > 2*want {
		t.Errorf("%v is resident, want %v", got, want)
	}
}

// Kernels before 6.5 have mincore alone. Both count the same pages, except on
// overlayfs, where cachestat sees none.
func TestCachestatAndMincoreAgree(t *testing.T) {
	path := onDisk(t)
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil || uint32(fs.Type) == unix.OVERLAYFS_SUPER_MAGIC {
		t.Skip("on overlayfs, ", err)
	}
	for name, prepare := range map[string]func() error{
		"cold": func() error { return Drop(path) },
		"warm": func() error { return Warm(context.Background(), path) },
	} {
		if err := prepare(); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		stat, err := byCachestat(f)
		if err != nil {
			t.Skip("cachestat: ", err)
		}
		core, err := byMincore(f, path, fileBytes)
		if err != nil || core != stat {
			t.Errorf("%s: cachestat counts %d pages, mincore %d (%v)", name, stat, core, err)
		}
	}
}

func TestDropOfMappedPagesFails(t *testing.T) {
	path := onDisk(t)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	mapping, err := unix.Mmap(int(f.Fd()), 0, fileBytes, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	var sum byte
	for i := 0; i < len(mapping); i += os.Getpagesize() {
		sum += mapping[i]
	}
	err = Drop(path)
	var kept *KeptError
	if !errors.As(err, &kept) || kept.Residency.ResidentBytes == 0 || !strings.Contains(err.Error(), "mapped") {
		t.Errorf("error is %v (%d)", err, sum)
	}
	if err := unix.Munmap(mapping); err != nil {
		t.Fatal(err)
	}
	if err := Drop(path); err != nil {
		t.Errorf("after the mapping is gone: %v", err)
	}
}

func TestDropFromMemoryFileSystemFails(t *testing.T) {
	f, err := os.CreateTemp("/dev/shm", "pagecache-test-")
	if err != nil {
		t.Skip(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := f.Write(make([]byte, 1<<16)); err != nil {
		t.Fatal(err)
	}
	var kept *KeptError
	if err := Drop(f.Name()); !errors.As(err, &kept) || !strings.Contains(err.Error(), "copy it to a disk") {
		t.Errorf("error is %v", err)
	}
}

func TestADirectoryHasNoPages(t *testing.T) {
	if _, err := Resident(t.TempDir()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("error is %v", err)
	}
	if _, err := Resident(filepath.Join(t.TempDir(), "x")); err == nil {
		t.Error("a missing file has pages")
	}
}

func TestWarmEndsWithItsContext(t *testing.T) {
	path := onDisk(t)
	if err := Drop(path); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Warm(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}
