// Package csvfile reads comma- and tab-separated text, plain or compressed.
//
// A plain file is cut into byte ranges. The reader of a range reads it with one
// pread into a buffer of its own, finds all fields with comparisons of whole
// words, and parses the requested columns straight into the chunk.
//
// # What is read
//
// Records are those of RFC 4180: fields may be in quotes, a quote within is
// written twice, quoted fields may hold separators and line ends. Lines end in
// LF or CR LF; the last may lack its end. Blank lines are skipped, a UTF-8 byte
// order mark too. All records have as many fields as the header. A quote in the
// middle of an unquoted field is an error. Text within quotes is kept as it is,
// CR LF too; text need not be UTF-8.
//
// The header names the columns. The column without a name, or with one that
// stood before, is called by its position: column_3.
//
// An empty field is null. A quoted empty field is an empty string in a string
// column and null in all others. Spaces and tabs around a value that is no
// string are left out. Quoted numbers are numbers.
//
// # Types
//
// The types come from the first rows, see [Options]: int64, float64, bool,
// date32, timestamp, else string. Columns of integers and floats are float64, of
// dates and timestamps timestamp (in the finest unit seen; UTC if all values say
// Z or an offset), of anything else together string. A column that is empty in
// all those rows is float64; one of a file without rows is string. A later value
// that does not fit is an error that says which type would.
package csvfile

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// Options say how a file is read. The zero value reads any usual file.
type Options struct {
	// Comma separates the fields. 0 finds it out: a tab if the file is called
	// .tsv, else the one of , ; tab | that divides the first records most evenly.
	Comma byte

	// NoHeader says that the first line is data. The columns are called column_1,
	// column_2 and so on.
	NoHeader bool

	// NullText are spellings of null beside the empty field, such as NA. They
	// are compared exactly, and in string columns only with unquoted fields.
	NullText []string

	// Types sets the types of columns by name instead of finding them out.
	Types map[string]chunk.Type

	// SampleRows and SampleBytes are how much of the file types are found out
	// from, whichever is reached first. Default 10000 rows and 1 MiB.
	SampleRows  int
	SampleBytes int

	// For tests. 0 chooses.
	rangeBytes  int64 // size of the byte ranges
	recordBytes int   // longest record
}

// Open opens a file with the zero [Options]. It is a [format.Opener].
func Open(ctx context.Context, name string, f *os.File, sizeBytes int64) (format.File, error) {
	return Options{}.open(name, f, sizeBytes, new(scratches))
}

// Opener is a [format.Opener] with these options. The files that it opens share
// the buffers of their readers.
func (o Options) Opener() format.Opener {
	shared := new(scratches)
	return func(_ context.Context, name string, f *os.File, sizeBytes int64) (format.File, error) {
		return o.open(name, f, sizeBytes, shared)
	}
}

func (o Options) open(name string, f *os.File, sizeBytes int64, shared *scratches) (format.File, error) {
	if o.SampleRows <= 0 {
		o.SampleRows = 10000
	}
	if o.SampleBytes <= 0 {
		o.SampleBytes = 1 << 20
	}
	if o.recordBytes <= 0 {
		o.recordBytes = 64 << 20
	}
	switch c := o.Comma; {
	case c == '"', c == '\n', c == '\r', c >= 0x80:
		return nil, fmt.Errorf("%q cannot separate fields", c)
	}
	if sizeBytes == 0 {
		return nil, &format.Error{File: name, Err: format.ErrEmpty}
	}
	file := &file{Options: o, name: name, f: f, sizeBytes: sizeBytes, scratches: shared}
	for _, text := range o.NullText {
		file.nulls = append(file.nulls, []byte(text))
	}
	if err := file.readHead(); err != nil {
		return nil, err
	}
	return file, nil
}

// file is an open file. What Open found out never changes.
type file struct {
	Options
	name      string
	f         *os.File
	sizeBytes int64 // as stored
	nulls     [][]byte

	codec      codec
	comma      byte
	schema     chunk.Schema
	inferred   []bool // the column's type comes from the sample
	sampled    int    // rows that types come from
	data       int64  // where the first row may begin, in the plain text
	headLines  int64  // line feeds before that
	recordSize int64  // average length of a record of the sample; 0 unknown

	mu      sync.Mutex
	layouts []*layout

	scratches *scratches
}

// Schema is the file's columns.
func (f *file) Schema() chunk.Schema { return f.schema }

// Close closes the file.
func (f *file) Close() error { return f.f.Close() }

// scratch is what a reader works with: the text of a block and its index. It
// goes from reader to reader, also of other files, so that its pages stay mapped.
type scratch struct {
	text  []byte
	index index
}

// scratches are those that no reader has. They are safe for concurrent use.
type scratches struct {
	mu   sync.Mutex
	idle []*scratch
}

func (p *scratches) borrow() *scratch {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle); n > 0 {
		s := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return s
	}
	return new(scratch)
}

func (p *scratches) giveBack(s *scratch) {
	const most = 64 << 20 // of a buffer worth keeping
	if len(s.text) > most || 4*(len(s.index.buf)+len(s.index.spare)) > most {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, s)
}

// reserve makes the text buffer at least size long, keeping the first keep bytes.
func (s *scratch) reserve(size, keep int) {
	if len(s.text) >= size {
		return
	}
	bigger := make([]byte, size)
	copy(bigger, s.text[:min(keep, len(s.text))])
	s.text = bigger
}
