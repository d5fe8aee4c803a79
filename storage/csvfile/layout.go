package csvfile

import (
	"fmt"
	"io"
	"sync"

	"github.com/weir-pipeline/weir/storage/format"
)

// Sizes of the byte ranges of a file.
const (
	minRange = 256 << 10
	maxRange = 1 << 20
	// A request for large chunks gets ranges that hold one, up to this size.
	maxChunkRange = 16 << 20
	rangesPerLane = 4
)

// layout is the cut of a plain file into byte ranges, and what is known about
// the quotes in each.
//
// The records of range i are those whose preceding line feed lies in it (range
// 0 also has the first record); so a range ends with the record that crosses its
// end. Whether a line feed is within quotes, and so ends no record, depends on
// all quotes before it: in a valid file it is within quotes if their number is
// odd, doubled ones included. That is all a reader has to know about the ranges
// before its own.
//
// A reader has its whole range in memory before it looks for its first record,
// counts the quotes while they are in the cache, and publishes whether they are
// odd. Readers start in the order of the ranges, so the ranges before are
// published by then, or are being read at the moment; those that nobody reads
// (a resumed run) are counted on demand.
//
// Note: a scan of the file at Splits would read each byte twice, 5 % of the time
// of decoding from the page cache and the double of reading from a disk.
// Guessing from what follows a line feed can be wrong for good data, and a chunk
// that was delivered cannot be taken back. Counting costs 1 %.
type layout struct {
	bounds []int64 // range i is [bounds[i], bounds[i+1])

	mu     sync.Mutex
	change sync.Cond
	state  []rangeState
	known  int    // up to here the next is known
	before []bool // an odd number of quotes is before the range
}

// rangeState is what is known about the quotes of a range.
type rangeState uint8

const (
	unknown rangeState = iota
	claimed            // somebody is counting
	even
	odd
)

// part is the format's own part of a split: range i of the layout.
type part struct {
	layout *layout
	i      int
}

// Splits are the byte ranges of the file; a compressed file has one.
func (f *file) Splits(req format.Request) ([]format.Split, error) {
	if err := format.Supported(f.name, f.schema, req); err != nil {
		return nil, err
	}
	if f.codec != plain {
		return []format.Split{{Rows: -1, SizeBytes: f.sizeBytes}}, nil
	}
	if f.data >= f.sizeBytes {
		return nil, nil
	}
	l := f.layout(req)
	splits := make([]format.Split, len(l.state))
	for i := range splits {
		splits[i] = format.Split{
			Index: i, Rows: -1,
			SizeBytes: l.bounds[i+1] - l.bounds[i],
			Offset:    l.bounds[i],
			Part:      part{layout: l, i: i},
		}
	}
	return splits, nil
}

// layout is the one for a request. Requests that lead to the same ranges share
// one, and so what is known about the quotes.
func (f *file) layout(req format.Request) *layout {
	total := f.sizeBytes - f.data
	size := min(max(maxRange, int64(req.MaxRows)*f.recordSize), maxChunkRange)
	size = min(size, total/int64(max(req.Parallel, 1)*rangesPerLane))
	size = max(size, minRange)
	if f.rangeBytes > 0 {
		size = f.rangeBytes
	}
	n := max(1, int((total+size-1)/size))
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.layouts {
		if len(l.state) == n {
			return l
		}
	}
	l := &layout{bounds: make([]int64, n+1), state: make([]rangeState, n), before: make([]bool, n+1)}
	l.change.L = &l.mu
	for i := range l.bounds {
		l.bounds[i] = f.data + share(total, i, n)
	}
	f.layouts = append(f.layouts, l)
	return l
}

// share is total*i/n without overflow.
func share(total int64, i, n int) int64 {
	return total/int64(n)*int64(i) + total%int64(n)*int64(i)/int64(n)
}

// claim says that the caller is about to count the quotes of range i, unless
// they are known or being counted. Whoever claims calls publish.
func (l *layout) claim(i int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state[i] != unknown {
		return false
	}
	l.state[i] = claimed
	return true
}

// publish says what the caller has found out about range i; unknown after an
// error.
func (l *layout) publish(i int, s rangeState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state[i] == unknown || l.state[i] == claimed {
		l.state[i] = s
		l.change.Broadcast()
	}
}

// oddBefore tells whether the number of quotes before range i is odd. count
// counts those of a range that nobody reads. Whoever has claimed a range does
// not wait in here, so there is no circle of waiting.
func (l *layout) oddBefore(i int, count func(from, to int64) (int, error)) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.known < i {
		switch k := l.known; l.state[k] {
		case even, odd:
			l.before[k+1] = l.before[k] != (l.state[k] == odd)
			l.known++
		case claimed:
			l.change.Wait()
		case unknown:
			l.state[k] = claimed
			l.mu.Unlock()
			n, err := count(l.bounds[k], l.bounds[k+1])
			l.mu.Lock()
			l.state[k] = parity(n)
			if err != nil {
				l.state[k] = unknown
			}
			l.change.Broadcast()
			if err != nil {
				return false, err
			}
		}
	}
	return l.before[i], nil
}

func parity(quotes int) rangeState {
	if quotes&1 == 1 {
		return odd
	}
	return even
}

// readAt fills p with the bytes of the file at off.
func (f *file) readAt(p []byte, off int64) error {
	n, err := f.f.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == io.EOF {
		return &format.Error{File: f.name, Offset: off + int64(n), Err: fmt.Errorf("the file has become shorter since it was opened: %w", io.ErrUnexpectedEOF)}
	}
	return f.wrap(err)
}
