package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// hybrid decodes runs of small unsigned integers, the encoding of definition
// levels, dictionary indices and version 2 booleans:
//
//	repeated run:    varint(length<<1)    value in ceil(width/8) bytes
//	bit-packed run:  varint(groups<<1|1)  groups*8 values of width bits, LSB first
//
// A bit-packed run may say more values than are used, and its last bytes may
// be missing if they are not used.
type hybrid struct {
	buf   []byte // not yet decoded
	in    *body  // where buf is the window of, and more comes from; nil if buf is all
	width int    // bits of a value, 0 to 32

	repeats int    // values left of the current repeated run
	value   uint32 // that it repeats
	packed  int    // values left of the current bit-packed run
	bit     int    // of buf[0]: where its next value begins
	run     int    // bytes from buf[0] on that belong to it
}

var (
	errRunsShort = errors.New("its run-length data ends early")
	errRunLength = errors.New("its run-length data has a run of impossible length")
)

func newHybrid(buf []byte, width int) hybrid { return hybrid{buf: buf, width: width} }

// advance reads the next run's header. It is called when the current run has
// been used up.
func (h *hybrid) advance() error {
	if err := h.skipRun(); err != nil {
		return err
	}
	for {
		if err := h.need(binary.MaxVarintLen64 + 4); err != nil {
			return err
		}
		head, n := binary.Uvarint(h.buf)
		if n == 0 {
			return errRunsShort
		}
		if n < 0 || head>>1 > 1<<31 {
			return errRunLength
		}
		h.buf = h.buf[n:]
		if head&1 == 0 {
			size := (h.width + 7) / 8
			if len(h.buf) < size {
				return errRunsShort
			}
			h.value = 0
			for i := size - 1; i >= 0; i-- {
				h.value = h.value<<8 | uint32(h.buf[i])
			}
			if h.width < 32 && h.value>>h.width != 0 {
				return fmt.Errorf("its run-length data has value %d in %d bits", h.value, h.width)
			}
			h.buf = h.buf[size:]
			if h.repeats = int(head >> 1); h.repeats > 0 {
				return nil
			}
			continue
		}
		values := int64(head>>1) * 8
		size := int64(head>>1) * int64(h.width)
		if have := int64(h.remaining()); size > have {
			size = have
			values = size * 8 / int64(h.width)
		}
		h.packed, h.run = int(values), int(size)
		if h.packed > 0 {
			return nil
		}
		if err := h.skipRun(); err != nil {
			return err
		}
	}
}

// need makes buf at least n bytes long, if there are so many.
func (h *hybrid) need(n int) error {
	if len(h.buf) >= n || h.in == nil || h.in.left == 0 {
		return nil
	}
	h.in.window = h.buf
	err := h.in.more(n)
	h.buf = h.in.window
	return err
}

func (h *hybrid) remaining() int {
	if h.in == nil {
		return len(h.buf)
	}
	return len(h.buf) + h.in.left
}

// skipRun passes over what is left of the current run.
func (h *hybrid) skipRun() error {
	for h.run > len(h.buf) {
		h.run -= len(h.buf)
		h.buf = nil
		if err := h.need(1); err != nil {
			return err
		}
	}
	h.buf = h.buf[h.run:]
	h.run, h.bit = 0, 0
	return nil
}

// taken passes over n values of the current bit-packed run.
func (h *hybrid) taken(n int) {
	h.packed -= n
	h.bit += n * h.width
	whole := h.bit >> 3
	h.buf = h.buf[whole:]
	h.run -= whole
	h.bit &= 7
}

// stepValues is how many values are unpacked at a time: so many of any width
// can be in a body's window.
const stepValues = 1024

// decode fills dst with the next values and tells the largest of them.
func (h *hybrid) decode(dst []uint32) (largest uint32, err error) {
	for len(dst) > 0 {
		switch {
		case h.repeats > 0:
			n := min(h.repeats, len(dst))
			v := h.value
			run := dst[:n]
			for i := range run {
				run[i] = v
			}
			largest = max(largest, v)
			h.repeats -= n
			dst = dst[n:]
		case h.packed > 0:
			n := min(h.packed, len(dst), stepValues)
			if err := h.need((h.bit+n*h.width+7)>>3 + unpackSlack); err != nil {
				return 0, err
			}
			largest = max(largest, unpack(dst[:n], h.buf, h.bit, h.width))
			h.taken(n)
			dst = dst[n:]
		default:
			if err := h.advance(); err != nil {
				return 0, err
			}
		}
	}
	return largest, nil
}

// ones passes over the next n values if one run says that all of them are 1.
func (h *hybrid) ones(n int) (bool, error) {
	if h.repeats == 0 && h.packed == 0 {
		if err := h.advance(); err != nil {
			return false, err
		}
	}
	if h.value != 1 || h.repeats < n {
		return false, nil
	}
	h.repeats -= n
	return true, nil
}

// bits decodes n values of one bit, all of which are in buf, to bits [at, at+n) of dst and counts the
// ones. Bit-packed runs have the layout of a bitmap already.
func (h *hybrid) bits(dst []byte, at, n int) (ones int, err error) {
	for n > 0 {
		switch {
		case h.repeats > 0:
			m := min(h.repeats, n)
			fillBits(dst, at, m, byte(h.value))
			ones += m * int(h.value)
			h.repeats -= m
			at, n = at+m, n-m
		case h.packed > 0:
			m := min(h.packed, n)
			copyBits(dst, at, h.buf[:h.run], h.bit, m)
			ones += chunk.CountBits(dst, at, m)
			h.taken(m)
			at, n = at+m, n-m
		default:
			if err := h.advance(); err != nil {
				return 0, err
			}
		}
	}
	return ones, nil
}

// unpackSlack is how many bytes beyond its values make unpack fastest.
const unpackSlack = 32

// unpack reads len(dst) values of width bits from bit position bit of src, and
// tells the largest.
func unpack(dst []uint32, src []byte, bit, width int) (largest uint32) {
	if width == 0 {
		clear(dst)
		return 0
	}
	mask := uint32(1<<width - 1)
	if bit&7 == 0 {
		n := 0
		if n, largest = unpackGroups(dst, src[bit>>3:], width); n == len(dst) {
			return largest
		}
		dst, bit = dst[n:], bit+n*width
	}
	// A value lies within the 8 bytes from its first one: 7 + 32 bits at most.
	i := 0
	if last := (len(src)-8)*8 - bit; last >= 0 {
		whole := min(len(dst), last/width+1)
		for ; i < whole; i++ {
			v := uint32(binary.LittleEndian.Uint64(src[bit>>3:])>>(bit&7)) & mask
			dst[i] = v
			largest = max(largest, v)
			bit += width
		}
	}
	for ; i < len(dst); i++ {
		var word [8]byte
		copy(word[:], src[bit>>3:])
		v := uint32(binary.LittleEndian.Uint64(word[:])>>(bit&7)) & mask
		dst[i] = v
		largest = max(largest, v)
		bit += width
	}
	return largest
}

// unpackGroupsGo is unpackGroups, for up to 16 bits a value.
//
// A group of up to 8 bits a value lies in one word, one of up to 16 bits in two
// of 4 values each; the second may begin in the middle of a byte.
func unpackGroupsGo(dst []uint32, src []byte, width int) (n int, largest uint32) {
	if width > 16 {
		return 0, 0
	}
	mask := uint32(1<<width - 1)
	if width <= 8 {
		w := uint(width)
		for len(dst)-n >= 8 && len(src) >= 8 {
			d := (*[8]uint32)(dst[n:])
			v := binary.LittleEndian.Uint64(src)
			d[0] = uint32(v) & mask
			d[1] = uint32(v>>(w&63)) & mask
			d[2] = uint32(v>>(2*w&63)) & mask
			d[3] = uint32(v>>(3*w&63)) & mask
			d[4] = uint32(v>>(4*w&63)) & mask
			d[5] = uint32(v>>(5*w&63)) & mask
			d[6] = uint32(v>>(6*w&63)) & mask
			d[7] = uint32(v>>(7*w&63)) & mask
			largest = max(largest, d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7])
			src = src[width:]
			n += 8
		}
		return n, largest
	}
	w, second, shift := uint(width), width/2, uint(4*width&7)
	for len(dst)-n >= 8 && len(src) >= second+8 {
		d := (*[8]uint32)(dst[n:])
		v := binary.LittleEndian.Uint64(src)
		d[0] = uint32(v) & mask
		d[1] = uint32(v>>(w&63)) & mask
		d[2] = uint32(v>>(2*w&63)) & mask
		d[3] = uint32(v>>(3*w&63)) & mask
		v = binary.LittleEndian.Uint64(src[second:]) >> shift
		d[4] = uint32(v) & mask
		d[5] = uint32(v>>(w&63)) & mask
		d[6] = uint32(v>>(2*w&63)) & mask
		d[7] = uint32(v>>(3*w&63)) & mask
		largest = max(largest, d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7])
		src = src[width:]
		n += 8
	}
	return n, largest
}
