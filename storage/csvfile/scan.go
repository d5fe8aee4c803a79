package csvfile

import (
	"bytes"
	"math/bits"
	"unsafe"
)

// scanner finds the separators and line feeds that are outside of quotes, 64
// bytes at a time: the comparisons of eight words give one bit a byte, and the
// positions of the ones are written out without a branch for each.
type scanner struct {
	text  []byte
	comma uint64 // the separator in every byte
	index *index
}

const (
	lows        = 0x7f7f7f7f7f7f7f7f
	highs       = 0x8080808080808080
	zeros       = 0x3030303030303030 // '0' in every byte
	quoteBytes  = 0x2222222222222222
	feedBytes   = 0x0a0a0a0a0a0a0a0a
	returnBytes = 0x0d0d0d0d0d0d0d0d
)

// repeat is c in every byte of a word.
func repeat(c byte) uint64 { return uint64(c) * 0x0101010101010101 }

// zeroBytes has the top bit of every byte of x that is zero, exactly.
func zeroBytes(x uint64) uint64 { return ^((x&lows + lows) | x) & highs }

// gather moves the top bit of byte k to bit k.
func gather(tops uint64) uint64 { return tops * 0x0002040810204081 >> 56 }

// words are the 64 bytes that one step of the scan looks at.
type words [8]uint64

// plain scans text without quotes, and counts its line feeds. Where there is a
// quote it stops: what it has written is of no use then.
func (s *scanner) plain(from, to int) (newlines int, quotes bool, _ *fault) {
	x, text := s.index, s.text
	for {
		if x.found+64 > len(x.buf) {
			if f := x.grow(text); f != nil {
				return 0, false, f
			}
		}
		blocks, found, feeds, quotes := vectorScan(text, from, to, byte(s.comma), x.buf[x.found:])
		if quotes {
			return 0, true, nil
		}
		if blocks == 0 {
			break
		}
		from += 64 * blocks
		x.found += found
		newlines += feeds
	}
	if bytes.IndexByte(text[from:to], '"') >= 0 {
		return 0, true, nil
	}
	newlines += bytes.Count(text[from:to], []byte{'\n'})
	for ; from < to; from += 64 {
		m := ends((*words)(unsafe.Pointer(&text[from : from+64][0])), s.comma)
		if from+64 > to {
			m &= 1<<(to-from) - 1
		}
		if x.found+64 > len(x.buf) {
			if f := x.grow(text); f != nil {
				return 0, false, f
			}
		}
		x.found += spread((*[64]uint32)(x.buf[x.found:]), uint32(from), m)
	}
	return newlines, false, nil
}

// ends has bit k set where byte k of the block is the separator or a line feed.
func ends(w *words, comma uint64) uint64 {
	return gather(either(w[0], comma)) |
		gather(either(w[1], comma))<<8 |
		gather(either(w[2], comma))<<16 |
		gather(either(w[3], comma))<<24 |
		gather(either(w[4], comma))<<32 |
		gather(either(w[5], comma))<<40 |
		gather(either(w[6], comma))<<48 |
		gather(either(w[7], comma))<<56
}

// either has the top bits of the bytes of w that are the separator or a line
// feed.
func either(w, comma uint64) uint64 {
	a, b := w^comma, w^feedBytes
	return ^(((a&lows + lows) | a) & ((b&lows + lows) | b)) & highs
}

// spread writes base plus the number of each bit of m, and returns how many.
// Eight are written always, so that the usual block costs no misprediction.
func spread(out *[64]uint32, base uint32, m uint64) int {
	n := bits.OnesCount64(m)
	out[0] = base + uint32(bits.TrailingZeros64(m))
	m &= m - 1
	out[1] = base + uint32(bits.TrailingZeros64(m))
	m &= m - 1
	out[2] = base + uint32(bits.TrailingZeros64(m))
	m &= m - 1
	out[3] = base + uint32(bits.TrailingZeros64(m))
	m &= m - 1
	out[4] = base + uint32(bits.TrailingZeros64(m))
	m &= m - 1
	out[5] = base + uint32(bits.TrailingZeros64(m))
	m &= m - 1
	out[6] = base + uint32(bits.TrailingZeros64(m))
	m &= m - 1
	out[7] = base + uint32(bits.TrailingZeros64(m))
	m &= m - 1
	for k := 8; k < n; k++ {
		out[k&63] = base + uint32(bits.TrailingZeros64(m))
		m &= m - 1
	}
	return n
}

// equal has bit k set where byte k of the block is the one that pattern repeats.
func equal(w *words, pattern uint64) uint64 {
	return gather(zeroBytes(w[0]^pattern)) |
		gather(zeroBytes(w[1]^pattern))<<8 |
		gather(zeroBytes(w[2]^pattern))<<16 |
		gather(zeroBytes(w[3]^pattern))<<24 |
		gather(zeroBytes(w[4]^pattern))<<32 |
		gather(zeroBytes(w[5]^pattern))<<40 |
		gather(zeroBytes(w[6]^pattern))<<48 |
		gather(zeroBytes(w[7]^pattern))<<56
}

// quoted scans text with quotes, and checks on the way that every quote is where
// RFC 4180 allows it: a quote opens a field only at the field's beginning, and
// what follows a closing quote is another quote (which stands for one), a
// separator or the end of the line.
func (s *scanner) quoted(from, to int) *fault {
	text, x := s.text, s.index
	var (
		inside    uint64     // all ones while the block before ended inside of quotes
		wasEnd    uint64 = 1 // the byte before was a separator or line feed
		wasClose  uint64     // the byte before was a closing quote
		wasReturn uint64     // the byte before was the CR after a closing quote
	)
	var masks [64]blockMasks
	ready := 0 // masks in use
	for i, k := from, 0; i < to; i, k = i+64, k+1 {
		if k == ready {
			k, ready = 0, min(len(masks), (to-i+63)/64)
			s.masks(i, masks[:ready])
		}
		w := (*words)(unsafe.Pointer(&text[i : i+64][0]))
		end, q := masks[k].ends, masks[k].quotes
		if i+64 > to {
			valid := uint64(1)<<(to-i) - 1
			end, q = end&valid, q&valid
		}
		if q|inside|wasClose|wasReturn != 0 {
			in := prefixXor(q) ^ inside
			end &^= in
			opening, closing := q&in, q&^in
			after := closing<<1 | wasClose
			bad := opening &^ (end<<1 | wasEnd | after)
			if rest := after &^ (end | q); rest|wasReturn != 0 {
				cr, feed := equal(w, returnBytes)&rest, equal(w, feedBytes)&^in
				bad |= rest&^cr | (cr<<1|wasReturn)&^feed
				wasReturn = cr >> 63
			}
			if bad != 0 {
				return &fault{at: i + bits.TrailingZeros64(bad), err: errQuote}
			}
			x.doubled = x.doubled || opening&after != 0
			inside = uint64(int64(in) >> 63)
			wasClose = closing >> 63
		}
		wasEnd = end >> 63
		if x.found+64 > len(x.buf) {
			if f := x.grow(text); f != nil {
				return f
			}
		}
		x.found += spread((*[64]uint32)(x.buf[x.found:]), uint32(i), end)
	}
	return nil
}

// blockMasks has bit k set where byte k of a block is a separator or line feed,
// and where it is a quote.
type blockMasks struct{ ends, quotes uint64 }

// masks looks at the blocks from position at on.
func (s *scanner) masks(at int, out []blockMasks) {
	text := s.text[at : at+64*len(out)]
	if vectorMasks(text, byte(s.comma), out) {
		return
	}
	for k := range out {
		w := (*words)(unsafe.Pointer(&text[64*k : 64*k+64][0]))
		out[k] = blockMasks{ends: ends(w, s.comma), quotes: equal(w, quoteBytes)}
	}
}

// prefixXor has bit k set where an odd number of bits 0..k of m are.
func prefixXor(m uint64) uint64 {
	m ^= m << 1
	m ^= m << 2
	m ^= m << 4
	m ^= m << 8
	m ^= m << 16
	return m ^ m<<32
}
