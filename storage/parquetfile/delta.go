package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/weir-pipeline/weir/storage/format"
)

// The delta encodings are decoded into the layout of plain pages when a page
// is loaded. Their output can be much longer than their input, so it grows
// with what is really decoded, up to the caller's limit.

var errDeltaShort = errors.New("its delta-encoded data ends early")

// deltaHeader is the start of a DELTA_BINARY_PACKED sequence.
type deltaHeader struct {
	miniBlocks int // in a block
	miniValues int // in a miniblock
	total      int
	first      int64
}

func readDeltaHeader(src []byte) (h deltaHeader, rest []byte, err error) {
	var raw [3]uint64
	for i := range raw {
		v, n := binary.Uvarint(src)
		if n <= 0 {
			return h, nil, errDeltaShort
		}
		raw[i], src = v, src[n:]
	}
	first, n := binary.Varint(src)
	if n <= 0 {
		return h, nil, errDeltaShort
	}
	block, mini, total := raw[0], raw[1], raw[2]
	if block == 0 || block > 1<<20 || mini == 0 || mini > block || block%mini != 0 || block/mini%8 != 0 || total > 1<<31 {
		return h, nil, fmt.Errorf("its delta-encoded data has blocks of %d values in %d parts", block, mini)
	}
	return deltaHeader{miniBlocks: int(mini), miniValues: int(block / mini), total: int(total), first: first}, src[n:], nil
}

// decodeDelta appends the values of a DELTA_BINARY_PACKED sequence to dst, each
// in width bytes (4 or 8), and returns what follows it in src. The sequence must
// have want values, or at most limit values if want is -1.
//
//	header: varint block values, miniblocks per block, values; zigzag first value
//	block:  zigzag least delta, a byte of bit width for each miniblock, miniblocks
func decodeDelta(dst, src []byte, width, want, limit int) (_, rest []byte, err error) {
	h, src, err := readDeltaHeader(src)
	if err != nil {
		return nil, nil, err
	}
	if (want >= 0 && h.total != want) || h.total > limit {
		return nil, nil, fmt.Errorf("its delta-encoded data has %d values", h.total)
	}
	if h.total == 0 {
		return dst, src, nil
	}
	value := uint64(h.first)
	put := func(v uint64) {
		if width == 4 {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(v))
		} else {
			dst = binary.LittleEndian.AppendUint64(dst, v)
		}
	}
	put(value)
	for left := h.total - 1; left > 0; {
		least, n := binary.Varint(src)
		if n <= 0 || len(src)-n < h.miniBlocks {
			return nil, nil, errDeltaShort
		}
		widths := src[n : n+h.miniBlocks]
		src = src[n+h.miniBlocks:]
		for _, w := range widths {
			if left == 0 {
				break // miniblocks without values have no bytes
			}
			bitWidth := int(w)
			if bitWidth > 64 {
				return nil, nil, fmt.Errorf("its delta-encoded data has values of %d bits", bitWidth)
			}
			m := min(left, h.miniValues)
			size := h.miniValues / 8 * bitWidth
			if size > len(src) {
				if (m*bitWidth+7)/8 > len(src) {
					return nil, nil, errDeltaShort
				}
				size = len(src) // the unused end of the last miniblock may be missing
			}
			for i := range m {
				value += uint64(least) + loadBits(src[:size], i*bitWidth, bitWidth)
				put(value)
			}
			src = src[size:]
			left -= m
		}
	}
	return dst, src, nil
}

// loadBits is the value of width bits (0 to 64) at a bit position of src.
func loadBits(src []byte, bit, width int) uint64 {
	if width == 0 {
		return 0
	}
	at, shift := bit>>3, bit&7
	var v uint64
	if at+9 <= len(src) {
		v = binary.LittleEndian.Uint64(src[at:]) >> shift
		if shift+width > 64 {
			v |= uint64(src[at+8]) << (64 - shift)
		}
	} else {
		var word [9]byte
		copy(word[:], src[at:])
		v = binary.LittleEndian.Uint64(word[:])>>shift | uint64(word[8])<<(64-shift)
	}
	return v & (^uint64(0) >> (64 - width))
}

// decodeDeltaLengths decodes DELTA_LENGTH_BYTE_ARRAY: the lengths of all texts
// as a delta sequence, then the texts end to end. starts gets where each text
// begins in data, and the end.
func decodeDeltaLengths(starts []uint32, src []byte, want, limit int) (_ []uint32, data []byte, err error) {
	lengths, data, err := decodeDelta(nil, src, 4, want, limit)
	if err != nil {
		return nil, nil, err
	}
	at := uint64(0)
	starts = append(starts[:0], 0)
	for ; len(lengths) > 0; lengths = lengths[4:] {
		at += uint64(binary.LittleEndian.Uint32(lengths))
		if at > uint64(len(data)) {
			return nil, nil, errTextLength
		}
		starts = append(starts, uint32(at))
	}
	if at != uint64(len(data)) {
		return nil, nil, fmt.Errorf("%d bytes of it are left over", uint64(len(data))-at)
	}
	return starts, data, nil
}

// decodeDeltaTexts decodes DELTA_BYTE_ARRAY: how many bytes each text shares
// with the one before, then the rest of each as DELTA_LENGTH_BYTE_ARRAY. The
// result may be at most maxBytes long.
func decodeDeltaTexts(starts []uint32, dst, src []byte, want, limit int, maxBytes int64) (_ []uint32, data []byte, err error) {
	shared, src, err := decodeDelta(nil, src, 4, want, limit)
	if err != nil {
		return nil, nil, err
	}
	ends, suffixes, err := decodeDeltaLengths(nil, src, len(shared)/4, limit)
	if err != nil {
		return nil, nil, err
	}
	starts, dst = append(starts[:0], 0), dst[:0]
	last := 0 // where the text before begins
	for i := range len(ends) - 1 {
		prefix := int(int32(binary.LittleEndian.Uint32(shared[4*i:])))
		suffix := suffixes[ends[i]:ends[i+1]]
		begin := len(dst)
		if prefix < 0 || prefix > begin-last {
			return nil, nil, errTextLength
		}
		if int64(begin)+int64(prefix)+int64(len(suffix)) > maxBytes {
			return nil, nil, fmt.Errorf("its delta-encoded texts are longer than %d bytes; %w", maxBytes, format.ErrMemory)
		}
		dst = append(dst, dst[last:last+prefix]...)
		dst = append(dst, suffix...)
		starts = append(starts, uint32(len(dst)))
		last = begin
	}
	return starts, dst, nil
}

// joinBytes undoes BYTE_STREAM_SPLIT: byte b of value i is src[b*n+i].
func joinBytes(dst, src []byte, width int) []byte {
	n := len(src) / width
	dst = resize(dst, n*width)
	for b := range width {
		plane := src[b*n : b*n+n]
		for i, v := range plane {
			dst[i*width+b] = v
		}
	}
	return dst
}

// resize is buf with n bytes of undefined contents, reallocated if it has to.
func resize(buf []byte, n int) []byte {
	if cap(buf) < n {
		return make([]byte, n, n+1<<bits.Len(uint(n/8)))
	}
	return buf[:n]
}
