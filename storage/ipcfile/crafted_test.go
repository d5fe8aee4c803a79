package ipcfile_test

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/ipcfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// openBytes opens a file with this content; the test's end closes it.
func openBytes(t testing.TB, content []byte) (format.File, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "crafted.arrow")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := storagetest.OpenFile(ipcfile.Open, path)
	if err == nil {
		t.Cleanup(func() { file.Close() })
	}
	return file, err
}

// readColumn reads one column in chunks of a few rows.
func readColumn(t testing.TB, content []byte, column int) []any {
	t.Helper()
	file, err := openBytes(t, content)
	if err != nil {
		t.Fatal(err)
	}
	return storagetest.ReadAll(t, file, format.Request{Columns: []int{column}, MaxRows: 3}).Columns[0]
}

func TestWhatOtherWritersWrite(t *testing.T) {
	ints := func(rows int64, values []byte) rawBatch {
		return rawBatch{rows: rows, nodes: []int64{rows, 0}, buffers: [][]byte{nil, values}}
	}
	one := rawSchema{fields: []rawField{intField("x", 32)}}
	coded := rawSchema{fields: []rawField{codedField("c", 7, 32, true)}}
	codes := func(nulls int64, valid string, indices []byte) rawBatch {
		rows := int64(len(indices) / 4)
		return rawBatch{rows: rows, nodes: []int64{rows, nulls}, buffers: [][]byte{bits(t, valid), indices}}
	}
	large := rawSchema{fields: []rawField{{name: "s", code: 20}}}
	stored := func(b []byte) []byte { return append(i64s(-1), b...) }
	skewed := func(rb rawBatch, by int) rawBatch { rb.skew = by; return rb }
	packed := func(rb rawBatch, codec byte) rawBatch { rb.codec = codec; return rb }

	for _, c := range []struct {
		name    string
		content []byte
		want    []any
	}{
		{"frames from before Arrow 0.15", rawSchema{fields: one.fields, legacy: true, version: 3}.stream(ints(2, i32s(4, 5))), []any{int32(4), int32(5)}},
		{"buffers that are not aligned", one.stream(skewed(ints(5, i32s(1, 2, 3, 4, 5)), 2)), []any{int32(1), int32(2), int32(3), int32(4), int32(5)}},
		{"text with offsets that are not aligned", rawSchema{fields: []rawField{textField("s")}}.stream(skewed(rawBatch{rows: 2, nodes: []int64{2, 0},
			buffers: [][]byte{nil, i32s(1, 3, 6), []byte("-abcde")}}, 3)), []any{"ab", "cde"}},
		{"large text whose offsets begin later", large.stream(rawBatch{rows: 2, nodes: []int64{2, 1}, buffers: [][]byte{bits(t, "10"), i64s(2, 4, 4), []byte("xxab")}}), []any{"ab", nil}},
		{"a number of nulls that is wrong", one.stream(rawBatch{rows: 4, nodes: []int64{4, -1}, buffers: [][]byte{bits(t, "1011"), i32s(1, 2, 3, 4)}}), []any{int32(1), nil, int32(3), int32(4)}},
		{"no nulls, but a bitmap of rubbish", one.stream(rawBatch{rows: 2, nodes: []int64{2, 0}, buffers: [][]byte{bits(t, "00"), i32s(1, 2)}}), []any{int32(1), int32(2)}},
		{"nulls where none were promised", rawSchema{fields: []rawField{{name: "x", code: 2, table: intField("", 32).table, notNull: true}}}.stream(
			rawBatch{rows: 2, nodes: []int64{2, 1}, buffers: [][]byte{bits(t, "01"), i32s(1, 2)}}), []any{nil, int32(2)}},
		{"a batch without rows between others", one.stream(ints(1, i32s(1)), ints(0, nil), ints(1, i32s(2))), []any{int32(1), int32(2)}},
		{"buffers stored in a compressed batch", one.stream(packed(ints(2, stored(i32s(8, 9))), 1)), []any{int32(8), int32(9)}},
		{"one batch compressed, one not", one.stream(packed(ints(1, stored(i32s(8))), 0), ints(1, i32s(9))), []any{int32(8), int32(9)}},

		{"a file with delta dictionaries", coded.file(0, dictionary(7, false, nil, "a", "b"), dictionary(7, true, nil, "c"), codes(0, "", i32s(2, 0, 1, 2))), []any{"c", "a", "b", "c"}},
		{"a stream with a delta between batches", coded.stream(dictionary(7, false, nil, "a"), codes(0, "", i32s(0)), dictionary(7, true, nil, "b"), codes(0, "", i32s(1, 0))), []any{"a", "b", "a"}},
		{"a stream that replaces a dictionary", coded.stream(dictionary(7, false, nil, "a"), codes(0, "", i32s(0)), dictionary(7, false, nil, "b"), codes(0, "", i32s(0))), []any{"a", "b"}},
		{"null texts in a dictionary", coded.stream(dictionary(7, false, bits(t, "101"), "a", "", "c"), codes(0, "", i32s(0, 1, 2, 1))), []any{"a", nil, "c", nil}},
		{"null texts in a delta", coded.stream(dictionary(7, false, nil, "a"), dictionary(7, true, bits(t, "01"), "", "c"), codes(1, "11110", i32s(0, 1, 2, 1, 0))), []any{"a", nil, "c", nil, nil}},
		{"rubbish indices under nulls", coded.stream(dictionary(7, false, nil, "a"), codes(2, "1001", i32s(0, -5, 1<<30, 0))), []any{"a", nil, nil, "a"}},
		{"rubbish small indices under nulls", rawSchema{fields: []rawField{codedField("c", 7, 8, true)}}.stream(dictionary(7, false, nil, "a"),
			rawBatch{rows: 3, nodes: []int64{3, 1}, buffers: [][]byte{bits(t, "101"), i8s(0, -1, 0)}}), []any{"a", nil, "a"}},
		{"indices that are not aligned", coded.stream(dictionary(7, false, nil, "a", "b"), skewed(codes(0, "", i32s(1, 0, 1, 1)), 1)), []any{"b", "a", "b", "b"}},
		{"wide indices that are not aligned", rawSchema{fields: []rawField{codedField("c", 7, 64, false)}}.stream(dictionary(7, false, nil, "a", "b"),
			skewed(rawBatch{rows: 2, nodes: []int64{2, 0}, buffers: [][]byte{nil, i64s(1, 0)}}, 5)), []any{"b", "a"}},
		{"all null over an empty dictionary", coded.stream(dictionary(7, false, nil), codes(2, "00", i32s(0, 0))), []any{nil, nil}},
		{"all null without a dictionary", coded.stream(codes(2, "00", i32s(3, 4))), []any{nil, nil}},
		{"an index type left out", rawSchema{fields: []rawField{codedField("c", 1, 0, false)}}.stream(dictionary(1, false, nil, "a"), codes(0, "", i32s(0))), []any{"a"}},
		{"dictionaries nobody asks for", coded.stream(dictionary(99, false, nil, "z"), dictionary(7, false, nil, "a"), codes(0, "", i32s(0))), []any{"a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := readColumn(t, c.content, 0); !slices.EqualFunc(got, c.want, storagetest.Same) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestColumnsBehindOtherTypes(t *testing.T) {
	type shape struct {
		field   rawField
		nodes   int
		buffers int
		counts  []int64
	}
	child := intField("item", 32)
	for _, s := range []shape{
		{rawField{name: "null", code: 1}, 1, 0, nil},
		{rawField{name: "binary", code: 4}, 1, 3, nil},
		{rawField{name: "decimal(9, 2)", code: 7, table: map[int]any{0: int32(9), 1: int32(2)}}, 1, 2, nil},
		{rawField{name: "time", code: 9}, 1, 2, nil},
		{rawField{name: "interval", code: 11}, 1, 2, nil},
		{rawField{name: "list", code: 12, children: []rawField{child}}, 2, 4, nil},
		{rawField{name: "struct", code: 13, children: []rawField{child, textField("s")}}, 3, 6, nil},
		{rawField{name: "union", code: 14, table: map[int]any{0: int16(0)}, children: []rawField{child}}, 2, 3, nil},
		{rawField{name: "union", code: 14, table: map[int]any{0: int16(1)}, children: []rawField{child}}, 2, 4, nil},
		{rawField{name: "fixed_size_binary[3]", code: 15, table: map[int]any{0: int32(3)}}, 1, 2, nil},
		{rawField{name: "fixed_size_list", code: 16, table: map[int]any{0: int32(2)}, children: []rawField{child}}, 2, 3, nil},
		{rawField{name: "map", code: 17, children: []rawField{{name: "entries", code: 13, children: []rawField{textField("k"), child}}}}, 4, 8, nil},
		{rawField{name: "duration", code: 18}, 1, 2, nil},
		{rawField{name: "large_binary", code: 19}, 1, 3, nil},
		{rawField{name: "large_list", code: 21, children: []rawField{child}}, 2, 4, nil},
		{rawField{name: "run_end_encoded", code: 22, children: []rawField{child, child}}, 3, 4, nil},
		{rawField{name: "binary_view", code: 23}, 1, 2 + 3, []int64{3}},
		{rawField{name: "utf8_view", code: 24}, 1, 2, []int64{0}},
		{rawField{name: "list_view", code: 25, children: []rawField{child}}, 2, 5, nil},
		{rawField{name: "dictionary of binary", code: 4, dict: &rawDict{1, 8, true}}, 1, 2, nil},
		{rawField{name: "dictionary of list", code: 12, children: []rawField{child}, dict: &rawDict{1, 8, true}}, 1, 2, nil},
		{rawField{name: "list", code: 12, children: []rawField{{name: "v", code: 24}}}, 2, 2 + 2 + 1, []int64{1}},
	} {
		t.Run(s.field.name, func(t *testing.T) {
			schema := rawSchema{fields: []rawField{s.field, intField("x", 64)}}
			rb := rawBatch{rows: 2, variadic: s.counts}
			for range s.nodes {
				rb.nodes = append(rb.nodes, 2, 0)
			}
			for range s.buffers {
				rb.buffers = append(rb.buffers, []byte("not x"))
			}
			rb.nodes = append(rb.nodes, 2, 0)
			rb.buffers = append(rb.buffers, nil, i64s(41, 42))
			file, err := openBytes(t, schema.stream(rb))
			if err != nil {
				t.Fatal(err)
			}
			if typ := file.Schema()[0].Type; typ.ID != chunk.Unsupported || typ.String() != s.field.name {
				t.Errorf("the column's type reads %s", typ)
			}
			got := storagetest.ReadAll(t, file, format.Request{Columns: []int{1}, MaxRows: 10})
			if !slices.Equal(got.Columns[0], []any{int64(41), int64(42)}) {
				t.Errorf("got %v", got.Columns[0])
			}
			_, err = file.Splits(format.Request{Columns: []int{0}, MaxRows: 1})
			var unsupported format.UnsupportedTypeError
			if !errors.As(err, &unsupported) {
				t.Errorf("asked for the column itself: %v", err)
			}
		})
	}
}

func TestAnUnknownTypeHidesWhatIsBehindIt(t *testing.T) {
	schema := rawSchema{fields: []rawField{intField("before", 64), {name: "new", code: 77}, intField("behind", 64)}}
	content := schema.stream(rawBatch{rows: 1, nodes: []int64{1, 0, 1, 0, 1, 0}, buffers: [][]byte{nil, i64s(5), nil, nil, i64s(6)}})
	if got := readColumn(t, content, 0); got[0] != int64(5) {
		t.Errorf("got %v", got)
	}
	file, err := openBytes(t, content)
	if err != nil {
		t.Fatal(err)
	}
	if err := readError(t, file, 2); err == nil || !strings.Contains(err.Error(), "unknown type 77") {
		t.Errorf("got %v", err)
	}
}

// readError reads one column and returns the first error.
func readError(t testing.TB, file format.File, column int) error {
	t.Helper()
	req := format.Request{Columns: []int{column}, MaxRows: 10}
	splits, err := file.Splits(req)
	if err != nil {
		return err
	}
	mem := storagetest.NewMemory(t)
	mem.LimitBytes = 1 << 20
	defer mem.Done()
	for _, s := range splits {
		r, err := file.Open(s, req, mem, nil)
		if err != nil {
			return err
		}
		for err == nil {
			var c chunk.Chunk
			err = r.Next(context.Background(), &c)
			c.Release()
		}
		r.Close()
		if err.Error() != "EOF" {
			return err
		}
	}
	return nil
}

func TestErrors(t *testing.T) {
	one := rawSchema{fields: []rawField{intField("x", 32)}}
	text := rawSchema{fields: []rawField{textField("s")}}
	coded := rawSchema{fields: []rawField{codedField("c", 7, 32, true)}}
	ok := rawBatch{rows: 2, nodes: []int64{2, 0}, buffers: [][]byte{nil, i32s(1, 2)}}
	good := one.file(0, ok)
	texts := func(offsets ...int32) rawBatch {
		rows := int64(len(offsets) - 1)
		return rawBatch{rows: rows, nodes: []int64{rows, 0}, buffers: [][]byte{nil, i32s(offsets...), []byte("abcdef")}}
	}
	codes := func(valid []byte, nulls int64, indices ...int32) rawBatch {
		rows := int64(len(indices))
		return rawBatch{rows: rows, nodes: []int64{rows, nulls}, buffers: [][]byte{valid, i32s(indices...)}}
	}
	packed := func(codec byte, announced int64, data string) rawBatch {
		return rawBatch{rows: 2, nodes: []int64{2, 0}, codec: codec, buffers: [][]byte{nil, append(i64s(announced), data...)}}
	}
	withRows := func(rows int64, nodes ...int64) rawBatch {
		return rawBatch{rows: rows, nodes: nodes, buffers: ok.buffers}
	}

	for _, c := range []struct {
		name    string
		content []byte
		want    []string // parts of the message
	}{
		{"an empty file", nil, []string{"the file is empty"}},
		{"text", []byte("a,b\n1,2\n"), []string{"not an Arrow file: it looks like text"}},
		{"Parquet", []byte("PAR1 and so on"), []string{"not an Arrow file: it is a Parquet file"}},
		{"Feather V1", []byte("FEA1 and so on"), []string{"Feather V1", "Feather V2"}},
		{"gzip", []byte("\x1f\x8b\x08 and so on"), []string{"gzip-compressed"}},
		{"zeros", make([]byte, 100), []string{"begins with zeros"}},
		{"a file without footer", good[:len(good)-20], []string{"truncated: no footer", "writer closed?"}},
		{"only magic", []byte("ARROW1"), []string{"truncated: no footer"}},
		{"a footer of impossible size", append(binary.LittleEndian.AppendUint32(slices.Clone(good[:len(good)-10]), 1<<30), "ARROW1"...), []string{"corrupt footer", "1073741824 bytes"}},
		{"a stream cut in metadata", one.stream(ok)[:300], []string{"truncated"}},
		{"a stream cut in a body", one.stream(ok)[:len(one.stream(ok))-30], []string{"truncated", "body of", "byte "}},
		{"big-endian", rawSchema{fields: one.fields, bigEndian: true}.stream(ok), []string{"big-endian"}},
		{"an old version", rawSchema{fields: one.fields, version: 2}.stream(ok), []string{"version V3"}},
		{"a batch listed twice", one.file(1, ok), []string{"listed twice"}},
		{"a dictionary twice in a file", coded.file(0, dictionary(7, false, nil, "a"), dictionary(7, false, nil, "b"), codes(nil, 0, 0)), []string{"dictionary 7 comes twice"}},
		{"more rows than there are values", one.stream(withRows(3, 3, 0)), []string{"split 1", "column x", "8 bytes for 3 rows"}},
		{"impossibly many rows", one.stream(withRows(1<<40, 1<<40, 0)), []string{"split 1", "1099511627776 rows"}},
		{"rows below zero", one.stream(withRows(-1, -1, 0)), []string{"-1 rows"}},
		{"a column of other length", one.stream(withRows(2, 1, 0)), []string{"split 1", "1 rows in a batch of 2"}},
		{"nulls without a bitmap", one.stream(withRows(2, 2, 1)), []string{"column x", "validity of 0 bytes for 2 rows"}},
		{"falling offsets", text.stream(texts(0, 1), texts(0, 3, 2, 6)), []string{"split 2, column s", "text from byte 3 to 2", "row 3"}},
		{"negative offsets", text.stream(texts(-1, 0, 0)), []string{"column s", "text from byte 0 to -1", "row 1"}},
		{"offsets beyond the data", text.stream(texts(0, 2, 7)), []string{"row 2", "to 7 of 6"}},
		{"an index beyond the dictionary", coded.stream(dictionary(7, false, nil, "a", "b"), codes(nil, 0, 0, 1, 2)), []string{"row 3", "split 1", "column c", "dictionary of 2"}},
		{"a negative index", coded.stream(dictionary(7, false, nil, "a", "b"), codes(bits(t, "110"), 1, 0, -1, -1)), []string{"row 2", "dictionary of 2"}},
		{"an index that only a later delta has", coded.stream(dictionary(7, false, nil, "a"), codes(nil, 0, 1), dictionary(7, true, nil, "b")), []string{"dictionary of 1"}},
		{"values without a dictionary", coded.stream(codes(nil, 0, 0)), []string{"dictionary of 0"}},
		{"a broken dictionary", coded.stream(rawBatch{dict: new(int64), rows: 1, nodes: []int64{1, 0}, buffers: [][]byte{nil, nil, nil}}, codes(nil, 0, 0)), []string{"dictionary of 0"}},
		{"an unknown compression", one.stream(packed(5, 8, "")), []string{"unknown compression 5"}},
		{"a compressed buffer without size", one.stream(rawBatch{rows: 2, nodes: []int64{2, 0}, codec: byte(0), buffers: [][]byte{nil, []byte("abc")}}), []string{"column x", "only 3 bytes"}},
		{"a size that cannot be", one.stream(packed(0, 1<<50, "abc")), []string{"column x", "announces 1125899906842624"}},
		{"a negative size", one.stream(packed(1, -7, "abc")), []string{"column x", "announces -7"}},
		{"lz4 rubbish", one.stream(packed(0, 8, "rubbish")), []string{"split 1", "column x", "lz4"}},
		{"zstd rubbish", one.stream(packed(1, 8, "rubbish")), []string{"split 1", "column x", "zstd"}},
		{"a stored buffer too short", one.stream(packed(1, -1, "abc")), []string{"column x", "3 bytes for 2 rows"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, err := openBytes(t, c.content)
			if err == nil {
				err = readError(t, file, 0)
			}
			var positioned *format.Error
			if !errors.As(err, &positioned) || !strings.Contains(positioned.File, "crafted.arrow") {
				t.Fatalf("got %v, want an error with the file's name", err)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}
