package parquetfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// codec is how the pages of a column chunk are compressed.
type codec int32

const (
	uncompressed codec = iota
	snappyCodec
	gzipCodec
	lzoCodec
	brotliCodec
	lz4Codec // LZ4 in Hadoop's framing, deprecated
	zstdCodec
	lz4RawCodec
)

var codecNames = [...]string{"none", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4_raw"}

func (c codec) String() string {
	if c >= 0 && int(c) < len(codecNames) {
		return codecNames[c]
	}
	return fmt.Sprintf("codec %d", int32(c))
}

// maxRatio is an upper bound of how much a codec's format can expand.
func (c codec) maxRatio() int64 {
	switch c {
	case snappyCodec:
		return 64 // a copy of 64 bytes takes 3
	case gzipCodec:
		return 1040 // 258 bytes in 2 bits
	case lz4Codec, lz4RawCodec:
		return 256 // a byte of match length
	}
	return 1 << 31 // runs of any length
}

// trustedBytes is what a page's stated size may allocate before anything is
// known of its contents.
const trustedBytes = 1 << 20

// decompressor holds the state of the codecs between pages, for all columns of
// a reader.
type decompressor struct {
	zstd   *zstd.Decoder
	gzip   *gzip.Reader
	brotli *brotli.Reader
	source bytes.Reader
	packed []byte // a page larger than a stream's block, before it is expanded
}

// decode expands src, which has to give exactly size bytes, into buf, grown as
// needed. size is the file's word: it is only allocated when the codec can
// reach it with so many bytes, or as fast as real contents arrive.
func (d *decompressor) decode(c codec, buf, src []byte, size int) (_ []byte, err error) {
	// The codecs are others' code on hostile input: turn their panics into errors here.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s data is corrupted: %v", c, r)
		}
	}()
	if (int64(size)-1)/c.maxRatio() > int64(len(src)) {
		return nil, fmt.Errorf("%d bytes of %s cannot hold a page of %d bytes", len(src), c, size)
	}
	have := size
	if cap(buf) < size && (c == zstdCodec || c == brotliCodec) && size > trustedBytes && size/1024 > len(src) {
		have = trustedBytes
	}
	for ; ; have = min(size, 4*have) {
		if cap(buf) < have {
			buf = make([]byte, have)
		}
		buf = buf[:have]
		err := d.expand(c, buf, src)
		if err == errLarger && have < size {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s data is corrupted: %w", c, err)
		}
		if have < size {
			return nil, fmt.Errorf("%s data is corrupted: it is shorter than its page's %d bytes", c, size)
		}
		return buf, nil
	}
}

var (
	errLarger  = errors.New("it is larger than its page says")
	errSmaller = errors.New("it is smaller than its page says")
)

// expand fills dst exactly. It gives errLarger when src holds more.
func (d *decompressor) expand(c codec, dst, src []byte) error {
	switch c {
	case uncompressed:
		if len(src) != len(dst) {
			return fmt.Errorf("%d bytes for a page of %d", len(src), len(dst))
		}
		copy(dst, src)
		return nil
	case snappyCodec:
		n, used := binary.Uvarint(src)
		if used <= 0 || n != uint64(len(dst)) {
			return fmt.Errorf("%d bytes for a page of %d", n, len(dst))
		}
		return decodeSnappy(dst, src[used:])
	case zstdCodec:
		return d.expandZstd(dst, src)
	case lz4RawCodec:
		n, err := lz4.UncompressBlock(src, dst)
		if err == nil && n != len(dst) {
			err = errSmaller
		}
		return err
	case lz4Codec:
		return expandHadoop(dst, src)
	case gzipCodec:
		d.source.Reset(src)
		if d.gzip == nil {
			d.gzip = new(gzip.Reader)
		}
		if err := d.gzip.Reset(&d.source); err != nil {
			return err
		}
		return readExactly(d.gzip, dst)
	case brotliCodec:
		d.source.Reset(src)
		if d.brotli == nil {
			d.brotli = brotli.NewReader(nil)
		}
		if err := d.brotli.Reset(&d.source); err != nil {
			return err
		}
		return readExactly(d.brotli, dst)
	}
	return fmt.Errorf("compression %s is not supported", c)
}

func (d *decompressor) expandZstd(dst, src []byte) error {
	if d.zstd == nil {
		var err error
		d.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true),
			zstd.WithDecoderMaxMemory(1<<31), zstd.WithDecoderLowmem(true))
		if err != nil {
			return err
		}
	}
	out, err := d.zstd.DecodeAll(src, dst[:0:len(dst)])
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		return errLarger
	}
	return exact(out, dst, err)
}

// expandHadoop decodes LZ4 blocks in Hadoop's framing, big-endian:
//
//	uncompressedBytes(4) { compressedBytes(4) block }...
//
// repeated. Some writers put a bare block there instead.
func expandHadoop(dst, src []byte) error {
	if expandHadoopFrames(dst, src) {
		return nil
	}
	n, err := lz4.UncompressBlock(src, dst)
	if err == nil && n != len(dst) {
		err = errSmaller
	}
	return err
}

func expandHadoopFrames(dst, src []byte) bool {
	for len(src) >= 8 {
		whole, packed := be32(src), be32(src[4:])
		src = src[8:]
		if whole > len(dst) || packed > len(src) {
			return false
		}
		n, err := lz4.UncompressBlock(src[:packed], dst[:whole])
		if err != nil || n != whole {
			return false
		}
		src, dst = src[packed:], dst[whole:]
	}
	return len(src) == 0 && len(dst) == 0
}

func be32(b []byte) int {
	return int(b[0])<<24 | int(b[1])<<16 | int(b[2])<<8 | int(b[3])
}

// exact checks that a codec filled dst itself.
func exact(out, dst []byte, err error) error {
	switch {
	case err != nil:
		return err
	case len(out) < len(dst):
		return errSmaller
	case len(out) > len(dst) || (len(out) > 0 && &out[0] != &dst[0]):
		return errLarger
	}
	return nil
}

func readExactly(r io.Reader, dst []byte) error {
	if _, err := io.ReadFull(r, dst); err != nil {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return errSmaller
		}
		return err
	}
	var one [1]byte
	switch n, err := io.ReadFull(r, one[:]); {
	case n > 0:
		return errLarger
	case err != io.EOF:
		return err
	}
	return nil
}
