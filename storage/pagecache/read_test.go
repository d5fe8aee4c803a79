package pagecache_test

import (
	"bytes"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/weir-pipeline/weir/storage/pagecache"
)

// ReadAt gives what os.File.ReadAt gives, whether the pages are cached or not.
func TestReadAtIsThatOfTheFile(t *testing.T) {
	content := make([]byte, 1<<20+123)
	rand.New(rand.NewSource(1)).Read(content)
	path := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, c := range []struct{ at, n int }{
		{0, 0}, {0, 1}, {1, 4096}, {4095, 2}, {7, 300 << 10}, {0, len(content)}, {len(content) - 5, 5},
		{len(content) - 5, 6}, {len(content), 1}, {len(content) + 10, 1},
	} {
		got, want := make([]byte, c.n), make([]byte, c.n)
		n, err := pagecache.ReadAt(f, got, int64(c.at))
		wantN, wantErr := f.ReadAt(want, int64(c.at))
		if n != wantN || !bytes.Equal(got, want) || err != wantErr {
			t.Errorf("%d bytes at %d: %d, %v; want %d, %v", c.n, c.at, n, err, wantN, wantErr)
		}
	}
	f.Close()
	if _, err := pagecache.ReadAt(f, make([]byte, 1), 0); err == nil || err == io.EOF {
		t.Errorf("a closed file gives %v", err)
	}
}

func BenchmarkReadAt(b *testing.B) {
	path := filepath.Join(b.TempDir(), "data")
	const sizeBytes = 64 << 20
	if err := os.WriteFile(path, make([]byte, sizeBytes), 0o666); err != nil {
		b.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for _, kiB := range []int{32, 128, 256, 1024} {
		for name, read := range map[string]func(*os.File, []byte, int64) (int, error){"ReadAt": pagecache.ReadAt, "File.ReadAt": (*os.File).ReadAt} {
			b.Run(name+"/"+strconv.Itoa(kiB)+"KiB", func(b *testing.B) {
				buf := make([]byte, kiB<<10)
				b.SetBytes(int64(len(buf)))
				for i := range b.N {
					if _, err := read(f, buf, int64(i*len(buf)%sizeBytes)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
