package csvfile

import (
	"bytes"
	"io"

	"github.com/weir-pipeline/weir/storage/format"
)

// streamBytes is how much text of a compressed file a block has, unless a record
// is longer.
const streamBytes = 2 << 20

// streamSource has the records of a compressed file, in blocks.
type streamSource struct {
	f     *file
	in    io.ReadCloser
	meter format.Meter

	begun  bool
	ended  bool
	rest   int   // where the text begins that is left of the block before
	end    int   // where it ends
	offset int64 // of the buffer's begin in the plain text
	line   int64 // line feeds before rest
}

// metered tells the meter what is read of a stored file.
type metered struct {
	in    io.Reader
	meter format.Meter
}

func (m metered) Read(p []byte) (int, error) {
	n, err := m.in.Read(p)
	m.meter.Read(int64(n))
	return n, err
}

func (f *file) stream(meter format.Meter) (source, error) {
	in, err := f.codec.decompressor(metered{io.NewSectionReader(f.f, 0, f.sizeBytes), meter})
	if err != nil {
		return nil, f.wrap(err)
	}
	return &streamSource{f: f, in: in, meter: meter}, nil
}

func (t *streamSource) close() error { return t.in.Close() }

// cause looks whether the compressed data is damaged, which the decompressor may
// notice only after it has delivered nonsense: a checksum comes last.
func (t *streamSource) cause(err error) error {
	const most = 256 << 20 // bytes of text to go on for
	t.meter.Switch(format.Read)
	_, damage := io.CopyN(io.Discard, t.in, most)
	t.meter.Switch(format.Decode)
	if damage != nil && damage != io.EOF {
		return t.f.wrap(damage)
	}
	return err
}

func (t *streamSource) next(s *scratch) (block, error) {
	if !t.begun {
		t.begun = true
		t.meter.Switch(format.Read)
		_, err := io.CopyN(io.Discard, t.in, t.f.data)
		t.meter.Switch(format.Decode)
		if err != nil {
			return block{}, t.f.wrap(err)
		}
		t.rest, t.end = padFront, padFront
		t.offset, t.line = t.f.data-padFront, t.f.headLines
	}
	size := streamBytes
	if t.f.rangeBytes > 0 {
		size = int(t.f.rangeBytes)
	}
	s.reserve(padFront+size+padBack, t.end)
	t.offset += int64(t.rest - padFront)
	t.end = padFront + copy(s.text[padFront:], s.text[t.rest:t.end])
	t.rest = padFront
	b := block{from: padFront, offset: t.offset, line: t.line}
	for ; ; size *= 2 {
		s.reserve(padFront+size+padBack, t.end)
		if err := t.fill(s.text[:padFront+size]); err != nil {
			// The buffer ends where the data broke off.
			return b, &format.Error{File: t.f.name, Line: t.line + 1 + int64(bytes.Count(s.text[padFront:t.end], []byte{'\n'})), Err: err}
		}
		if t.ended {
			b.to = endLine(s.text, padFront, t.end)
		} else {
			b.to = lastRecordEnd(s.text, padFront, t.end)
		}
		if b.to > b.from || t.ended {
			break
		}
		if size > t.f.recordBytes {
			return b, t.f.fail(b, &fault{at: padFront, err: longError{t.f.recordBytes}}, s.text)
		}
	}
	if b.to == b.from {
		return b, io.EOF
	}
	text := s.text[b.from:b.to]
	if bytes.Count(text, []byte{'"'})&1 == 1 {
		return b, t.f.fail(b, t.f.openFault(s.text, b.from, b.to), s.text)
	}
	t.line += int64(bytes.Count(text, []byte{'\n'}))
	t.rest = min(b.to, t.end)
	var flt *fault
	if b.quotes, flt = s.index.build(s.text, b.from, b.to, t.f.comma, len(t.f.schema)); flt != nil {
		return b, t.cause(t.f.fail(b, flt, s.text))
	}
	return b, nil
}

// fill reads until text is full or the stream ends.
func (t *streamSource) fill(text []byte) error {
	t.meter.Switch(format.Read)
	defer t.meter.Switch(format.Decode)
	for t.end < len(text) && !t.ended {
		n, err := t.in.Read(text[t.end:])
		t.end += n
		if err == io.EOF {
			t.ended = true
		} else if err != nil {
			return err
		}
	}
	return nil
}
