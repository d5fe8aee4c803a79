//go:build unix

package shm

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// truncated is a mapping of two pages whose file has been emptied since.
func truncated(t *testing.T) *Segment {
	t.Helper()
	size := 2 * os.Getpagesize()
	f := tempFileOf(t, string(make([]byte, size)))
	s, err := MapSegment(f, int64(size))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := f.Truncate(0); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestATruncatedFileIsAnErrorAndNoCrash(t *testing.T) {
	s := truncated(t)
	page := os.Getpagesize()
	var sum byte
	copied := make([]byte, page)
	for name, read := range map[string]func() error{
		"a loop over bytes": func() error {
			for _, b := range s.Bytes() {
				sum += b
			}
			return nil
		},
		"copy": func() error { copy(copied, s.Bytes()[page:]); return nil },
		"write(2)": func() error {
			r, w, err := os.Pipe()
			if err != nil {
				return err
			}
			defer r.Close()
			defer w.Close()
			_, err = w.Write(s.Bytes()[:100])
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := GuardFaults(read)
			if !errors.Is(err, ErrFault) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestGuardFaultsPassesResultsAndPanicsOn(t *testing.T) {
	want := errors.New("its own")
	if err := GuardFaults(func() error { return want }); err != want {
		t.Errorf("error is %v", err)
	}
	if err := GuardFaults(func() error { return nil }); err != nil {
		t.Errorf("error is %v", err)
	}
	wantPanic(t, "a bug", func() {
		GuardFaults(func() error { panic("a bug") })
	})
	wantPanic(t, "nil pointer dereference", func() {
		var p *[4]int
		GuardFaults(func() error { p[2] = 1; return nil })
	})
	wantPanic(t, "index out of range", func() {
		var none []int
		GuardFaults(func() error { return fmt.Errorf("%d", none[len(copiedNothing)]) })
	})
}

var copiedNothing []byte

func TestReadingUnmappedMemoryIsOurBugAndNoFault(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells which addresses are mapped")
	}
	// Not through a Segment: a page of its own is not mapped again meanwhile by
	// another thread, as the test reads it right after.
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Munmap(page); err != nil {
		t.Fatal(err)
	}
	wantPanic(t, "", func() {
		GuardFaults(func() error { return fmt.Errorf("%d", page[0]) })
	})
}

func TestGuardFaultsRestoresTheSetting(t *testing.T) {
	s := truncated(t)
	// The outer guard still works after the inner one has ended.
	err := GuardFaults(func() error {
		if err := GuardFaults(func() error { return fmt.Errorf("%d", s.Bytes()[0]) }); !errors.Is(err, ErrFault) {
			t.Errorf("inner error is %v", err)
		}
		return fmt.Errorf("%d", s.Bytes()[1])
	})
	if !errors.Is(err, ErrFault) {
		t.Errorf("outer error is %v", err)
	}
}
