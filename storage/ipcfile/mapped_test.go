package ipcfile_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/ipcfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// tally is a Meter that keeps what it is told.
type tally struct {
	read   int64
	copied map[string]int64 // by column and cause
}

func (m *tally) Switch(format.Phase)  {}
func (m *tally) Read(sizeBytes int64) { m.read += sizeBytes }
func (m *tally) Copied(column string, sizeBytes int64, cause string) {
	if m.copied == nil {
		m.copied = map[string]int64{}
	}
	m.copied[column+": "+cause] += sizeBytes
}

// drain reads all splits and hands each chunk to f before it is released.
func drain(t testing.TB, file format.File, req format.Request, mem chunk.Memory, meter format.Meter, f func(*chunk.Chunk)) {
	t.Helper()
	splits, err := file.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	var c chunk.Chunk
	for _, s := range splits {
		r, err := file.Open(s, req, mem, meter)
		if err != nil {
			t.Fatal(err)
		}
		for {
			err := r.Next(context.Background(), &c)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			f(&c)
			c.Release()
		}
		r.Close()
	}
}

func inside(whole, part []byte) bool {
	from, at := uintptr(unsafe.Pointer(unsafe.SliceData(whole))), uintptr(unsafe.Pointer(unsafe.SliceData(part)))
	return at >= from && at+uintptr(len(part)) <= from+uintptr(len(whole))
}

func openVariant(t testing.TB, name string, tab storagetest.Table, splitRows int) format.File {
	t.Helper()
	for _, v := range variants() {
		if v.name != name {
			continue
		}
		path := filepath.Join(t.TempDir(), "data.arrow")
		v.write(t, path, tab, storagetest.WriteOptions{SplitRows: splitRows})
		file, err := storagetest.OpenFile(ipcfile.Open, path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		return file
	}
	t.Fatalf("no variant %q", name)
	return nil
}

func TestNothingOfAnUncompressedFileIsCopied(t *testing.T) {
	tab := storagetest.Generate(storagetest.AllTypes(), 5000, storagetest.NullPatterns()[6], 1)
	for _, name := range []string{"file", "stream", "file large_utf8", "file dictionary int32"} {
		t.Run(name, func(t *testing.T) {
			file := openVariant(t, name, tab, 2000)
			mapping := file.(format.Mapped).Mapping()
			if mapping == nil {
				t.Fatal("the file is not mapped")
			}
			mem, meter, rows := storagetest.NewMemory(t), &tally{}, 0
			req := format.Request{Columns: tab.All(), MaxRows: 512, Parallel: 2}
			drain(t, file, req, mem, meter, func(c *chunk.Chunk) {
				rows += c.Rows
				for i := range c.Columns {
					c.Columns[i].Buffers(func(b *[]byte) {
						if !inside(mapping, *b) {
							t.Errorf("%d bytes of column %s lie outside the mapping", len(*b), tab.Schema[i].Name)
						}
					})
				}
			})
			if mem.Leased() != 0 || len(meter.copied) != 0 || rows != tab.Rows {
				t.Errorf("%d leases, copied %v, %d rows", mem.Leased(), meter.copied, rows)
			}
			if size := int64(len(mapping)); meter.read < size*7/10 || meter.read > size {
				t.Errorf("says that it read %d bytes of a file of %d", meter.read, size)
			}
		})
	}
}

func TestReadingPointsNowhereIntoTheMapping(t *testing.T) {
	tab := storagetest.Generate(storagetest.AllTypes(), 5000, storagetest.NullPatterns()[6], 1)
	for _, name := range []string{"file", "stream", "file large_utf8", "file dictionary int32"} {
		t.Run(name, func(t *testing.T) {
			file := openVariant(t, name, tab, 2000)
			mapping := file.(format.Mapped).Mapping()
			mem, meter, rows, chunks := storagetest.NewMemory(t), &tally{}, 0, 0
			req := format.Request{Columns: tab.All(), MaxRows: 512, Parallel: 2, Read: true}
			drain(t, file, req, mem, meter, func(c *chunk.Chunk) {
				rows, chunks = rows+c.Rows, chunks+1
				if !c.Held() {
					t.Error("a chunk leases no memory")
				}
				for i := range c.Columns {
					col := c.Columns[i]
					col.Dict = nil // dictionaries are used in place
					col.Buffers(func(b *[]byte) {
						if inside(mapping, *b) {
							t.Errorf("%d bytes of column %s lie in the mapping", len(*b), tab.Schema[i].Name)
						}
					})
				}
			})
			if len(meter.copied) != 0 || rows != tab.Rows || chunks < rows/512 {
				t.Errorf("copied %v, %d rows in %d chunks", meter.copied, rows, chunks)
			}
			if size := int64(len(mapping)); meter.read < size*7/10 || meter.read > size {
				t.Errorf("says that it read %d bytes of a file of %d", meter.read, size)
			}
		})
	}
}

func TestLongTextsAreReadFewRowsAtATime(t *testing.T) {
	one := rawSchema{fields: []rawField{textField("t")}}
	const rows, textBytes = 64, 1000
	offsets := make([]int32, rows+1)
	for i := range offsets {
		offsets[i] = int32(i * textBytes)
	}
	file, err := openBytes(t, one.stream(rawBatch{rows: rows, nodes: []int64{rows, 0}, buffers: [][]byte{nil, i32s(offsets...), make([]byte, rows*textBytes)}}))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	small := smallMemory{chunk.Heap{}}
	drain(t, file, format.Request{Columns: []int{0}, MaxRows: rows, Read: true}, small, nil, func(c *chunk.Chunk) {
		if seen += c.Rows; c.SizeBytes() > small.CapacityBytes() {
			t.Errorf("a chunk of %d bytes", c.SizeBytes())
		}
	})
	if seen != rows {
		t.Errorf("%d rows", seen)
	}
}

// smallMemory holds 64 KiB.
type smallMemory struct{ chunk.Heap }

func (smallMemory) CapacityBytes() int64 { return 64 << 10 }

func TestCopiesAreReported(t *testing.T) {
	one := rawSchema{fields: []rawField{intField("x", 64)}}
	coded := rawSchema{fields: []rawField{codedField("c", 7, 32, true)}}
	skewed := rawBatch{rows: 2, nodes: []int64{2, 0}, buffers: [][]byte{nil, i64s(1, 2)}, skew: 4}
	stray := rawBatch{rows: 2, nodes: []int64{2, 1}, buffers: [][]byte{bits(t, "10"), i32s(0, 9)}}
	for _, c := range []struct {
		name    string
		content []byte
		want    string
		size    int64
	}{
		{"not aligned", one.stream(skewed), "x: not aligned in the file", 16},
		{"stray indices", coded.stream(dictionary(7, false, nil, "a"), stray), "c: null rows have indices outside the dictionary", 8},
		{"deltas", coded.file(0, dictionary(7, false, nil, "a"), dictionary(7, true, nil, "b"), rawBatch{rows: 1, nodes: []int64{1, 0}, buffers: [][]byte{nil, i32s(1)}}), "c: the dictionary comes in parts", 14},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, err := openBytes(t, c.content)
			if err != nil {
				t.Fatal(err)
			}
			meter := &tally{}
			drain(t, file, format.Request{Columns: []int{0}, MaxRows: 10}, chunk.Heap{}, meter, func(*chunk.Chunk) {})
			if len(meter.copied) != 1 || meter.copied[c.want] != c.size {
				t.Errorf("got %v, want %q: %d", meter.copied, c.want, c.size)
			}
		})
	}
}

func TestOnlyRequestedColumnsAreDecompressed(t *testing.T) {
	types := []chunk.Type{{ID: chunk.Float64}, {ID: chunk.Int64}, {ID: chunk.String}}
	tab := storagetest.Generate(types, 10000, storagetest.NullPatterns()[0], 1)
	file := openVariant(t, "stream zstd large_utf8", tab, 10000)
	if file.(format.Mapped).Mapping() != nil {
		t.Error("a compressed file says that its values can be mapped")
	}
	var read [3]int64
	for i, columns := range [][]int{{}, {0}, tab.All()} {
		meter := &tally{}
		drain(t, file, format.Request{Columns: columns, MaxRows: 1000}, chunk.Heap{}, meter, func(*chunk.Chunk) {})
		read[i] = meter.read
	}
	if read[0] != 0 || read[1] == 0 || read[2] < 3*read[1] {
		t.Errorf("bytes read for no column, one, all: %v", read)
	}
}

func TestABatchThatDoesNotFitSaysWhatToDo(t *testing.T) {
	tab := storagetest.Generate([]chunk.Type{{ID: chunk.Int64}}, 10000, storagetest.NullPatterns()[0], 1)
	file := openVariant(t, "file lz4", tab, 10000)
	mem := storagetest.NewMemory(t)
	mem.LimitBytes = 80000
	req := format.Request{Columns: []int{0, 1}, MaxRows: 1000}
	splits, err := file.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	r, err := file.Open(splits[0], req, mem, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	err = r.Next(context.Background(), new(chunk.Chunk))
	if err == nil || !strings.Contains(err.Error(), "raise the memory limit") || !strings.Contains(err.Error(), "10000 rows") {
		t.Errorf("got %v", err)
	}
}

func TestSplitsOfOneBatch(t *testing.T) {
	tab := storagetest.Generate(nil, 100000, storagetest.NullPatterns()[0], 1)
	file := openVariant(t, "file", tab, 100000)
	packed := openVariant(t, "file lz4", tab, 100000)
	for _, c := range []struct {
		name              string
		file              format.File
		parallel, maxRows int
		least, most       int
	}{
		{"one lane", file, 1, 1000, 4, 6},
		{"two lanes", file, 2, 1000, 8, 10},
		{"eight lanes", file, 8, 1000, 32, 40},
		{"chunks of odd size", file, 8, 999, 32, 40},
		{"too few rows for all lanes", file, 64, 4096, 20, 25},
		{"chunks as large as the file", file, 8, 100000, 1, 1},
		{"chunks larger than the file", file, 8, 1 << 40, 1, 1},
		{"compressed", packed, 8, 1000, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			splits, err := c.file.Splits(format.Request{Columns: []int{0}, MaxRows: c.maxRows, Parallel: c.parallel})
			if err != nil {
				t.Fatal(err)
			}
			if len(splits) < c.least || len(splits) > c.most {
				t.Errorf("%d splits, want %d to %d", len(splits), c.least, c.most)
			}
			for _, s := range splits[:len(splits)-1] {
				if s.Rows%64 != 0 || s.Rows < int64(c.maxRows) {
					t.Errorf("a split of %d rows", s.Rows)
				}
			}
		})
	}
}

func TestAFileThatShrankIsAnError(t *testing.T) {
	one := rawSchema{fields: []rawField{intField("x", 64)}}
	path := filepath.Join(t.TempDir(), "shrinks.arrow")
	content := one.file(0, rawBatch{rows: 2, nodes: []int64{2, 0}, buffers: [][]byte{nil, i64s(1, 2)}})
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := storagetest.OpenFile(ipcfile.Open, path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	if err := readError(t, file, 0); err == nil || !strings.Contains(err.Error(), "shrank") {
		t.Errorf("got %v", err)
	}
}

func TestSniff(t *testing.T) {
	one := rawSchema{fields: []rawField{intField("x", 64)}}
	old := rawSchema{fields: one.fields, legacy: true, version: 3}
	for _, c := range []struct {
		name string
		head []byte
		want bool
	}{
		{"a file", one.file(0), true},
		{"the first 8 bytes of a file", one.file(0)[:8], true},
		{"a stream", one.stream(), true},
		{"the first 64 bytes of a stream", one.stream()[:64], true},
		{"a stream from before Arrow 0.15", old.stream(), true},
		{"nothing", nil, false},
		{"text", []byte("a,b,c\n1,2,3\n4,5,6\n7,8,9\n"), false},
		{"ones", []byte(strings.Repeat("\xff", 100)), false},
		{"zeros", make([]byte, 100), false},
		{"Parquet", []byte("PAR1\x15\x04\x15\x00\x15\x00\x15\x00"), false},
		{"a stream that begins with a batch", one.stream(rawBatch{})[len(one.stream())-8:], false},
	} {
		if got := ipcfile.Sniff(c.head); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}
