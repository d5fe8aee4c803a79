// Package format is the contract between the file formats and whoever reads
// them: a [File] lists its splits and opens a [Reader] for each, and a reader
// decodes one chunk after another straight into the memory it is given.
//
// The formats are packages of their own (ipcfile, csvfile, parquetfile);
// package open finds the right one; package storagetest has the conformance
// suite that each of them passes.
package format

import (
	"context"
	"os"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// Opener opens one file of a format. f is open for reading at any offset and
// belongs to the returned File, which closes it; on an error it stays the
// caller's. name is what errors call the file. An Opener reads only what it
// needs for the schema: a footer, a header, a stated sample.
type Opener func(ctx context.Context, name string, f *os.File, sizeBytes int64) (File, error)

// File is one open input file. It is safe for concurrent use.
type File interface {
	// Schema is the file's columns, in file order. The caller must not change it.
	Schema() chunk.Schema

	// Splits lists the parts of the file that can be read alone, in row order.
	// Together they hold each row once, save rows that Request.Prune excludes:
	// whole splits may be left out, and rows of others.
	Splits(req Request) ([]Split, error)

	// Open starts reading one of the splits that Splits returned for an equal
	// request. Chunks are decoded into mem. meter may be nil.
	Open(split Split, req Request, mem chunk.Memory, meter Meter) (Reader, error)

	// Close closes the file. No reader is open and no chunk is held any more.
	Close() error
}

// Reader delivers the chunks of one split in row order. It belongs to one
// goroutine.
type Reader interface {
	// Next fills c, which holds nothing, with the next rows: at least 1 and at
	// most Request.MaxRows, without a gap between them. It sets FirstRow, which
	// counts the rows that were left out before, Rows and Columns and hands its
	// leases over to c; the caller sets Split and Index. After the last chunk,
	// or from the start of a split without rows, it returns io.EOF. After an
	// error c holds nothing and the reader is only fit for Close.
	Next(ctx context.Context, c *chunk.Chunk) error

	// Close frees what the reader holds itself. Chunks it delivered stay valid.
	Close() error
}

// Mapped is a File whose readers deliver columns that point into a mapping of
// the file. Another process can read these columns by mapping the file itself.
type Mapped interface {
	// Mapping is the whole file, read-only, valid until Close. It is nil when the
	// file's values had to be decoded (a compressed body).
	Mapping() []byte

	// Descriptor is the open file that Mapping maps.
	Descriptor() *os.File
}

// Request says what a run needs of a file. Splits and Open get the same one.
type Request struct {
	Columns  []int      // positions in the schema; may be empty: rows are only counted
	MaxRows  int        // most rows in a chunk, at least 1
	Parallel int        // how many lanes will read; splits are cut so that each gets work. 0 means 1
	Prune    []Interval // rows outside any one of these need not be delivered

	// Read has the columns of a [Mapped] file read into memory, a little at a
	// time, where they would be pointed to in the mapping. Whoever computes on
	// them in the same process is faster with it: the memory is used over and
	// over and stays in the processor's cache, while every page of a mapping has
	// to be mapped and unmapped.
	Read bool

	// Sample tells that what is read is looked at and not a result, so that a
	// reader may guess where the rows of a split begin instead of reading what
	// stands before it. Data that may only have been guessed wrong is
	// [ErrGuess].
	Sample bool
}

// Split is a part of a file that can be read alone.
type Split struct {
	Index     int   // position within the file, from 0; with Prune some may be missing
	Rows      int64 // that reading delivers; -1 when only reading will tell
	SizeBytes int64 // bytes of the file that reading it touches, for the requested columns
	Offset    int64 // first byte of the split in the file
	Part      any   // the format's own
}

// Pruner is a File that can tell how much Splits left out.
type Pruner interface {
	// Pruned counts the splits that req.Prune excludes as a whole, and all rows
	// that it excludes, in these splits and in others.
	Pruned(req Request) (splits int, rows int64)
}
