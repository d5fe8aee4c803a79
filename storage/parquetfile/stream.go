package parquetfile

import (
	"errors"
	"fmt"
	"io"

	"github.com/weir-pipeline/weir/storage/format"
)

// A stream reads blocks of at least minBlockBytes and at most maxBlockBytes, a
// page that is decompressed whole in one piece. Blocks of 128 KiB are still in
// the processor's cache when they are decompressed, and read no slower than
// larger ones; smaller ones share a fixed budget when many columns are read.
const (
	minBlockBytes   = 64 << 10
	maxBlockBytes   = 128 << 10
	blocksPerReader = 16 << 20
)

// stream reads one column chunk of the file front to back in large blocks.
type stream struct {
	file  io.ReaderAt
	meter format.Meter
	block int    // bytes asked for at a time
	next  int64  // offset of the byte after buf
	end   int64  // offset where reading ends
	buf   []byte // what has been read and not yet taken is buf[pos:]
	pos   int
}

// reset points the stream at bytes [from, end) of the file. It keeps buf.
func (s *stream) reset(file io.ReaderAt, meter format.Meter, from, end int64, block int) {
	s.file, s.meter, s.next, s.end, s.block = file, meter, from, end, block
	s.buf, s.pos = s.buf[:0], 0
}

// offset is where in the file the next byte lies.
func (s *stream) offset() int64 { return s.next - int64(len(s.buf)-s.pos) }

// remaining is how many bytes are left.
func (s *stream) remaining() int64 { return s.end - s.offset() }

// peek is the next n bytes, or fewer at the end. They stay valid until the next
// peek. What it allocates is bounded by the bytes the file has.
func (s *stream) peek(n int) ([]byte, error) {
	if int64(n) > s.remaining() {
		n = int(max(s.remaining(), 0))
	}
	if have := len(s.buf) - s.pos; have < n {
		if err := s.fill(n, have); err != nil {
			return nil, err
		}
	}
	return s.buf[s.pos : s.pos+n], nil
}

// take is the next n bytes, all of them, and passes over them. They stay valid
// until the next use of the stream, or of large: if large is not nil, bytes
// that are more than a block are read into it instead of a larger block.
func (s *stream) take(n int, large *[]byte) ([]byte, error) {
	have := len(s.buf) - s.pos
	if large == nil || n <= max(s.block, have) {
		b, err := s.peek(n)
		s.pos += len(b)
		return b, err
	}
	*large = resize(*large, n)
	b := *large
	copy(b, s.buf[s.pos:])
	s.buf, s.pos = s.buf[:0], 0
	_, err := s.read(b[have:], n-have)
	return b, err
}

// ahead is peek that gives all that has been read.
func (s *stream) ahead(n int) ([]byte, error) {
	_, err := s.peek(n)
	return s.buf[s.pos:], err
}

// directBytes is from what size on bytes are read to where they belong.
const directBytes = 16 << 10

// readSome reads the next bytes into dst, some of those that it has room for.
func (s *stream) readSome(dst []byte) (int, error) {
	if n := copy(dst, s.buf[s.pos:]); n > 0 {
		s.pos += n
		return n, nil
	}
	if len(dst) >= directBytes && int64(len(dst)) <= s.remaining() {
		s.buf, s.pos = s.buf[:0], 0
		return s.read(dst, len(dst))
	}
	b, err := s.ahead(1)
	n := copy(dst, b)
	s.pos += n
	if err == nil && n == 0 {
		err = errPageEnd
	}
	return n, err
}

// goTo goes to an offset of the file, where reading ends at end. What has been
// read and is still needed is not read again.
func (s *stream) goTo(offset, end int64) {
	s.end = end
	if offset < s.offset() || offset > s.next {
		s.seek(offset)
		return
	}
	s.pos += int(offset - s.offset())
}

// seek goes to an offset of the file.
func (s *stream) seek(offset int64) {
	s.next = offset
	s.buf, s.pos = s.buf[:0], 0
}

// skip passes over n bytes, without reading those that have not been read yet.
func (s *stream) skip(n int) {
	have := len(s.buf) - s.pos
	if n <= have {
		s.pos += n
		return
	}
	s.next += int64(n - have)
	s.buf, s.pos = s.buf[:0], 0
}

// fill reads on until n bytes are there, have of which already are.
func (s *stream) fill(n, have int) error {
	size := int(min(int64(max(n, s.block)), s.end-s.next+int64(have)))
	if cap(s.buf) < size {
		grown := make([]byte, have, size)
		copy(grown, s.buf[s.pos:])
		s.buf = grown
	} else {
		copy(s.buf[:have], s.buf[s.pos:])
	}
	s.buf, s.pos = s.buf[:size], 0
	got, err := s.read(s.buf[have:], n-have)
	s.buf = s.buf[:have+got]
	return err
}

// read fills buf with the bytes at s.next, at least its first need ones.
func (s *stream) read(buf []byte, need int) (got int, err error) {
	s.meter.Switch(format.Read)
	got, err = s.file.ReadAt(buf, s.next)
	s.meter.Switch(format.Decode)
	s.meter.Read(int64(got))
	s.next += int64(got)
	if got >= need {
		return got, nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = errors.New("the file became shorter while it was read")
	}
	return got, fmt.Errorf("reading %d bytes: %w", len(buf), err)
}
