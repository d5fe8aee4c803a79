package ipcfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// A buffer of a compressed body is an i64 of its size once decompressed, then
// an LZ4 frame or a zstd frame. The size -1 says that it is stored as it is; an
// empty buffer is just empty.
//
// maxRatio bounds what the announced size can be: a byte of LZ4 stands for at
// most 255, and a zstd block of at least 4 bytes for at most 128 KiB.
var maxRatio = [...]int64{lz4Frame: 256, zstdFrame: 1 << 15}

// loadedBytes is the size of a stored buffer once decompressed.
func (c codec) loadedBytes(raw []byte) (int64, error) {
	if c == plain || len(raw) == 0 {
		return int64(len(raw)), nil
	}
	if len(raw) < 8 {
		return 0, fmt.Errorf("a compressed buffer of only %d bytes", len(raw))
	}
	size := int64(binary.LittleEndian.Uint64(raw))
	stored := int64(len(raw) - 8)
	switch {
	case size == -1:
		return stored, nil
	case size < 0 || size > 1<<10+stored*maxRatio[c]:
		return 0, fmt.Errorf("a compressed buffer of %d bytes announces %d decompressed", stored, size)
	}
	return size, nil
}

// decompressors are those of one file, for use by its readers at the same time.
type decompressors struct {
	lz4  sync.Pool // of *lz4Reader
	once sync.Once
	zstd *zstd.Decoder
}

type lz4Reader struct {
	src bytes.Reader
	dec *lz4.Reader
}

// load decompresses a stored buffer to dst, which has its loadedBytes.
func (d *decompressors) load(c codec, dst, raw []byte) error {
	if c == plain || len(raw) == 0 {
		copy(dst, raw)
		return nil
	}
	size, raw := int64(binary.LittleEndian.Uint64(raw)), raw[8:]
	if size == -1 {
		copy(dst, raw)
		return nil
	}
	if len(dst) == 0 {
		return nil
	}
	if c == lz4Frame {
		return d.loadLZ4(dst, raw)
	}
	d.once.Do(func() {
		d.zstd, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true))
	})
	out, err := d.zstd.DecodeAll(raw, dst[:0:len(dst)])
	if err != nil {
		return fmt.Errorf("zstd: %w", err)
	}
	if len(out) != len(dst) {
		return fmt.Errorf("zstd: decompressed to %d bytes, %d were announced", len(out), len(dst))
	}
	return nil
}

func (d *decompressors) loadLZ4(dst, raw []byte) error {
	r, _ := d.lz4.Get().(*lz4Reader)
	if r == nil {
		r = &lz4Reader{dec: lz4.NewReader(nil)}
	}
	defer d.lz4.Put(r)
	r.src.Reset(raw)
	r.dec.Reset(&r.src)
	n, err := io.ReadFull(r.dec, dst)
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("lz4: ends after %d bytes, %d were announced", n, len(dst))
		}
		return fmt.Errorf("lz4: %w", err)
	}
	// The end of the frame carries the checksum, and there must be no more.
	var one [1]byte
	if n, err := r.dec.Read(one[:]); n != 0 {
		return fmt.Errorf("lz4: more than the %d bytes that were announced", len(dst))
	} else if err != nil && err != io.EOF {
		return fmt.Errorf("lz4: %w", err)
	}
	return nil
}
