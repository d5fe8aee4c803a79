package timing

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Span is time that a lane spent in one category, since the lane began, or, in
// a Trace, since the run began.
type Span struct {
	Start, End   time.Duration
	Category     Category
	Split, Index int32 // the chunk; Split is -1 where there was none
}

// Trace is what all lanes of a run did when.
type Trace struct {
	Wall   time.Duration
	Lanes  []Spans // Recorded counts from the begin of the run
	Begins []time.Duration
	Chunks []Chunk // as they were read
}

// Chunk is one unit of work of a run.
type Chunk struct {
	Split, Index int32
	Rows         int32
	SizeBytes    int64 // of its buffers
	Leased       bool  // the buffers hold memory; otherwise they lie in a mapped file
}

// Dropped is how many spans were not kept, because there were too many.
func (t *Trace) Dropped() (n int) {
	for _, l := range t.Lanes {
		n += l.Dropped
	}
	return n
}

// Account collects the lanes of a run, and its chunks if Limit says so. It is
// safe for concurrent use.
type Account struct {
	Limit int // spans to keep of each lane, and chunks; 0: none

	mu     sync.Mutex
	lanes  []Spans
	chunks []Chunk
}

// Add appends a lane's account.
func (a *Account) Add(s Spans) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lanes = append(a.lanes, s)
}

// Chunk notes a chunk that has been read.
func (a *Account) Chunk(c Chunk) {
	if a.Limit == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.chunks) < a.Limit {
		a.chunks = append(a.chunks, c)
	}
}

// Lanes are the accounts added so far.
func (a *Account) Lanes() []Spans {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Spans(nil), a.lanes...)
}

// Trace is what was recorded of a run that began at began and has taken wall.
// It is nil if nothing was to be recorded.
func (a *Account) Trace(began time.Time, wall time.Duration) *Trace {
	if a.Limit == 0 {
		return nil
	}
	t := &Trace{Wall: wall, Lanes: a.Lanes(), Chunks: a.chunks}
	for i := range t.Lanes {
		l := &t.Lanes[i]
		begin := l.Begin.Sub(began)
		t.Begins = append(t.Begins, begin)
		spans := make([]Span, len(l.Recorded))
		for j, s := range l.Recorded {
			s.Start, s.End = s.Start+begin, s.End+begin
			spans[j] = s
		}
		l.Recorded = spans
	}
	return t
}

// A span on its way from a worker to the coordinator, little-endian:
//
//	0        8        16       20       24         25     32
//	| start  | end    | split  | index  | category | zero |
//	  ns       ns       int32    int32    uint8
const spanBytes = 32

// MaxSpansBytes is the length of so many encoded spans.
func MaxSpansBytes(spans int) int64 { return int64(spans) * spanBytes }

// AppendSpans appends the bytes of spans.
func AppendSpans(dst []byte, spans []Span) []byte {
	for _, s := range spans {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(s.Start))
		dst = binary.LittleEndian.AppendUint64(dst, uint64(s.End))
		dst = binary.LittleEndian.AppendUint32(dst, uint32(s.Split))
		dst = binary.LittleEndian.AppendUint32(dst, uint32(s.Index))
		dst = binary.LittleEndian.AppendUint64(dst, uint64(s.Category))
	}
	return dst
}

// DecodeSpans is the inverse of AppendSpans. The bytes are not trusted: spans
// have to follow each other within lifetime.
func DecodeSpans(encoded []byte, lifetime time.Duration) ([]Span, error) {
	if len(encoded)%spanBytes != 0 {
		return nil, fmt.Errorf("%d bytes are no whole number of spans", len(encoded))
	}
	spans := make([]Span, len(encoded)/spanBytes)
	var last time.Duration
	for i := range spans {
		b := encoded[i*spanBytes:]
		category := binary.LittleEndian.Uint64(b[24:])
		s := Span{
			Start: time.Duration(binary.LittleEndian.Uint64(b)), End: time.Duration(binary.LittleEndian.Uint64(b[8:])),
			Split: int32(binary.LittleEndian.Uint32(b[16:])), Index: int32(binary.LittleEndian.Uint32(b[20:])),
			Category: Category(min(category, uint64(categories))),
		}
		if s.Category >= categories || s.Start < last || s.End < s.Start || s.End > lifetime || s.Split < -1 || s.Index < 0 {
			return nil, errors.New("spans that do not follow each other, or lie outside the lane's life")
		}
		last = s.End
		spans[i] = s
	}
	return spans, nil
}
