package pipeline

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/weir-pipeline/weir/pipeline/chain"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/open"
)

// visits are splits of which some chunks are read and computed. To an executor
// they are a source like that of a run, but one that ends early; what the
// executor does between two calls of a reader's Next is what its chunks cost to
// compute. It is safe for concurrent use.
type visits struct {
	plan      *plan
	request   format.Request
	splits    []open.Split
	positions []int // of the splits in the plan; nil if they are of another cut

	limit     time.Duration // for all, from begin on
	quota     time.Duration // for each split; 0: none
	maxRows   int64         // over all
	maxChunks int           // of each split

	final   *chain.Chain // has merged what the lanes aggregated
	columns []result.Column
	digest  *result.Digester // for emit

	mu      sync.Mutex
	until   time.Time
	opened  int // splits, the first ones
	rows    int64
	visited []visited
	touched int64 // bytes of mapped inputs
	emitted
}

// visited is what was seen of one split.
type visited struct {
	at        int // position in visits.splits
	position  int // in the plan; -1 if the split is of another cut
	split     open.Split
	complete  bool
	fileBytes int64 // read of the input by then
	opening   span
	chunks    []observed
}

// observed is one chunk.
type observed struct {
	rows         int
	sizeBytes    int64 // of its buffers
	textBytes    int64
	dictionaries bool
	leased       bool
	fileBytes    int64 // read of the input for it
	read, decode span
	compute      span
}

// emitted is what became of rows of the result. exec.Reducer calls emit one at a
// time, and visits reads it when the lanes have ended.
type emitted struct {
	resultRows, resultBytes int64
	emitCPU                 time.Duration
}

func (v *visits) begin() { v.until = time.Now().Add(v.limit) }

// Splits ends the visits when the time is over, but not before the first.
func (v *visits) Splits() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.opened > 0 && v.over() {
		return 0
	}
	return len(v.splits)
}

// over tells whether no more is to be read. v.mu is held.
func (v *visits) over() bool { return v.rows >= v.maxRows || time.Now().After(v.until) }

// SizeBytes is of no interest here.
func (v *visits) SizeBytes(int) int64 { return 0 }

// Mapped is of no interest without workers.
func (v *visits) Mapped(int) format.Mapped { return nil }

// Open opens the i-th split to visit.
func (v *visits) Open(i int, mem chunk.Memory, meter format.Meter) (format.Reader, error) {
	v.mu.Lock()
	v.opened = max(v.opened, i+1)
	v.mu.Unlock()
	r := &visitor{visits: v, began: time.Now(), meter: clockMeter{Meter: meter}}
	r.seen = visited{at: i, position: -1, split: v.splits[i]}
	if v.positions != nil {
		r.seen.position = v.positions[i]
	}
	from := now()
	inner, err := v.plan.dataset.Open(v.splits[i], v.request, mem, &r.meter)
	if err != nil {
		return nil, err
	}
	r.seen.opening = since(from)
	r.inner = inner
	return r, nil
}

// emit takes rows of the result as the sink of a run does, and drops them.
func (v *visits) emit(rows []byte) error {
	from := now()
	err := chain.DecodeRows(rows, v.columns, func(row []result.Value) error {
		v.resultRows++
		v.digest.Row(row)
		return nil
	})
	v.resultBytes += int64(len(rows))
	took := since(from)
	v.emitCPU += took.cpu
	return err
}

// visitor reads the chunks of one split. It belongs to one goroutine, which is
// bound to its thread.
type visitor struct {
	visits *visits
	inner  format.Reader
	meter  clockMeter
	seen   visited
	began  time.Time
	left   moment // when Next returned
}

// Next measures the chunk before, which has been computed now, and reads the
// next.
func (r *visitor) Next(ctx context.Context, c *chunk.Chunk) error {
	if n := len(r.seen.chunks); n > 0 {
		r.seen.chunks[n-1].compute = since(r.left)
	}
	if r.enough() {
		return io.EOF
	}
	r.meter.begin()
	err := r.inner.Next(ctx, c)
	read, decode, fileBytes := r.meter.end()
	r.seen.fileBytes += fileBytes
	if errors.Is(err, format.ErrGuess) {
		return io.EOF // nothing can be said of this split
	}
	if err != nil {
		r.seen.complete = err == io.EOF
		return err
	}
	o := observed{rows: c.Rows, sizeBytes: c.SizeBytes(), leased: c.Held(), fileBytes: fileBytes, read: read, decode: decode}
	for i := range c.Columns {
		if c.Columns[i].Type.ID == chunk.String {
			o.textBytes += c.Columns[i].SizeBytes()
			o.dictionaries = o.dictionaries || c.Columns[i].Dict != nil
		}
	}
	r.seen.chunks = append(r.seen.chunks, o)
	r.visits.count(c)
	r.left = now()
	return nil
}

// count counts a chunk that has been read.
func (v *visits) count(c *chunk.Chunk) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.rows += int64(c.Rows)
	if !c.Held() {
		v.touched += c.SizeBytes()
	}
}

// enough tells whether the split has been seen enough of. The first chunk of
// many formats pays for others, so that some are read at least. A split that does
// not say its rows is read to its end, because its bytes tell how many rows the
// others have; but not if that takes very long.
func (r *visitor) enough() bool {
	v := r.visits
	n, spent := len(r.seen.chunks), time.Since(r.began)
	if n >= v.maxChunks {
		return true
	}
	if n < leastChunks && spent < v.limit || n < 2 {
		return false
	}
	if r.seen.split.Rows < 0 {
		return spent >= v.limit
	}
	v.mu.Lock()
	over := v.over()
	v.mu.Unlock()
	return over || v.quota > 0 && spent > v.quota
}

// leastChunks of a split are read if that is quickly done.
const leastChunks = 4

// Close ends the visit.
func (r *visitor) Close() error {
	r.visits.mu.Lock()
	r.visits.visited = append(r.visits.visited, r.seen)
	r.visits.mu.Unlock()
	return r.inner.Close()
}

// clockMeter puts the time of a reader's phases apart.
type clockMeter struct {
	format.Meter // of the executor
	phase        format.Phase
	since        moment
	spent        [3]span
	fileBytes    int64
}

func (m *clockMeter) begin() {
	m.phase, m.spent, m.fileBytes = format.Decode, [3]span{}, 0
	m.since = now()
}

func (m *clockMeter) end() (read, decode span, fileBytes int64) {
	m.Switch(format.Decode)
	return m.spent[format.Read], m.spent[format.Decode], m.fileBytes
}

// Switch begins another phase.
func (m *clockMeter) Switch(p format.Phase) {
	at := now()
	m.spent[m.phase].add(at.sub(m.since))
	m.phase, m.since = p, at
	m.Meter.Switch(p)
}

// Read counts bytes of the input.
func (m *clockMeter) Read(sizeBytes int64) {
	m.fileBytes += sizeBytes
	m.Meter.Read(sizeBytes)
}

// moment is a point in time on the clocks of the world and of a thread.
type moment struct {
	at    time.Time
	cpu   time.Duration
	reads int64
}

func now() moment {
	m := moment{at: time.Now(), reads: threadReads()}
	m.cpu, _ = threadCPU()
	return m
}

// span is how long something took a thread. Without a clock for threads cpu is
// the wall time.
type span struct {
	cpu, wall time.Duration
	reads     int64 // from a device
}

func since(from moment) span { return now().sub(from) }

func (m moment) sub(from moment) span {
	s := span{cpu: m.cpu - from.cpu, wall: m.at.Sub(from.at), reads: m.reads - from.reads}
	if m.cpu == 0 {
		s.cpu = s.wall
	}
	return s
}

func (s *span) add(t span) {
	s.cpu += t.cpu
	s.wall += t.wall
	s.reads += t.reads
}
