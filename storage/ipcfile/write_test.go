package ipcfile_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"github.com/weir-pipeline/weir/storage/storagetest"
)

// variant is one way to write the same table.
type variant struct {
	name    string
	stream  bool
	strings arrow.DataType // nil is utf8
	deltas  bool           // each batch has its own dictionary, which begins like the one before
	fresh   bool           // each batch has its own dictionary
	options []ipc.Option
}

func dict(index, values arrow.DataType) arrow.DataType {
	return &arrow.DictionaryType{IndexType: index, ValueType: values}
}

func variants() []variant {
	lz4, zstd := []ipc.Option{ipc.WithLZ4()}, []ipc.Option{ipc.WithZstd()}
	p, utf8 := arrow.PrimitiveTypes, arrow.BinaryTypes.String
	return []variant{
		{name: "file"},
		{name: "stream", stream: true},
		{name: "file lz4", options: lz4},
		{name: "file large_utf8", strings: arrow.BinaryTypes.LargeString},
		{name: "stream zstd large_utf8", stream: true, strings: arrow.BinaryTypes.LargeString, options: zstd},
		{name: "file dictionary int32", strings: dict(p.Int32, utf8)},
		{name: "file dictionary uint16", strings: dict(p.Uint16, utf8)},
		{name: "stream dictionary int64", stream: true, strings: dict(p.Int64, utf8)},
		{name: "file lz4 dictionary int32", strings: dict(p.Int32, utf8), options: lz4},
		{name: "stream replaced dictionaries", stream: true, strings: dict(p.Int32, utf8), fresh: true},
		{name: "stream delta dictionaries", stream: true, strings: dict(p.Int16, utf8), deltas: true, options: []ipc.Option{ipc.WithDictionaryDeltas(true)}},
	}
}

// write writes the table in batches of splitRows.
func (v variant) write(t testing.TB, path string, tab storagetest.Table, opt storagetest.WriteOptions) {
	t.Helper()
	schema := storagetest.ArrowSchema(tab, v.strings)
	var out bytes.Buffer
	options := append([]ipc.Option{ipc.WithSchema(schema)}, v.options...)
	var w interface {
		Write(arrow.Record) error
		Close() error
	}
	if v.stream {
		w = ipc.NewWriter(&out, options...)
	} else {
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if w, err = ipc.NewFileWriter(file, options...); err != nil {
			t.Fatal(err)
		}
	}
	step := max(1, opt.SplitRows)
	whole := storagetest.ArrowRecord(tab, schema)
	for from := 0; from < tab.Rows; from += step {
		to := min(from+step, tab.Rows)
		rec := whole.NewSlice(int64(from), int64(to))
		switch {
		case v.fresh:
			rec = storagetest.ArrowRecord(tab.Slice(from, to), schema)
		case v.deltas:
			rec = storagetest.ArrowRecord(tab.Slice(0, to), schema).NewSlice(int64(from), int64(to))
		}
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if v.stream {
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
