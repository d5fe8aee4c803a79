package csvfile

import (
	"bytes"
	"fmt"

	"github.com/weir-pipeline/weir/storage/format"
)

// fail is the error for a fault in a block. Which line it is in is found by
// reading the file again, up to there: only who has an error pays for lines.
func (f *file) fail(b block, flt *fault, text []byte) error {
	return f.at(b, flt.at, format.Error{Err: flt.err}, text)
}

// failValue is the error for a field that does not fit its column.
func (f *file) failValue(b block, text []byte, v *valueError) error {
	field := f.schema[v.column]
	how := "the type asked for"
	if f.inferred[v.column] {
		how = fmt.Sprintf("the type inferred from the first %d rows", f.sampled)
	}
	better := advise(field.Type, []byte(v.text))
	err := fmt.Errorf("%q is not %s, %s; to read it as another type: --types %s=%s", v.text, field.Type, how, field.Name, better)
	return f.at(b, v.at, format.Error{Column: field.Name, Err: err}, text)
}

// at completes an error at a position of a block's text. An error in a file with
// quotes may follow from a fault far before it: then that is the error.
func (f *file) at(b block, at int, e format.Error, text []byte) error {
	e.File = f.name
	e.Offset = b.offset + int64(at)
	if b.line >= 0 {
		e.Line = b.line + 1 + int64(bytes.Count(text[b.from:at], []byte{'\n'}))
		return &e
	}
	lines, quotes, err := f.countTo(e.Offset)
	if err != nil {
		return &e // the data is bad anyway: better without a line than not at all
	}
	e.Line = lines + 1
	if quotes == 0 && e.Err != errOpen {
		return &e
	}
	if offset, cause := f.firstFault(e.Offset); cause != nil {
		lines, _, err := f.countTo(offset)
		if err == nil {
			return &format.Error{File: f.name, Line: lines + 1, Offset: offset, Err: cause}
		}
	}
	return &e
}

// countTo counts the line feeds and quotes before an offset of a plain file.
func (f *file) countTo(offset int64) (lines, quotes int64, err error) {
	buf := make([]byte, min(1<<20, offset))
	for at := int64(0); at < offset; {
		p := buf[:min(int64(len(buf)), offset-at)]
		if err := f.readAt(p, at); err != nil {
			return 0, 0, err
		}
		lines += int64(bytes.Count(p, []byte{'\n'}))
		quotes += int64(bytes.Count(p, []byte{'"'}))
		at += int64(len(p))
	}
	return lines, quotes, nil
}

// firstFault is the first record of a plain file that is no proper CSV, among
// those that begin up to an offset.
func (f *file) firstFault(offset int64) (int64, error) {
	var (
		text   []byte
		begin  = f.data // of text in the file
		at     int      // in text
		fields []span
	)
	for window := int64(1 << 20); ; {
		if begin+int64(at) > offset || begin >= f.sizeBytes {
			return 0, nil
		}
		// text ends before the record does, or has not been read.
		begin, at = begin+int64(at), 0
		text = make([]byte, min(window, f.sizeBytes-begin))
		if f.readAt(text, begin) != nil {
			return 0, nil
		}
		complete := begin+int64(len(text)) == f.sizeBytes
		for at < len(text) && begin+int64(at) <= offset {
			out, start, next, flt := nextRecord(text, at, f.comma, complete, fields[:0])
			fields = out
			switch {
			case flt != nil && flt.err != errMore:
				return begin + int64(flt.at), flt.err
			case flt != nil && at > 0:
				window = 1 << 20
			case flt != nil && window > int64(f.recordBytes):
				return begin + int64(flt.at), longError{f.recordBytes}
			case flt != nil:
				window *= 2
			case start < len(text) && len(fields) != len(f.schema):
				return begin + int64(start), fieldCountError{found: len(fields), want: len(f.schema)}
			}
			if flt != nil {
				break
			}
			at = next
		}
		if at == len(text) && complete {
			return 0, nil
		}
	}
}
