package parquetfile_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/schema"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/parquetfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// readColumn reads all rows of a column, or up to the first error.
func readColumn(t testing.TB, f *parquetfile.File, column int) (rows int, err error) {
	t.Helper()
	mem := storagetest.NewMemory(t)
	defer mem.Done()
	req := format.Request{Columns: []int{column}, MaxRows: 100}
	return drain(f, req, mem)
}

func drain(f *parquetfile.File, req format.Request, mem chunk.Memory) (rows int, err error) {
	splits, err := f.Splits(req)
	if err != nil {
		return 0, err
	}
	for _, s := range splits {
		r, err := f.Open(s, req, mem, nil)
		if err != nil {
			return rows, err
		}
		var c chunk.Chunk
		for err == nil {
			if err = r.Next(context.Background(), &c); err == nil {
				rows += c.Rows
				c.Release()
			}
		}
		r.Close()
		if err != io.EOF {
			return rows, err
		}
	}
	return rows, nil
}

func numbers(rows int) storagetest.Table {
	return storagetest.Generate([]chunk.Type{{ID: chunk.Float64}, {ID: chunk.String}, {ID: chunk.Bool}}, rows, storagetest.NullPatterns()[2], 9)
}

func TestFlippedBitsOfPagesAreFound(t *testing.T) {
	content := ownFile(t, numbers(100), parquetfile.WriterOptions{})
	f := openBytes(t, content)
	first := f.RowGroups()[0]
	end := 4 + int(first.CompressedBytes)
	missed, tried := 0, 0
	for at := 4; at < end; at += 2 {
		tried++
		damaged := bytes.Clone(content)
		damaged[at] ^= 0x10
		d, err := tryOpen(t, damaged)
		if err != nil {
			t.Fatalf("byte %d: the footer is whole, but: %v", at, err)
		}
		_, err = drain(d, format.Request{Columns: []int{0, 1, 2, 3}, MaxRows: 64}, chunk.Heap{})
		if err == nil {
			missed++ // a flip in a page header can hit a field that nothing depends on
		} else if e := new(format.Error); !errors.As(err, &e) || e.Split != 1 || e.Column == "" || e.Offset == 0 {
			t.Errorf("byte %d: an error without its position: %v", at, err)
		}
		d.Close()
	}
	// Headers have unused fields (the encoding of repetition levels), and field numbers that turn into unknown ones.
	if missed > tried/20 {
		t.Errorf("%d of %d flips were missed", missed, tried)
	}
}

func TestFlippedBitInValuesIsAChecksumMismatch(t *testing.T) {
	content := ownFile(t, numbers(1000), parquetfile.WriterOptions{Compression: "none"})
	damaged := bytes.Clone(content)
	damaged[2000] ^= 1 // in the values of the first column
	_, err := readColumn(t, openBytes(t, damaged), 0)
	if err == nil || !strings.Contains(err.Error(), "split 1, column row, byte 4: checksum mismatch") {
		t.Errorf("got %v", err)
	}
}

// TestFlippedBitInALargePageIsFoundBeforeItsFirstRow damages the end of a page
// that is read on the way.
func TestFlippedBitInALargePageIsFoundBeforeItsFirstRow(t *testing.T) {
	tab := storagetest.Generate([]chunk.Type{{ID: chunk.Float64}}, 200_000, storagetest.NullPatterns()[0], 3)
	content := ownFile(t, tab, parquetfile.WriterOptions{PageBytes: 1 << 30, PageRows: 1 << 30, RowGroupRows: tab.Rows})
	end := 4 + int(openBytes(t, content).RowGroups()[0].CompressedBytes)
	damaged := bytes.Clone(content)
	damaged[end-9] ^= 1
	rows, err := readColumn(t, openBytes(t, damaged), 1)
	if rows != 0 || err == nil || !strings.Contains(err.Error(), "split 1, column float64, byte ") || !strings.Contains(err.Error(), "checksum mismatch") {
		t.Errorf("%d rows, then %v", rows, err)
	}
}

// TestLargePagesTakeLittleMemory reads a page of 8 MB beside leased memory.
func TestLargePagesTakeLittleMemory(t *testing.T) {
	const rows = 1_000_000
	values := make([]int64, rows)
	for r := range values {
		values[r] = int64(r) * int64(r)
	}
	var content bytes.Buffer
	w, err := parquetfile.NewWriter(&content, chunk.Schema{{Name: "square", Type: chunk.Type{ID: chunk.Int64}}},
		parquetfile.WriterOptions{PageBytes: 1 << 30, PageRows: 1 << 30, RowGroupRows: rows, NoChecksums: true})
	if err != nil {
		t.Fatal(err)
	}
	c := chunk.Chunk{Rows: rows, Columns: []chunk.Column{{Type: chunk.Type{ID: chunk.Int64}, Len: rows, Values: chunk.Bytes(values)}}}
	if err := errors.Join(w.Write(&c), w.Close()); err != nil {
		t.Fatal(err)
	}
	f := openBytes(t, content.Bytes())
	mem := &recycler{buf: make([]byte, 1<<20)}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := drain(f, format.Request{Columns: []int{0}, MaxRows: 65536}, mem)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; got != rows || err != nil || took > 512<<10 {
		t.Errorf("%d rows took %d bytes, %v", got, took, err)
	}
}

func TestFilesThatAreNoParquet(t *testing.T) {
	good := ownFile(t, numbers(10), parquetfile.WriterOptions{})
	bigFooter := bytes.Clone(good)
	binary.LittleEndian.PutUint32(bigFooter[len(good)-8:], 1<<31)
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"empty":              {nil, "the file is empty"},
		"text":               {[]byte("a,b\n1,2\n3,4\n"), "not a Parquet file"},
		"one byte":           {[]byte("P"), "not a Parquet file"},
		"magic alone":        {[]byte("PAR1"), "truncated: no footer"},
		"end missing":        {good[:len(good)-1], "truncated: no footer"},
		"half":               {good[:len(good)/2], "truncated: no footer"},
		"footer too large":   {bigFooter, "corrupted: a footer of 2147483648 bytes"},
		"middle cut away":    {append(bytes.Clone(good[:20]), good[len(good)-8-int(binary.LittleEndian.Uint32(good[len(good)-8:])):]...), "truncated or corrupted"},
		"footer overwritten": {append(append(bytes.Clone(good[:len(good)-40]), bytes.Repeat([]byte{0xff}, 32)...), good[len(good)-8:]...), "corrupted footer"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tryOpen(t, c.content)
			if err == nil || !strings.HasPrefix(err.Error(), "data.parquet: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestSniff(t *testing.T) {
	for head, want := range map[string]bool{"PAR1\x15\x00": true, "PARE": true, "PAR": false, "ARROW1": false, "": false} {
		if got := parquetfile.Sniff([]byte(head)); got != want {
			t.Errorf("%q: got %v", head, got)
		}
	}
}

// singleColumn is a file of one column, written by the library.
func singleColumn(t *testing.T, node schema.Node, write func(file.ColumnChunkWriter) error) []byte {
	t.Helper()
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, schema.FieldList{node}, -1)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := file.NewParquetWriter(&out, root)
	group := w.AppendRowGroup()
	col, err := group.NextColumn()
	if err == nil {
		err = write(col)
	}
	if err == nil {
		err = col.Close()
	}
	if err == nil {
		err = group.Close()
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestLegacyTimestampsOutsideNanoseconds(t *testing.T) {
	int96 := func(day uint32, nanos uint64) (v parquet.Int96) {
		binary.LittleEndian.PutUint64(v[:], nanos)
		binary.LittleEndian.PutUint32(v[8:], day)
		return v
	}
	const epoch, lastDay = 2440588, 106751
	for _, c := range []struct {
		name  string
		value parquet.Int96
		want  string
	}{
		{"epoch", int96(epoch, 0), "0"},
		{"a nanosecond before", int96(epoch-1, 86400e9-1), "-1"},
		{"latest", int96(epoch+lastDay, 85636854775807), "9223372036854775807"},
		{"one later", int96(epoch+lastDay, 85636854775808), ""},
		{"earliest", int96(epoch-lastDay-1, 763145224192), "-9223372036854775808"},
		{"one earlier", int96(epoch-lastDay-1, 763145224191), ""},
		{"year 9999", int96(epoch+2932896, 0), ""},
		{"day 0", int96(0, 0), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			node := schema.NewInt96Node("t", parquet.Repetitions.Required, -1)
			f := openBytes(t, singleColumn(t, node, func(col file.ColumnChunkWriter) error {
				_, err := col.(*file.Int96ColumnChunkWriter).WriteBatch([]parquet.Int96{c.value}, nil, nil)
				return err
			}))
			if c.want == "" {
				if _, err := readColumn(t, f, 0); err == nil || !strings.Contains(err.Error(), "does not fit 64-bit nanoseconds") {
					t.Errorf("got %v", err)
				}
				return
			}
			if got := columnText(t, f, "t"); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestValueThatDoesNotFitItsAnnotation(t *testing.T) {
	for _, c := range []struct {
		bits   int8
		signed bool
		value  int32
		fits   bool
	}{
		{8, true, 127, true}, {8, true, -128, true}, {8, true, 128, false}, {8, false, 255, true}, {8, false, 256, false}, {8, false, -1, false},
		{16, true, -32768, true}, {16, true, 32768, false}, {16, false, 65535, true}, {16, false, 65536, false},
	} {
		for _, dictionary := range []bool{false, true} {
			t.Run(fmt.Sprint(c.bits, " bits, signed ", c.signed, ", ", c.value, ", dictionary ", dictionary), func(t *testing.T) {
				node, err := schema.NewPrimitiveNodeLogical("n", parquet.Repetitions.Required, schema.NewIntLogicalType(c.bits, c.signed), parquet.Types.Int32, -1, -1)
				if err != nil {
					t.Fatal(err)
				}
				values := []int32{1, c.value, 1, c.value}
				f := openBytes(t, singleColumn(t, node, func(col file.ColumnChunkWriter) error {
					_, err := col.(*file.Int32ColumnChunkWriter).WriteBatch(values, nil, nil)
					return err
				}))
				rows, err := readColumn(t, f, 0)
				if c.fits && (err != nil || rows != 4) || !c.fits && (err == nil || !strings.Contains(err.Error(), "does not fit")) {
					t.Errorf("%d rows, %v", rows, err)
				}
			})
		}
	}
}

func TestBytesWithoutAnnotationAreStrings(t *testing.T) {
	node := schema.NewByteArrayNode("s", parquet.Repetitions.Required, -1)
	f := openBytes(t, singleColumn(t, node, func(col file.ColumnChunkWriter) error {
		_, err := col.(*file.ByteArrayColumnChunkWriter).WriteBatch([]parquet.ByteArray{[]byte("one"), []byte("two")}, nil, nil)
		return err
	}))
	if typ := f.Schema()[0].Type; typ.ID != chunk.String {
		t.Errorf("type %s", typ)
	}
	if got := columnText(t, f, "s"); got != "one two" {
		t.Errorf("got %s", got)
	}
}

// texts is a table of one string column.
func texts(rows int, text func(r int) string) storagetest.Table {
	values := make([]any, rows)
	for r := range values {
		values[r] = text(r)
	}
	return storagetest.Table{
		Schema:  chunk.Schema{{Name: "text", Type: chunk.Type{ID: chunk.String}}},
		Rows:    rows,
		Columns: [][]any{values},
	}
}

func TestDictionaryIsSharedByTheChunksOfARowGroup(t *testing.T) {
	tab := texts(1000, func(r int) string { return fmt.Sprint("text ", r%7) })
	f := openBytes(t, ownFile(t, tab, parquetfile.WriterOptions{RowGroupRows: 500}))
	mem := storagetest.NewMemory(t)
	defer mem.Done()
	req := format.Request{Columns: []int{0}, MaxRows: 100}
	splits, err := f.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[*chunk.Column]int{}
	for _, s := range splits {
		r, err := f.Open(s, req, mem, nil)
		if err != nil {
			t.Fatal(err)
		}
		var c chunk.Chunk
		for r.Next(context.Background(), &c) == nil {
			if d := c.Columns[0].Dict; d == nil || d.Len != 7 {
				t.Fatalf("dictionary %+v", d)
			}
			seen[c.Columns[0].Dict] += c.Rows
			c.Release()
		}
		r.Close()
	}
	if len(seen) != 2 {
		t.Errorf("%d dictionaries for 2 row groups", len(seen))
	}
}

func TestDictionaryThatIsTooLargeToShare(t *testing.T) {
	tab := texts(500, func(r int) string { return strings.Repeat(fmt.Sprint(r%50), 40) })
	f := openBytes(t, ownFile(t, tab, parquetfile.WriterOptions{}))
	mem := storagetest.NewMemory(t)
	mem.LimitBytes = 12 << 10 // a quarter is less than the dictionary, all of it less than 100 texts and more
	req := format.Request{Columns: []int{0}, MaxRows: 200}
	r, err := f.Open(must(f.Splits(req))[0], req, mem, nil)
	if err != nil {
		t.Fatal(err)
	}
	row := 0
	for {
		var c chunk.Chunk
		if err := r.Next(context.Background(), &c); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if c.Columns[0].Dict != nil {
			t.Error("the dictionary takes more than a quarter of the memory")
		}
		for i := range c.Rows {
			if got := storagetest.Value(&c.Columns[0], i); got != tab.Columns[0][row] {
				t.Fatalf("row %d: got %v", row, got)
			}
			row++
		}
		c.Release()
	}
	if row != tab.Rows {
		t.Errorf("%d rows", row)
	}
	r.Close()
	mem.Done()
}

func must(splits []format.Split, err error) []format.Split {
	if err != nil {
		panic(err)
	}
	return splits
}

func TestRowThatIsLargerThanTheMemory(t *testing.T) {
	tab := texts(10, func(r int) string { return strings.Repeat("x", 1000+1000*r) })
	f := openBytes(t, ownFile(t, tab, parquetfile.WriterOptions{DictionaryBytes: -1, PageBytes: 1}))
	mem := storagetest.NewMemory(t)
	mem.LimitBytes = 5200
	rows, err := drain(f, format.Request{Columns: []int{0}, MaxRows: 10}, mem)
	mem.Done()
	if rows != 5 {
		t.Errorf("%d rows came before the one that does not fit", rows)
	}
	if err == nil || !strings.Contains(err.Error(), "split 1, column text") || !strings.Contains(err.Error(), "raise --memory-limit") {
		t.Errorf("got %v", err)
	}
}

func TestChunksShrinkToTheMemory(t *testing.T) {
	tab := numbers(5000)
	f := openBytes(t, ownFile(t, tab, parquetfile.WriterOptions{}))
	mem := storagetest.NewMemory(t)
	mem.LimitBytes = 64 << 10
	rows, err := drain(f, format.Request{Columns: []int{0, 1}, MaxRows: 1 << 20}, mem)
	mem.Done()
	if rows != tab.Rows || err != nil {
		t.Errorf("%d rows, %v", rows, err)
	}
}

func TestCountingDoesNotBelieveTheFooter(t *testing.T) {
	content := ownFile(t, numbers(1000), parquetfile.WriterOptions{})
	f := openBytes(t, content)
	rows, err := drain(f, format.Request{MaxRows: 64}, chunk.Heap{})
	if rows != 1000 || err != nil {
		t.Errorf("%d rows, %v", rows, err)
	}
	// The footer's counts have the varint of 2*1000; with 2*999 everywhere the pages disagree.
	foot := len(content) - 8 - int(binary.LittleEndian.Uint32(content[len(content)-8:]))
	lied := append(bytes.Clone(content[:foot]), bytes.ReplaceAll(content[foot:], []byte{0xd0, 0x0f}, []byte{0xce, 0x0f})...)
	_, err = drain(openBytes(t, lied), format.Request{MaxRows: 64}, chunk.Heap{})
	if err == nil || !strings.Contains(err.Error(), "more values than the 999 of the row group") {
		t.Errorf("got %v", err)
	}
}

// meter counts what a reader says it reads.
type meter struct {
	format.NoMeter
	read  int64
	phase format.Phase
}

func (m *meter) Read(n int64)          { m.read += n }
func (m *meter) Switch(p format.Phase) { m.phase = p }

func TestMeterIsToldOfTheBytesOfTheRequestedColumns(t *testing.T) {
	f := openBytes(t, ownFile(t, numbers(100000), parquetfile.WriterOptions{Compression: "none", RowGroupRows: 100000}))
	req := format.Request{Columns: []int{1}, MaxRows: 1000}
	split := must(f.Splits(req))[0]
	m := new(meter)
	r, err := f.Open(split, req, chunk.Heap{}, m)
	if err != nil {
		t.Fatal(err)
	}
	for {
		var c chunk.Chunk
		if err := r.Next(context.Background(), &c); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if m.phase != format.Decode {
			t.Fatalf("left in phase %d", m.phase)
		}
	}
	if m.read < split.SizeBytes || m.read > split.SizeBytes+200 {
		t.Errorf("read %d bytes of a column of %d", m.read, split.SizeBytes)
	}
}

// everything asks for all columns in chunks of up to 1<<20 rows.
func everything(f *parquetfile.File) format.Request {
	req := format.Request{MaxRows: 1 << 20}
	for i := range f.Schema() {
		req.Columns = append(req.Columns, i)
	}
	return req
}

func readTable(t testing.TB, f *parquetfile.File) storagetest.Table {
	t.Helper()
	return storagetest.ReadAll(t, f, everything(f))
}

// readChunk is the first chunk of the file.
func readChunk(t testing.TB, f *parquetfile.File) *chunk.Chunk {
	t.Helper()
	req := everything(f)
	r, err := f.Open(must(f.Splits(req))[0], req, chunk.Heap{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c := new(chunk.Chunk)
	if err := r.Next(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	return c
}
