package csvfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// codec is how the whole file is compressed.
type codec uint8

const (
	plain codec = iota
	gzipped
	zstandard
)

// codecOf recognises a codec by a file's first bytes.
func codecOf(head []byte) codec {
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return gzipped
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		return zstandard
	}
	return plain
}

// zstdWindow is the most memory that a zstd frame may ask for in bytes: that of
// --long=27, the most that the zstd command takes without being told.
const zstdWindow = 128 << 20

// decompressor is the plain text of stored.
func (c codec) decompressor(stored io.Reader) (io.ReadCloser, error) {
	const block = 256 << 10 // bytes to read at a time
	in := bufio.NewReaderSize(stored, block)
	switch c {
	case gzipped:
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, explain(err)
		}
		return checked{z, func() { z.Close() }}, nil
	case zstandard:
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow), zstd.WithDecoderMaxMemory(2*zstdWindow))
		if err != nil {
			return nil, explain(err)
		}
		return checked{z, z.Close}, nil
	}
	return io.NopCloser(stored), nil
}

// findCodec recognises the codec of the file.
func (f *file) findCodec() (codec, error) {
	var head [4]byte
	n, err := f.f.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return plain, err
	}
	return codecOf(head[:n]), nil
}

// checked is a decompressor whose errors say what they mean.
type checked struct {
	in    io.Reader
	close func() // without the error, which Read has told
}

func (c checked) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	if err != nil && err != io.EOF {
		err = explain(err)
	}
	return n, err
}

func (c checked) Close() error {
	c.close()
	return nil
}

var errCutOff = errors.New("the compressed data ends too early; the file is cut off")

func explain(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
		return errCutOff
	}
	return fmt.Errorf("the compressed data is damaged: %w", err)
}
