package parquetfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/golang/snappy"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// pageWriter encodes the pages of one column chunk after another.
type pageWriter struct {
	codec     codec
	pageBytes int
	pageRows  int // 0 for the default
	checksums bool

	base         int64  // offset of out in the file
	out          []byte // pages of the column chunk
	pages        []writtenPage
	uncompressed int64 // the size of out without compression, headers included
	body         []byte
	packed       []byte
	zstd         *zstd.Encoder
	gzip         *gzip.Writer
}

// maxPageBytes leaves room for what compression may add to a page: sizes have
// 31 bits, and snappy may add a sixth.
const maxPageBytes = 1_800_000_000

// begin starts a column chunk at an offset of the file.
func (p *pageWriter) begin(offset int64) {
	p.base, p.out, p.pages, p.uncompressed = offset, p.out[:0], p.pages[:0], 0
}

// offset is where in the file the next page goes.
func (p *pageWriter) offset() int64 { return p.base + int64(len(p.out)) }

// rowsOf is how many rows of so many bits a page has.
func (p *pageWriter) rowsOf(rowBits int) int {
	rows := p.pageRows
	if rows <= 0 {
		rows = max(defaultPageRows, smallPageBytes*8/rowBits)
	}
	return max(min(rows, p.pageBytes*8/rowBits), 1)
}

// levels starts a page body of rows [row, row+n), valid of which have values,
// with their definition levels. The caller appends the values.
func (p *pageWriter) levels(w *columnWriter, row, n, valid int) []byte {
	body := p.body[:0]
	if !w.field.Nullable {
		return body
	}
	body = append(body, 0, 0, 0, 0)
	if valid == 0 || valid == n {
		body = binary.AppendUvarint(body, uint64(n)<<1)
		body = append(body, byte(valid/max(n, 1)))
	} else {
		groups := chunk.BitmapBytes(n)
		body = binary.AppendUvarint(body, uint64(groups)<<1|1)
		from := len(body)
		body = append(body, make([]byte, groups)...)
		copyBits(body[from:], 0, w.validity, row, n)
	}
	binary.LittleEndian.PutUint32(body, uint32(len(body)-4))
	return body
}

// page writes a data page of n rows, valid of which have values with these
// statistics. It takes body over.
func (p *pageWriter) page(body []byte, n, valid int, e encoding, stats statistics) error {
	p.body = body
	offset := p.offset()
	err := p.write(body, dataPage, func(t *thriftWriter) {
		t.open(5)
		t.i32(1, int32(n))
		t.i32(2, int32(e))
		t.i32(3, int32(runLength))
		t.i32(4, int32(runLength))
		t.end()
	})
	p.pages = append(p.pages, writtenPage{offset: offset, sizeBytes: int32(p.offset() - offset), rows: n, values: valid, stats: stats})
	return err
}

// dictionary writes the dictionary page.
func (p *pageWriter) dictionary(texts []string) error {
	body := p.body[:0]
	for _, s := range texts {
		body = binary.LittleEndian.AppendUint32(body, uint32(len(s)))
		body = append(body, s...)
	}
	p.body = body
	return p.write(body, dictionaryPage, func(t *thriftWriter) {
		t.open(7)
		t.i32(1, int32(len(texts)))
		t.i32(2, int32(plain))
		t.end()
	})
}

func (p *pageWriter) write(body []byte, kind int32, header func(*thriftWriter)) error {
	if len(body) > maxPageBytes {
		return fmt.Errorf("a page of %d bytes is larger than Parquet allows", len(body))
	}
	packed, err := p.compress(body)
	if err != nil {
		return err
	}
	t := thriftWriter{buf: p.out}
	t.begin()
	t.i32(1, kind)
	t.i32(2, int32(len(body)))
	t.i32(3, int32(len(packed)))
	if p.checksums {
		t.i32(4, int32(crc32.ChecksumIEEE(packed)))
	}
	header(&t)
	t.end()
	p.uncompressed += int64(len(t.buf) - len(p.out) + len(body))
	p.out = append(t.buf, packed...)
	return nil
}

func (p *pageWriter) compress(body []byte) (packed []byte, err error) {
	switch p.codec {
	case snappyCodec:
		return p.snappy(body), nil
	case zstdCodec:
		if p.zstd == nil {
			if p.zstd, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false)); err != nil {
				return nil, err
			}
		}
		p.packed = p.zstd.EncodeAll(body, p.packed[:0])
		return p.packed, nil
	case gzipCodec:
		out := bytes.NewBuffer(p.packed[:0])
		if p.gzip == nil {
			p.gzip = gzip.NewWriter(out)
		} else {
			p.gzip.Reset(out)
		}
		if _, err = p.gzip.Write(body); err == nil {
			err = p.gzip.Close()
		}
		p.packed = out.Bytes()
		return p.packed, err
	}
	return body, nil
}

// snappy compresses a page, unless that saves less than an eighth: then the
// page is one literal, which is read an order of magnitude faster than many
// short matches.
//
// Note: this is golang/snappy because the encoder of klauspost/compress/snappy
// finds matches in random doubles that save 7 % and cost twenty times the time
// to read (2 instead of 43 GB/s).
func (p *pageWriter) snappy(body []byte) []byte {
	if need := snappy.MaxEncodedLen(len(body)); cap(p.packed) < need {
		p.packed = make([]byte, need)
	}
	packed := snappy.Encode(p.packed[:cap(p.packed)], body)
	if len(packed) < len(body)-len(body)/8 || len(body) == 0 {
		return packed
	}
	packed = binary.AppendUvarint(p.packed[:0], uint64(len(body)))
	packed = append(packed, 63<<2) // literal whose length less one follows in 4 bytes
	packed = binary.LittleEndian.AppendUint32(packed, uint32(len(body)-1))
	return append(packed, body...)
}
