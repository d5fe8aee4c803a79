package csvfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/spelling"
)

var (
	errUTF16  = errors.New("the text is UTF-16; convert it to UTF-8")
	errOnlyCR = errors.New("the lines end in CR alone; convert them to LF or CR LF")
)

// readHead finds out everything that Open has to know, from a sample.
func (f *file) readHead() error {
	s := f.scratches.borrow()
	defer f.scratches.giveBack(s)
	end, complete, err := f.readSample(s)
	if err != nil {
		return f.wrap(err)
	}
	at := padFront
	text := s.text
	switch head := text[padFront:end]; {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return f.wrap(errUTF16)
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		at += 3
	}
	f.comma = f.Comma
	if f.comma == 0 {
		f.comma = commaByName(f.name)
	}
	if f.comma == 0 {
		f.comma = findComma(text[at:end], complete)
	}
	fields, start, next, flt := nextRecord(text[:end], at, f.comma, complete, nil)
	switch {
	case flt != nil:
		return f.wrapAt(flt, text)
	case start == end:
		return f.wrap(format.ErrEmpty)
	case bytes.IndexByte(text[at:end], '\n') < 0 && bytes.IndexByte(text[at:end-1], '\r') >= 0:
		return f.wrap(errOnlyCR)
	}
	var names [][]byte
	for _, s := range fields {
		names = append(names, unquoted(text[s.from:s.to]))
	}
	if f.NoHeader {
		names, next = make([][]byte, len(fields)), start
	}
	if err := f.nameColumns(names); err != nil {
		return f.wrap(err)
	}
	f.data = int64(next - padFront)
	f.headLines = int64(bytes.Count(text[padFront:next], []byte{'\n'}))
	return f.infer(s, next, end, complete)
}

// readSample reads the head of the file: the sample, or more if that does not
// hold the header and a record. The text is text[padFront:end].
func (f *file) readSample(s *scratch) (end int, complete bool, err error) {
	f.codec, err = f.findCodec()
	if err != nil {
		return 0, false, err
	}
	in, err := f.codec.decompressor(io.NewSectionReader(f.f, 0, f.sizeBytes))
	if err != nil {
		return 0, false, err
	}
	defer in.Close()
	size := f.SampleBytes
	if f.codec == plain {
		size = int(min(int64(size), f.sizeBytes+1)) // one more, to see the end
	}
	end = padFront
	for ; ; size *= 2 {
		s.reserve(padFront+size+padBack, end)
		text := s.text
		n, err := io.ReadFull(in, text[end:padFront+size])
		end += n
		complete = err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !complete {
			return 0, false, err
		}
		if complete || bytes.Count(text[padFront:end], []byte{'\n'}) >= 2 && f.holdsRecord(text[:end]) || size > f.recordBytes {
			return end, complete, nil
		}
	}
}

// holdsRecord tells whether the sample has a whole header and record, whatever
// separates their fields.
func (f *file) holdsRecord(text []byte) bool {
	comma := f.Comma
	if comma == 0 {
		comma = ','
	}
	at := padFront
	for range 2 {
		var flt *fault
		if _, _, at, flt = nextRecord(text, at, comma, false, nil); flt != nil {
			return flt.err != errMore
		}
	}
	return true
}

// commaByName is a tab for .tsv and .tab files, also compressed ones, else 0.
func commaByName(name string) byte {
	name = strings.ToLower(name)
	for _, ext := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, ext)
	}
	switch filepath.Ext(name) {
	case ".tsv", ".tab":
		return '\t'
	}
	return 0
}

// nameColumns gives the columns their names, and those with a type of their own that.
func (f *file) nameColumns(names [][]byte) error {
	f.schema = make(chunk.Schema, len(names))
	f.inferred = make([]bool, len(names))
	taken := make(map[string]bool, len(names))
	for i, n := range names {
		name := strings.TrimSpace(string(n))
		if name == "" || taken[name] {
			name = fmt.Sprintf("column_%d", i+1)
		}
		if taken[name] {
			return fmt.Errorf("the header has two columns called %s", name)
		}
		taken[name] = true
		typ, ok := f.Types[name]
		f.inferred[i] = !ok
		f.schema[i] = chunk.Field{Name: name, Type: typ, Nullable: true}
		if ok && (typ.ID == chunk.Unsupported || typ.ID == chunk.Float16) {
			return fmt.Errorf("column %s: %s cannot be read from text", name, typ)
		}
	}
	for name := range f.Types {
		if !taken[name] {
			if near := spelling.DidYouMean(name, slices.Collect(maps.Keys(taken))); near != "" {
				return &format.OptionError{Err: fmt.Errorf("a type is given for column %s, but there is none%s", name, near)}
			}
			return &format.OptionError{Err: fmt.Errorf("a type is given for column %s, but there is none; the columns are %s", name, f.list())}
		}
	}
	return nil
}

// list is the names of the first columns.
func (f *file) list() string {
	const most = 20
	var names []string
	for i, field := range f.schema {
		if i == most {
			names = append(names, "…")
			break
		}
		names = append(names, field.Name)
	}
	return strings.Join(names, ", ")
}

// infer finds out the types from the records of text[from:end].
func (f *file) infer(s *scratch, from, end int, complete bool) error {
	text, x := s.text, &s.index
	if complete {
		if bytes.Count(text[from:end], []byte{'"'})&1 == 1 {
			return f.wrapAt(f.openFault(text, from, end), text)
		}
		end = endLine(text, from, end)
	} else {
		end = lastRecordEnd(text, from, end)
	}
	quotes := false
	if end > from {
		var flt *fault
		if quotes, flt = x.build(text, from, end, f.comma, len(f.schema)); flt != nil {
			return f.wrapAt(flt, text)
		}
	}
	if x.rows > 0 {
		f.recordSize = int64((end - from) / x.rows)
	}
	x.rows = min(x.rows, f.SampleRows)
	f.sampled = x.rows
	guesses := guessColumns(text, x, f.inferred, quotes, f.nulls)
	for i, g := range guesses {
		if !f.inferred[i] {
			continue
		}
		f.schema[i].Type = g.typ()
	}
	return nil
}

// lastRecordEnd is the end of the last whole record in text[from:to], which
// begins with a record, or from if there is none.
func lastRecordEnd(text []byte, from, to int) int {
	odd := bytes.Count(text[from:to], []byte{'"'})&1 == 1
	for {
		i := bytes.LastIndexByte(text[from:to], '\n')
		if i < 0 {
			return from
		}
		i += from
		// Whether i is within quotes follows from the quotes after it.
		if bytes.Count(text[i:to], []byte{'"'})&1 == 1 {
			odd = !odd
		}
		if !odd {
			return i + 1
		}
		to = i
	}
}

// wrap gives err the file's name.
func (f *file) wrap(err error) error {
	return &format.Error{File: f.name, Err: err}
}

// wrapAt gives a fault in the head of the file its line.
func (f *file) wrapAt(flt *fault, text []byte) error {
	if flt.err == errMore {
		flt.err = longError{f.recordBytes}
	}
	line := 1 + int64(bytes.Count(text[padFront:flt.at], []byte{'\n'}))
	return &format.Error{File: f.name, Line: line, Err: flt.err}
}
