package shm

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func tempFileOf(t *testing.T, content string) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "input.arrow"))
	if err == nil {
		_, err = f.WriteString(content)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestSegmentSlice(t *testing.T) {
	s, err := MapSegment(tempFileOf(t, "0123456789"), 8)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, c := range []struct {
		name           string
		offset, length int64
		want           string
		ok             bool
	}{
		{"all", 0, 8, "01234567", true},
		{"a part", 2, 3, "234", true},
		{"nothing", 3, 0, "", true},
		{"nothing, at the end", 8, 0, "", true},
		{"beyond the mapped part", 0, 9, "", false},
		{"partly beyond", 7, 2, "", false},
		{"starts beyond", 9, 0, "", false},
		{"negative offset", -1, 2, "", false},
		{"negative length", 4, -1, "", false},
		{"a sum that overflows", 4, math.MaxInt64 - 2, "", false},
		{"an offset that overflows", math.MaxInt64, math.MaxInt64, "", false},
		{"the least numbers", math.MinInt64, math.MinInt64, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := s.Slice(c.offset, c.length)
			if string(got) != c.want || (err == nil) != c.ok {
				t.Errorf("Slice(%d, %d) = %q, %v", c.offset, c.length, got, err)
			}
			if c.ok && cap(got) != len(got) {
				t.Errorf("capacity %d reaches beyond the %d bytes", cap(got), len(got))
			}
		})
	}
	_, err = s.Slice(7, 2)
	if want := "2 bytes at offset 7 are outside the segment of 8 bytes"; err.Error() != want {
		t.Errorf("error is %q, want %q", err, want)
	}
}

func TestMapSegment(t *testing.T) {
	f := tempFileOf(t, "0123456789")
	t.Run("of a file that is shorter now", func(t *testing.T) {
		_, err := MapSegment(f, 11)
		if err == nil || !strings.HasSuffix(err.Error(), "input.arrow: file changed: it has 10 bytes and had at least 11") {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("of an impossible size", func(t *testing.T) {
		for _, size := range []int64{-1, math.MinInt64, math.MaxInt64} {
			if _, err := MapSegment(f, size); err == nil {
				t.Errorf("%d bytes are mapped", size)
			}
		}
	})
	t.Run("of an empty file", func(t *testing.T) {
		s, err := MapSegment(tempFileOf(t, ""), 0)
		if err != nil {
			t.Fatal(err)
		}
		if buf, err := s.Slice(0, 0); len(buf) != 0 || err != nil {
			t.Errorf("Slice(0, 0) = %q, %v", buf, err)
		}
		if _, err := s.Slice(0, 1); err == nil {
			t.Error("an empty segment has a byte")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("outlives the descriptor", func(t *testing.T) {
		f := tempFileOf(t, "still here")
		s, err := MapSegment(f, 10)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		if string(s.Bytes()) != "still here" {
			t.Errorf("bytes are %q", s.Bytes())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("second Close = %v", err)
		}
	})
}
