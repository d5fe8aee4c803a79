package arrowrecord

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// layouts are the Arrow types of text.
var layouts = map[string]arrow.DataType{
	"utf8": arrow.BinaryTypes.String, "large_utf8": arrow.BinaryTypes.LargeString,
	"dictionary of int32": &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String},
	"dictionary of uint8": &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint8, ValueType: arrow.BinaryTypes.String},
	"dictionary of int64": &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int64, ValueType: arrow.BinaryTypes.String},
}

func tableOf(t *testing.T, c *chunk.Chunk, schema chunk.Schema) storagetest.Table {
	t.Helper()
	tab := storagetest.Table{Schema: schema, Rows: c.Rows}
	for i := range c.Columns {
		if err := storagetest.CheckColumn(&c.Columns[i]); err != nil {
			t.Fatalf("column %s: %v", schema[i].Name, err)
		}
		values := make([]any, c.Rows)
		for r := range values {
			values[r] = storagetest.Value(&c.Columns[i], r)
		}
		tab.Columns = append(tab.Columns, values)
	}
	return tab
}

// TestBothWays goes from records of the Arrow library to chunks and back, whole
// and sliced, and compares with what the library says.
func TestBothWays(t *testing.T) {
	for name, text := range layouts {
		for _, nulls := range storagetest.NullPatterns() {
			t.Run(name+", "+nulls.Name, func(t *testing.T) {
				const rows = 200
				tab := storagetest.Generate(storagetest.AllTypes(), rows, nulls, 1)
				whole := storagetest.ArrowRecord(tab, storagetest.ArrowSchema(tab, text))
				defer whole.Release()
				for _, cut := range [][2]int{{0, rows}, {0, 7}, {1, 9}, {3, 198}, {8, 64}, {13, 13}, {199, 200}} {
					rec := whole.NewSlice(int64(cut[0]), int64(cut[1]))
					c, schema, err := Chunk(rec)
					if err != nil {
						t.Fatal(err)
					}
					storagetest.Equal(t, tableOf(t, c, schema), tab.Slice(cut[0], cut[1]))

					back, err := New(c, schema)
					if err != nil {
						t.Fatal(err)
					}
					again, schema, err := Chunk(back)
					if err != nil {
						t.Fatal(err)
					}
					storagetest.Equal(t, tableOf(t, again, schema), tab.Slice(cut[0], cut[1]))
					if name == "utf8" && !array.RecordApproxEqual(rec, back, array.WithNaNsEqual(true)) {
						t.Errorf("rows %v: the record differs", cut)
					}
					again.Release()
					back.Release()
					c.Release()
					rec.Release()
				}
			})
		}
	}
}

// TestSlicedChunks makes records of slices of a chunk's columns.
func TestSlicedChunks(t *testing.T) {
	for name, text := range layouts {
		t.Run(name, func(t *testing.T) {
			tab := storagetest.Generate(storagetest.AllTypes(), 300, storagetest.NullPatterns()[2], 2)
			rec := storagetest.ArrowRecord(tab, storagetest.ArrowSchema(tab, text))
			defer rec.Release()
			c, schema, err := Chunk(rec)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Release()
			for from := range 20 {
				part := &chunk.Chunk{Rows: 100 + from}
				for i := range c.Columns {
					part.Columns = append(part.Columns, c.Columns[i].Slice(from, part.Rows))
				}
				got, err := New(part, schema)
				if err != nil {
					t.Fatal(err)
				}
				want := rec.NewSlice(int64(from), int64(from+part.Rows))
				if name == "utf8" && !array.RecordApproxEqual(want, got, array.WithNaNsEqual(true)) {
					t.Errorf("from row %d: the record differs", from)
				}
				back, _, err := Chunk(got)
				if err != nil {
					t.Fatal(err)
				}
				storagetest.Equal(t, tableOf(t, back, schema), tab.Slice(from, from+part.Rows))
			}
		})
	}
}

func TestValuesAreNotCopied(t *testing.T) {
	tab := storagetest.Generate(storagetest.AllTypes(), 100, storagetest.NullPatterns()[2], 3)
	rec := storagetest.ArrowRecord(tab, storagetest.ArrowSchema(tab, layouts["dictionary of int32"]))
	defer rec.Release()
	c, schema, err := Chunk(rec)
	if err != nil {
		t.Fatal(err)
	}
	back, err := New(c, schema)
	if err != nil {
		t.Fatal(err)
	}
	for i := range schema {
		at := unsafe.SliceData(c.Columns[i].Values)
		if there := unsafe.SliceData(rec.Column(i).Data().Buffers()[1].Bytes()); there != at {
			t.Errorf("column %s was copied into the chunk", schema[i].Name)
		}
		if there := unsafe.SliceData(back.Column(i).Data().Buffers()[1].Bytes()); there != at {
			t.Errorf("column %s was copied into the record", schema[i].Name)
		}
	}
}

// countingLease counts what a chunk's lease is told.
type countingLease struct{ released int }

func (l *countingLease) Alloc(int) []byte { panic("not here") }
func (l *countingLease) Trim()            {}
func (l *countingLease) Retain()          {}
func (l *countingLease) Release()         { l.released++ }

func TestTakeReleasesOnce(t *testing.T) {
	values := []int64{1, 2, 3, 4}
	lease := new(countingLease)
	c := &chunk.Chunk{Rows: 4, Columns: []chunk.Column{{Type: chunk.Type{ID: chunk.Int64}, Len: 4, Values: chunk.Bytes(values)}}}
	c.Hold(lease)
	schema := chunk.Schema{{Name: "a", Type: chunk.Type{ID: chunk.Int64}}}
	rec, err := Take(c, schema)
	if err != nil {
		t.Fatal(err)
	}
	part := rec.NewSlice(1, 3)
	rec.Release()
	if lease.released != 0 {
		t.Fatal("released while a slice is in use")
	}
	if got := part.Column(0).(*array.Int64).Value(1); got != 3 {
		t.Errorf("got %d", got)
	}
	part.Release()
	if lease.released != 1 {
		t.Errorf("released %d times", lease.released)
	}

	none := &chunk.Chunk{Rows: 7}
	none.Hold(lease)
	rec, err = Take(none, nil)
	if err != nil || rec.NumRows() != 7 {
		t.Fatalf("a chunk without columns: %v", err)
	}
	if lease.released != 2 {
		t.Error("a chunk without buffers was not released")
	}
}

func TestChunkKeepsTheRecord(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	b := array.NewInt64Builder(mem)
	b.AppendValues([]int64{1, 2}, nil)
	arr := b.NewArray()
	b.Release()
	rec := array.NewRecord(arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.PrimitiveTypes.Int64}}, nil), []arrow.Array{arr}, 2)
	arr.Release()
	c, _, err := Chunk(rec)
	if err != nil {
		t.Fatal(err)
	}
	rec.Release()
	if mem.CurrentAlloc() == 0 {
		t.Error("the record was freed under the chunk")
	}
	c.Release()
}

func TestNullsInADictionary(t *testing.T) {
	dict := array.NewStringBuilder(memory.DefaultAllocator)
	dict.Append("x")
	dict.AppendNull()
	indices := array.NewInt32Builder(memory.DefaultAllocator)
	indices.AppendValues([]int32{0, 1, 0, 9}, []bool{true, true, true, false})
	typ := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	arr := array.NewDictionaryArray(typ, indices.NewArray(), dict.NewArray())
	rec := array.NewRecord(arrow.NewSchema([]arrow.Field{{Name: "a", Type: typ, Nullable: true}}, nil), []arrow.Array{arr}, 4)
	c, schema, err := Chunk(rec)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(tableOf(t, c, schema).Columns[0])
	if got != "[x <nil> x <nil>]" {
		t.Errorf("got %s", got)
	}
}

func TestErrors(t *testing.T) {
	one := func(typ arrow.DataType, buffers ...[]byte) arrow.Record {
		var bufs []*memory.Buffer
		for _, b := range buffers {
			bufs = append(bufs, memory.NewBufferBytes(b))
		}
		arr := array.MakeFromData(array.NewData(typ, 3, bufs, nil, 0, 0))
		return array.NewRecord(arrow.NewSchema([]arrow.Field{{Name: "a", Type: typ}}, nil), []arrow.Array{arr}, 3)
	}
	badDict := func() arrow.Record {
		typ := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
		dict := array.NewStringBuilder(memory.DefaultAllocator)
		dict.Append("x")
		data := array.NewDataWithDictionary(typ, 2, []*memory.Buffer{nil, memory.NewBufferBytes(chunk.Bytes([]int32{0, 7}))}, 0, 0, dict.NewArray().Data().(*array.Data))
		return array.NewRecord(arrow.NewSchema([]arrow.Field{{Name: "a", Type: typ}}, nil), []arrow.Array{array.MakeFromData(data)}, 2)
	}
	for _, c := range []struct {
		name string
		rec  arrow.Record
		want string
	}{
		{"binary", one(arrow.BinaryTypes.Binary, nil, chunk.Bytes([]int32{0, 0, 0, 0}), nil), "column a: type binary is not supported; the other columns of the file can be used"},
		{"descending offsets", one(arrow.BinaryTypes.String, nil, chunk.Bytes([]int32{0, 2, 1, 2}), []byte("xx")), "column a: row 2: text offset 1 is before 2"},
		{"index out of range", badDict(), "column a: row 2: index 7 is outside the dictionary of 1"},
	} {
		if _, _, err := Chunk(c.rec); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}

	c := &chunk.Chunk{Rows: 3, Columns: []chunk.Column{{Type: chunk.Type{ID: chunk.Int64}, Len: 3, Values: make([]byte, 16)}}}
	for _, k := range []struct {
		schema chunk.Schema
		want   string
	}{
		{nil, "the chunk has 1 columns, the schema 0"},
		{chunk.Schema{{Name: "a", Type: chunk.Type{ID: chunk.Int32}}}, "column a: the chunk has int64, the schema int32"},
		{chunk.Schema{{Name: "a", Type: chunk.Type{ID: chunk.Int64}}}, "column a: values buffer has 16 bytes, 3 rows need 24"},
	} {
		if _, err := New(c, k.schema); err == nil || err.Error() != k.want {
			t.Errorf("got %v, want %s", err, k.want)
		}
	}
}

func TestSchemas(t *testing.T) {
	var schema chunk.Schema
	for _, typ := range storagetest.AllTypes() {
		schema = append(schema, chunk.Field{Name: typ.String(), Type: typ, Nullable: len(schema)%2 == 0})
	}
	as, err := Schema(schema)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range ChunkSchema(as) {
		if f != schema[i] {
			t.Errorf("%v comes back as %v", schema[i], f)
		}
	}
	if got := as.Field(schema.Index("timestamp[us, UTC]")).Type.String(); got != "timestamp[us, tz=UTC]" {
		t.Errorf("microseconds become %s", got)
	}
}
