package shm

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What is forgotten takes no memory of the process, and is read again.
func TestForgottenPagesAreNotMapped(t *testing.T) {
	page := os.Getpagesize()
	content := strings.Repeat("weir", 64*page/4)
	s, err := MapSegment(tempFileOf(t, content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	read := func() bool { return bytes.Equal(s.Bytes(), []byte(content)) }
	if !read() {
		t.Fatal("the segment is not the file")
	}
	faults := func() int64 {
		var before, after unix.Rusage
		unix.Getrusage(unix.RUSAGE_SELF, &before)
		if !read() {
			t.Error("a forgotten segment is not the file")
		}
		unix.Getrusage(unix.RUSAGE_SELF, &after)
		return after.Minflt - before.Minflt
	}
	Forget(nil)
	Forget(s.Bytes()[1:5]) // no whole page
	Forget(s.Bytes())
	if faults() == 0 {
		t.Error("all pages are still mapped")
	}
	if part := s.Bytes()[page : 2*page]; !s.Holds(part) || s.Holds([]byte("weir")) || s.Holds(nil) {
		t.Error("Holds does not tell a part from other memory")
	}
}
