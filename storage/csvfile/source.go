package csvfile

import (
	"bytes"
	"fmt"
	"io"

	"github.com/weir-pipeline/weir/storage/format"
)

// block is complete records in a text buffer.
type block struct {
	from, to int
	offset   int64 // of the buffer's begin in the plain text
	line     int64 // line feeds before from; -1 unknown
	quotes   bool
}

// source reads the blocks of a split, one after another.
type source interface {
	// next reads the next block into s and finds its fields; io.EOF after the last.
	next(s *scratch) (block, error)
	// cause is the error that led to err, an error in the text of a block, or err.
	cause(err error) error
	close() error
}

// rangeSource has the records of one byte range of a plain file as one block.
type rangeSource struct {
	f     *file
	l     *layout
	i     int
	meter format.Meter
	done  bool

	guess   bool // rather than count the quotes before the range
	guessed bool // and there are quotes, so that the guess may be wrong
}

// What a range reads at a time: the fields are found while the bytes are in the
// second-level cache. What it reads beyond its end at once is where the record
// ends that crosses it, unless that is a long one.
const (
	readBytes = 256 << 10
	peekBytes = 4 << 10
)

func (r *rangeSource) cause(err error) error {
	if r.guessed {
		return fmt.Errorf("%w: %w", format.ErrGuess, err)
	}
	return err
}

func (r *rangeSource) close() error { return nil }

func (r *rangeSource) next(s *scratch) (block, error) {
	if r.done {
		return block{}, io.EOF
	}
	r.done = true
	lo, hi := r.l.bounds[r.i], r.l.bounds[r.i+1]
	end := padFront + int(hi-lo)
	b := block{from: padFront, offset: lo - padFront, line: -1}
	found, err := r.load(s, lo, hi)
	if err != nil {
		return b, err
	}
	before := false
	if r.i > 0 {
		if r.guess {
			// Quotes come in pairs, and few texts have line feeds in them.
			r.guessed = found.quotes > 0
		} else if before, err = r.l.oddBefore(r.i, r.count); err != nil {
			return b, err
		}
		// The first record begins after the first line feed out of quotes.
		odd := before
		at, ok := feedOutside(s.text[:end], padFront, &odd)
		if !ok {
			return b, io.EOF
		}
		b.from = at + 1
	}
	odd := before != (found.quotes&1 == 1)
	b.to, err = r.finish(s, b, end, hi, odd)
	if err != nil {
		return b, r.cause(err)
	}
	if b.to == b.from {
		return b, io.EOF
	}
	var flt *fault
	if found.indexed && !before {
		b.quotes, flt = r.complete(s, b, end, found.newlines)
	} else {
		b.quotes, flt = s.index.build(s.text, b.from, b.to, r.f.comma, len(r.f.schema))
	}
	if flt != nil {
		return b, r.cause(r.f.fail(b, flt, s.text))
	}
	return b, nil
}

// loaded is what has been found in the bytes of a range.
type loaded struct {
	quotes   int
	newlines int  // if indexed
	indexed  bool // the index has the fields, as far as there are no quotes before the range
}

// load reads the bytes [lo, hi) to padFront and counts their quotes. As long as
// there is none, it also finds the fields.
func (r *rangeSource) load(s *scratch, lo, hi int64) (l loaded, err error) {
	size := int(hi - lo)
	s.reserve(padFront+size+peekBytes+padBack, 0)
	if r.l.claim(r.i) {
		found := unknown
		defer func() { r.l.publish(r.i, found) }()
		defer func() {
			if err == nil {
				found = parity(l.quotes)
			}
		}()
	}
	s.index.begin(padFront, size+peekBytes, len(r.f.schema))
	scan := scanner{text: s.text, comma: repeat(r.f.comma), index: &s.index}
	l.indexed = true
	for at, end := padFront, 0; at < padFront+size; at = end {
		end = min(at+readBytes, padFront+size)
		if err := r.read(s.text[at:end], lo+int64(at-padFront)); err != nil {
			return l, err
		}
		if l.indexed {
			newlines, quotes, flt := scan.plain(at, end)
			l.newlines += newlines
			l.indexed = !quotes && flt == nil
		}
		if !l.indexed {
			l.quotes += bytes.Count(s.text[at:end], []byte{'"'})
		}
	}
	return l, nil
}

// complete adds the fields of the record that crosses the range's end to the
// index, and leaves out those before the first record.
func (r *rangeSource) complete(s *scratch, b block, end, newlines int) (quotes bool, _ *fault) {
	scan := scanner{text: s.text, comma: repeat(r.f.comma), index: &s.index}
	more, quotes, flt := scan.plain(end, b.to)
	if quotes || flt != nil {
		return s.index.build(s.text, b.from, b.to, r.f.comma, len(r.f.schema))
	}
	newlines += more
	first := 0
	if b.from > padFront {
		for int(s.index.buf[first]) != b.from-1 {
			first++
		}
		newlines--
	}
	return false, s.index.end(s.text, first, newlines, false)
}

// finish reads on behind the range's end, which is position at of the text and
// offset off of the file, to the end of the record that crosses it. odd says
// that the range ends within quotes.
func (r *rangeSource) finish(s *scratch, b block, at int, off int64, odd bool) (int, error) {
	begin, end := at, at // of what is read here
	for more := peekBytes; off < r.f.sizeBytes; more *= 2 {
		if end-begin > r.f.recordBytes {
			return 0, r.f.fail(b, &fault{at: begin - 1, err: longError{r.f.recordBytes}}, s.text)
		}
		n := int(min(int64(more), r.f.sizeBytes-off))
		s.reserve(end+n+padBack, end)
		if err := r.read(s.text[end:end+n], off); err != nil {
			return 0, err
		}
		end += n
		off += int64(n)
		var ok bool
		if at, ok = feedOutside(s.text[:end], at, &odd); ok {
			return at + 1, nil
		}
	}
	if odd {
		return 0, r.f.fail(b, &fault{at: end - 1, err: errOpen}, s.text)
	}
	return endLine(s.text, b.from, end), nil
}

// endLine gives the last record of a file the line feed that it may lack.
func endLine(text []byte, from, end int) int {
	if end > from && text[end-1] != '\n' {
		text[end] = '\n'
		end++
	}
	return end
}

// feedOutside is the position of the first line feed at or after at that is not
// within quotes. odd says whether at is within quotes, and then whether the end
// of the search is, which is also where to go on when there is more text.
func feedOutside(text []byte, at int, odd *bool) (int, bool) {
	for at < len(text) {
		i := bytes.IndexByte(text[at:], '\n')
		end := at + i
		if i < 0 {
			end = len(text)
		}
		if bytes.Count(text[at:end], []byte{'"'})&1 == 1 {
			*odd = !*odd
		}
		switch {
		case i < 0:
			return end, false
		case !*odd:
			return end, true
		}
		at = end + 1
	}
	return at, false
}

// read reads p at off on the meter.
func (r *rangeSource) read(p []byte, off int64) error {
	r.meter.Switch(format.Read)
	err := r.f.readAt(p, off)
	r.meter.Switch(format.Decode)
	r.meter.Read(int64(len(p)))
	return err
}

// count counts the quotes in the bytes [from, to) of the file.
func (r *rangeSource) count(from, to int64) (quotes int, err error) {
	buf := make([]byte, min(readBytes, to-from))
	for from < to {
		p := buf[:min(int64(len(buf)), to-from)]
		if err := r.read(p, from); err != nil {
			return 0, err
		}
		quotes += bytes.Count(p, []byte{'"'})
		from += int64(len(p))
	}
	return quotes, nil
}
