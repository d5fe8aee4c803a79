package parquetfile

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

var (
	errSnappy      = errors.New("an element of it is cut off or longer than its page")
	errSnappyEarly = errors.New("it refers to bytes before its page")
)

// decodeSnappy expands a block whose length has been read off src, into dst
// exactly. A block is a list of elements, each a tag of 1 to 5 bytes and, for a
// literal, its bytes:
//
//	xxxxxx00  literal of x+1 bytes; 60 to 63: its length-1 is in 1 to 4 more bytes
//	yyyxxx01  copy of x+4 bytes, from y<<8 | a byte more back
//	xxxxxx10  copy of x+1 bytes, from 2 bytes more back
//	xxxxxx11  copy of x+1 bytes, from 4 bytes more back
func decodeSnappy(dst, src []byte) error {
	for d := 0; ; {
		var s int
		d, s = snappyElements(dst, d, src)
		src = src[s:]
		if len(src) == 0 {
			if d < len(dst) {
				return errSmaller
			}
			return nil
		}
		e, ok := parseSnappyElement(src)
		if !ok || e.literal > len(src)-e.tag {
			return errSnappy
		}
		if e.literal+e.copy > len(dst)-d {
			return errLarger
		}
		src = src[e.tag:]
		if e.literal > 0 {
			d += copy(dst[d:], src[:e.literal])
			src = src[e.literal:]
			continue
		}
		if e.offset == 0 || e.offset > d {
			return errSnappyEarly
		}
		copyBack(dst, d, e.offset, e.copy)
		d += e.copy
	}
}

// snappyElement is a parsed tag: a literal or a copy.
type snappyElement struct {
	tag     int // bytes
	literal int // bytes that follow the tag
	copy    int // bytes
	offset  int // how far back they are
}

// parseSnappyElement parses the tag at the start of src. It is false if src
// ends within it.
func parseSnappyElement(src []byte) (e snappyElement, ok bool) {
	var tag [8]byte
	copy(tag[:], src)
	w := binary.LittleEndian.Uint64(tag[:])
	x := int(w >> 2 & 63)
	switch w & 3 {
	case 0:
		e.tag, e.literal = 1, x+1
		if x >= 60 {
			e.tag = x - 58
			e.literal = int(w>>8&(1<<(8*(x-59))-1)) + 1
		}
	case 1:
		e.tag, e.copy, e.offset = 2, x&7+4, int(w>>5&7<<8|w>>8&0xff)
	case 2:
		e.tag, e.copy, e.offset = 3, x+1, int(w>>8&0xffff)
	case 3:
		e.tag, e.copy, e.offset = 5, x+1, int(w>>8&0xffffffff)
	}
	return e, e.tag <= len(src)
}

// copyBack copies n bytes from offset bytes before d to d. They may overlap,
// and then repeat.
func copyBack(dst []byte, d, offset, n int) {
	for n > 0 {
		m := copy(dst[d:d+min(n, offset)], dst[d-offset:d])
		d, n, offset = d+m, n-m, offset+m
	}
}

// snappyMargin is how much of dst snappyElements leaves to its caller: an
// element or two, and 16 bytes more than belong to them.
const snappyMargin = 8 + 64 + 16

// snappySource is how much of src snappyElements needs to go on.
const snappySource = 1 + 64 + 16

// snappyElementsGo expands elements of src to dst[d:] until it is near the end
// of either, or comes to one that needs more care than it takes. It returns
// the new d and what it consumed of src. It may write beyond the new d.
//
// Columns of numbers that change little are a literal of a byte or two and a
// copy from 8 bytes back, over and over. To read such a copy from where both
// were just written would wait for these writes each time, so last has the 8
// bytes before d.
func snappyElementsGo(dst []byte, d int, src []byte) (int, int) {
	if d < 8 || d > len(dst) {
		return d, 0
	}
	last := binary.LittleEndian.Uint64(dst[d-8:])
	s := 0
	for s <= len(src)-16 && d <= len(dst)-snappyMargin {
		w := binary.LittleEndian.Uint64(src[s:])
		// The next 8 bytes are the last ones but for the first. Where this is all
		// there is, the processor need not wait for one tag to find the next.
		for w&0xffff00ff == 0x080d0000 {
			last = last&^0xff | w>>8&0xff
			binary.LittleEndian.PutUint64(dst[d:], last)
			d += 8
			s += 4
			if s > len(src)-16 || d > len(dst)-snappyMargin {
				return d, s
			}
			w = binary.LittleEndian.Uint64(src[s:])
		}
		x := uint(w >> 2 & 63)
		if w&3 == 0 {
			n := x + 1
			if n > 60 || len(src)-s < snappySource {
				break
			}
			s += int(n) + 1
			if n > 7 {
				from := s - int(n)
				*(*[16]byte)(dst[d:]) = *(*[16]byte)(src[from:])
				if n > 16 {
					copy(dst[d+16:d+64], src[from+16:from+64])
				}
				d += int(n)
				last = binary.LittleEndian.Uint64(dst[d-8:])
				continue
			}
			v := w >> 8
			binary.LittleEndian.PutUint64(dst[d:], v)
			last = last>>(8*n&63) | v<<((64-8*n)&63)
			d += int(n)
			// A copy follows, as a rule.
			if w >>= (8*n + 8) & 63; n > 4 || w&3 == 0 {
				continue
			}
			x = uint(w >> 2 & 63)
		}
		var n uint
		var offset, tag int
		switch w & 3 {
		case 1:
			n, offset, tag = x&7+4, int(w>>5&7<<8|w>>8&0xff), 2
		case 2:
			n, offset, tag = x+1, int(w>>8&0xffff), 3
		default:
			return d, s
		}
		if offset > d || offset == 0 {
			break
		}
		s += tag
		switch {
		case offset == 8 && n <= 8:
			binary.LittleEndian.PutUint64(dst[d:], last)
			last = bits.RotateLeft64(last, -8*int(n))
			d += int(n)
			continue
		case offset >= 8 && n < 8:
			v := binary.LittleEndian.Uint64(dst[d-offset:])
			binary.LittleEndian.PutUint64(dst[d:], v)
			last = last>>(8*n&63) | v<<((64-8*n)&63)
			d += int(n)
			continue
		case offset >= 16:
			to, from := d, d-offset
			for end := d + int(n); to < end; to += 16 {
				*(*[16]byte)(dst[to:]) = *(*[16]byte)(dst[from:])
				from += 16
			}
		case offset >= 8:
			to, from := d, d-offset
			for end := d + int(n); to < end; to += 8 {
				*(*[8]byte)(dst[to:]) = *(*[8]byte)(dst[from:])
				from += 8
			}
		default: // as many whole repetitions as 8 bytes have
			v := last >> ((64 - 8*offset) & 63)
			for have := offset; have < 8; have *= 2 {
				v |= v << (8 * have & 63)
			}
			step := 8 / offset * offset
			to := d
			for end := d + int(n); to < end; to += step {
				binary.LittleEndian.PutUint64(dst[to:], v)
			}
		}
		d += int(n)
		last = binary.LittleEndian.Uint64(dst[d-8:])
	}
	return d, s
}
