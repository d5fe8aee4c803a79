package storagetest

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// corrupt reads damaged files. Each has to give an error or valid columns,
// soon, without allocating what a damaged length says.
func (f Format) corrupt(t *testing.T, types []chunk.Type) {
	w := f.write(t, Generate(types, 150, NullPatterns()[6], 11), 60)
	data, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := func(t *testing.T, what string, b []byte) {
		t.Helper()
		if err := TryRead(t, f.Open, b, f.SlackBytes); err == nil {
			return
		} else if err.Error() == "" {
			t.Errorf("%s: an error without words", what)
		}
	}
	share := 1
	if f.Brief {
		share = 8
	}
	t.Run("truncated", func(t *testing.T) {
		step := max(1, len(data)*share/131)
		for n := 0; n < len(data); n += step {
			damaged(t, fmt.Sprint("cut to ", n), data[:n])
		}
	})
	t.Run("flipped bits", func(t *testing.T) {
		rng := rand.New(rand.NewSource(13))
		for i := range 320 / share {
			b := append([]byte(nil), data...)
			// Half of the flips go to the ends, where metadata lies.
			for range 1 + rng.Intn(3) {
				at := rng.Intn(len(b))
				if end := min(len(b), 1024); i%4 == 0 {
					at = rng.Intn(end)
				} else if i%4 == 1 {
					at = len(b) - 1 - rng.Intn(end)
				}
				b[at] ^= 1 << rng.Intn(8)
			}
			damaged(t, fmt.Sprint("flip ", i), b)
		}
	})
	t.Run("overwritten words", func(t *testing.T) {
		rng := rand.New(rand.NewSource(17))
		words := [][]byte{{0xff, 0xff, 0xff, 0xff}, {0xff, 0xff, 0xff, 0x7f}, {0, 0, 0, 0}, {0, 0, 0, 0x80}, {0, 0, 0, 0x40}}
		for i := range 200 / share {
			b := append([]byte(nil), data...)
			at := rng.Intn(len(b)) &^ 3
			if i%2 == 0 {
				at = len(b) - 1 - rng.Intn(min(len(b), 1024))
			}
			copy(b[at:], words[rng.Intn(len(words))])
			damaged(t, fmt.Sprint("word ", i), b)
		}
	})
}

// TryRead reads all columns of a file with the given content that may be
// damaged. It returns the reader's error, and fails the test if the reader
// panics, hangs, delivers what breaks the contracts, leaks, or allocates more
// than the content can explain.
func TryRead(t testing.TB, open format.Opener, content []byte, slackBytes int64) (err error) {
	t.Helper()
	dir, err := os.MkdirTemp("", "damaged") // t.TempDir keeps each until the test ends
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "damaged")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	hung := time.AfterFunc(30*time.Second, func() { panic("storagetest: reading a damaged file hangs") })
	defer hung.Stop()

	before := allocatedBytes()
	mem := NewMemory(t)
	mem.LimitBytes = 64*int64(len(content)) + 1<<20
	err = tryRead(t, open, path, mem)
	mem.Done()
	if used, allowed := int64(allocatedBytes()-before), 64<<20+256*int64(len(content))+slackBytes; used > allowed {
		t.Errorf("a damaged file of %d bytes made the reader allocate %d", len(content), used)
	}
	if n := openDescriptors(path); n > 0 {
		t.Errorf("%d descriptors are still open", n)
	}
	return err
}

// allocatedBytes is all that was ever allocated on the heap. It does not stop
// the world as runtime.ReadMemStats does.
func allocatedBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func tryRead(t testing.TB, open format.Opener, path string, mem *Memory) error {
	file, err := OpenFile(open, path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = read(context.Background(), t, file, format.Request{Columns: usable(file), MaxRows: 50, Parallel: 2}, mem)
	return err
}

// TryPrune reads what req.Prune leaves of all columns of a file that may be
// damaged, and checks the chunks.
func TryPrune(t testing.TB, file format.File, req format.Request) error {
	t.Helper()
	req.Columns = usable(file)
	mem := NewMemory(t)
	mem.LimitBytes = 64 << 20
	_, err := read(context.Background(), t, file, req, mem)
	mem.Done()
	return err
}

func usable(file format.File) (columns []int) {
	for i, field := range file.Schema() {
		if field.Type.ID != chunk.Unsupported {
			columns = append(columns, i)
		}
	}
	return columns
}
