// Package output writes chunks to a file whose name says the format: .csv and
// .tsv (also .gz and .zst), .parquet, .arrow. The file appears under its name
// when it is complete, or not at all.
package output

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/weir-pipeline/weir/storage/atomicfile"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/csvwriter"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/ipcwriter"
	"github.com/weir-pipeline/weir/storage/parquetfile"
)

// Options say how the file is laid out. The zero value is right for weir.
type Options struct {
	// Compression of Arrow bodies (none, lz4, zstd; "" is none, so that the file
	// can be mapped) or Parquet pages (none, snappy, zstd, gzip; "" is snappy).
	// Text is compressed as its name says.
	Compression string

	// BatchRows is the rows of a record batch or row group, the unit that readers
	// share out. 0 is 131,072 for Arrow and what parquetfile takes for Parquet.
	BatchRows int

	// KeepDictionaries is ipcwriter's: it needs all chunks to have the same.
	KeepDictionaries bool
}

const defaultBatchRows = 1 << 17

// File is an output that is being written.
//
// Chunks are written in two steps: Encode does what can be done to several at
// once and may be called by any number of goroutines, Append takes its results
// in order, one at a time. Write is both.
type File struct {
	file   *atomicfile.File
	buf    *bufio.Writer
	schema chunk.Schema
	table  tableWriter // nil for text

	text     csvwriter.Options
	pack     packing
	header   bool      // text: the header is still to be written
	encoders sync.Pool // of *encoder
}

type tableWriter interface {
	Write(c *chunk.Chunk) error
	Close() error
}

// Piece is an encoded chunk.
type Piece struct {
	c    *chunk.Chunk
	text []byte
	enc  *encoder
}

type packing uint8

const (
	plain packing = iota
	gzipped
	zstandard
)

// Create starts writing the file at path. The caller calls Commit or Abort.
func Create(path string, schema chunk.Schema, opts Options) (*File, error) {
	kind, pack, err := kindOf(path)
	if err != nil {
		return nil, err
	}
	for _, f := range schema {
		if f.Type.ID == chunk.Unsupported {
			return nil, &format.Error{File: path, Column: f.Name, Err: format.UnsupportedTypeError(f.Type.Name)}
		}
	}
	if (kind == "csv" || kind == "tsv") && opts.Compression != "" {
		return nil, fmt.Errorf("%s: text is compressed by its name: end it in .gz or .zst", path)
	}
	file, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	f := &File{file: file, buf: bufio.NewWriterSize(file, 256<<10), schema: schema, pack: pack}
	switch kind {
	case "csv":
		f.header = true
	case "tsv":
		f.header, f.text.Comma = true, '\t'
	case "parquet":
		f.table, err = parquetfile.NewWriter(f.buf, schema, parquetfile.WriterOptions{RowGroupRows: opts.BatchRows, Compression: opts.Compression})
	case "arrow":
		var compression ipcwriter.Compression
		if compression, err = ipcwriter.ParseCompression(opts.Compression); err == nil {
			if opts.BatchRows == 0 {
				opts.BatchRows = defaultBatchRows
			}
			f.table, err = ipcwriter.New(f.buf, schema, ipcwriter.Options{
				Compression: compression, BatchRows: opts.BatchRows, KeepDictionaries: opts.KeepDictionaries})
		}
	}
	if err != nil {
		file.Abort()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// kindOf tells the format by the name.
func kindOf(path string) (kind string, pack packing, err error) {
	name := strings.ToLower(path)
	switch {
	case strings.HasSuffix(name, ".gz"):
		name, pack = strings.TrimSuffix(name, ".gz"), gzipped
	case strings.HasSuffix(name, ".zst"):
		name, pack = strings.TrimSuffix(name, ".zst"), zstandard
	}
	for _, k := range [...]struct{ extension, kind string }{
		{".csv", "csv"}, {".tsv", "tsv"}, {".tab", "tsv"}, {".parquet", "parquet"}, {".pq", "parquet"},
		{".arrow", "arrow"}, {".feather", "arrow"}, {".ipc", "arrow"},
	} {
		if !strings.HasSuffix(name, k.extension) {
			continue
		}
		if pack != plain && k.kind != "csv" && k.kind != "tsv" {
			return "", plain, fmt.Errorf("%s: %s files are compressed inside, not as a whole; leave out the last extension", path, k.kind)
		}
		return k.kind, pack, nil
	}
	return "", plain, fmt.Errorf("%s: the name says no format that can be written: end it in .csv, .tsv (also with .gz or .zst), .parquet or .arrow", path)
}

// Write encodes and appends c, which stays the caller's.
func (f *File) Write(c *chunk.Chunk) error {
	p, err := f.encode(c)
	if err != nil {
		return err
	}
	return f.append(p)
}

// Encode prepares c for Append. It takes over c, on an error too.
func (f *File) Encode(c *chunk.Chunk) (Piece, error) {
	p, err := f.encode(c)
	if err != nil || f.table == nil {
		c.Release()
	}
	return p, err
}

// Append writes a piece and gives up what it holds.
func (f *File) Append(p Piece) error {
	err := f.append(p)
	p.Release()
	return err
}

// Release gives up a piece that is not going to be appended.
func (p Piece) Release() {
	if p.c != nil && p.enc == nil {
		p.c.Release()
	}
}

func (f *File) append(p Piece) error {
	if f.table != nil {
		return f.table.Write(p.c)
	}
	if err := f.writeHeader(); err != nil {
		return err
	}
	_, err := f.buf.Write(p.text)
	f.encoders.Put(p.enc)
	return err
}

// Commit completes the file.
func (f *File) Commit() error {
	defer f.file.Abort()
	if f.table != nil {
		if err := f.table.Close(); err != nil {
			return err
		}
	} else if err := f.writeHeader(); err != nil {
		return err
	}
	if err := f.buf.Flush(); err != nil {
		return err
	}
	return f.file.Commit()
}

// Abort gives the file up unless it has been committed.
func (f *File) Abort() { f.file.Abort() }

func (f *File) writeHeader() error {
	if !f.header {
		return nil
	}
	f.header = false
	e, err := f.encoder()
	if err != nil {
		return err
	}
	text, err := e.packed(e.csv.AppendHeader(nil))
	if err != nil {
		return err
	}
	_, err = f.buf.Write(text)
	f.encoders.Put(e)
	return err
}

func (f *File) encode(c *chunk.Chunk) (Piece, error) {
	if f.table != nil {
		return Piece{c: c}, nil
	}
	e, err := f.encoder()
	if err != nil {
		return Piece{}, err
	}
	if e.text, err = e.csv.AppendRows(e.text[:0], c); err != nil {
		return Piece{}, err
	}
	text, err := e.packed(e.text)
	return Piece{text: text, enc: e}, err
}

func (f *File) encoder() (*encoder, error) {
	if e, ok := f.encoders.Get().(*encoder); ok {
		return e, nil
	}
	e := &encoder{csv: f.text.Encoder(f.schema)}
	switch f.pack {
	case gzipped:
		e.gzip, _ = gzip.NewWriterLevel(&e.out, gzip.DefaultCompression)
	case zstandard:
		var err error
		if e.zstd, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// encoder turns a chunk into text, compressed on its own: a file of several
// gzip members or zstd frames is one stream to every reader.
type encoder struct {
	csv  *csvwriter.Encoder
	gzip *gzip.Writer
	zstd *zstd.Encoder
	text []byte
	out  bytes.Buffer
	zst  []byte
}

// packed is text compressed, valid until the encoder's next use.
func (e *encoder) packed(text []byte) ([]byte, error) {
	switch {
	case e.gzip != nil:
		e.out.Reset()
		e.gzip.Reset(&e.out)
		if _, err := e.gzip.Write(text); err != nil {
			return nil, err
		}
		err := e.gzip.Close()
		return e.out.Bytes(), err
	case e.zstd != nil:
		e.zst = e.zstd.EncodeAll(text, e.zst[:0])
		return e.zst, nil
	}
	return text, nil
}
