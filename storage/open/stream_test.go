package open

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

func gzipFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// piped is the reading end of a pipe into which a goroutine copies the content
// in small pieces.
func piped(t *testing.T, content string) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer w.Close()
		in := strings.NewReader(content)
		for {
			if _, err := io.CopyN(w, in, 7); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { r.Close() })
	return r
}

func TestStandardInput(t *testing.T) {
	lay(t, map[string]string{"a.csv": "a\n1\n", "b.csv": "a\n2.5\n", "t.arrow": "table:3"})
	arrow, err := os.ReadFile("t.arrow")
	if err != nil {
		t.Fatal(err)
	}
	open := func(name string, skip int64) *os.File {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Seek(skip, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	for _, c := range []struct {
		name    string
		stdin   *os.File
		inputs  string
		rows    string
		spooled int64
	}{
		{"a pipe of text", piped(t, "a\n5\n6\n"), "-", "5 6", 6},
		{"a pipe of Arrow", piped(t, string(arrow)), "-", "0 1 2", int64(len(arrow))},
		{"a file", open("a.csv", 0), "-", "1", 0},
		{"what is left of a file", open("b.csv", 2), "-", "", 4},
		{"among files, and read anew for another type", piped(t, "a\n7\n"), "b.csv - a.csv", "2.5 7 1", 4},
		{"a file among files, and read anew", open("a.csv", 0), "b.csv -", "2.5 1", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			temp := t.TempDir()
			d := dataset(t, strings.Split(c.inputs, " "), Options{Stdin: c.stdin, TempDir: temp})
			if got := rows(t, d, 0); got != c.rows {
				t.Errorf("rows %s, want %s", got, c.rows)
			}
			if d.SpooledBytes() != c.spooled {
				t.Errorf("%d bytes spooled, want %d", d.SpooledBytes(), c.spooled)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			if left, _ := os.ReadDir(temp); len(left) > 0 {
				t.Errorf("%s is left", left[0].Name())
			}
			if _, err := c.stdin.Stat(); err != nil {
				t.Errorf("standard input was closed: %v", err)
			}
		})
	}
}

func TestStandardInputErrors(t *testing.T) {
	lay(t, map[string]string{"a.csv": "a\n1\n"})
	for _, c := range []struct {
		name  string
		stdin *os.File
		temp  string
		want  string
	}{
		{"nothing", piped(t, ""), "", "standard input: the file is empty"},
		{"nonsense", piped(t, "\x00\x01\x02\xff"), "", "standard input: unknown content: it begins with the bytes 00 01 02 ff; formats are Arrow, Parquet, CSV"},
		{"nowhere to keep it", piped(t, "a\n1\n"), "nowhere", "standard input: a file to keep it in while it is read: open nowhere/weir-input-"},
	} {
		_, err := Open(context.Background(), []string{"-"}, Options{Stdin: c.stdin, Formats: Builtin(CSV{}), TempDir: c.temp})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestWaitingForInputEndsWithTheContext(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, []string{"-"}, Options{Stdin: r, Formats: Builtin(CSV{})}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
