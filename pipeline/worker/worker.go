// Package worker is the side of a run that lives in a worker process: it reads
// chunks from its conversation, runs the chain on them, and returns rows or a
// partial.
package worker

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/weir-pipeline/weir/pipeline/chain"
	"github.com/weir-pipeline/weir/pipeline/codec"
	"github.com/weir-pipeline/weir/pipeline/garbage"
	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/profile"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/shm"
)

// Is tells whether this process was started as a worker.
func Is() bool { return os.Getenv(procs.Env) != "" }

// collectFromBytes is how large the heap of a worker gets before it is collected.
const collectFromBytes = 16 << 20

// Main serves the coordinator that started this process and ends it. It is
// called before anything else in main.
func Main(catalog stages.Catalog) {
	os.Unsetenv(procs.Env) // what a stage starts is no worker, and has none of its descriptors
	closeOnExec(procs.InFD, procs.OutFD)
	garbage.CollectFrom(collectFromBytes)
	in, out := os.NewFile(procs.InFD, "messages"), os.NewFile(procs.OutFD, "replies")
	_, inErr := in.Stat()
	_, outErr := out.Stat()
	if inErr != nil || outErr != nil {
		fmt.Fprintf(os.Stderr, "%s is set, but descriptors %d and %d are not there: workers are started by weir itself\n", procs.Env, procs.InFD, procs.OutFD)
		os.Exit(1)
	}
	if err := Serve(wire.NewConn(in, out), catalog); err != nil {
		os.Exit(1) // the coordinator has the error, or is gone
	}
	os.Exit(0)
}

// Serve holds one conversation until the coordinator ends it. An error has been
// sent to the coordinator, if it still listens.
func Serve(conn *wire.Conn, catalog stages.Catalog) (err error) {
	return serve(conn, catalog, openSegment)
}

func serve(conn *wire.Conn, catalog stages.Catalog, open func(*wire.Segment) (*os.File, error)) (err error) {
	w := &server{conn: conn, catalog: catalog, open: open}
	defer w.close()
	// What cannot be foreseen reaches the user as an error of this worker with
	// the place it happened, not as a process that vanished.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("internal error: %v\n%s", r, debug.Stack())
			w.fail(wire.Message{Kind: KindInternal}, err)
		}
	}()
	for {
		var m wire.Message
		if w.lane != nil {
			w.lane.On(-1, 0)
			w.lane.Switch(timing.Wait)
		}
		if err := conn.Receive(&m); err != nil {
			if errors.Is(err, io.EOF) {
				return nil // the coordinator is gone or does not need this worker any more
			}
			return w.fail(m, err)
		}
		if m.Type == wire.End {
			return w.end()
		}
		if err := w.handle(&m); err != nil {
			return w.fail(m, err)
		}
	}
}

// Kinds of a failure, by which the coordinator chooses the exit code.
const (
	KindData     = "data"     // the input
	KindStage    = "stage"    // an expression or a stage of the user
	KindLimit    = "limit"    // memory
	KindInternal = "internal" // a bug, ours or of the protocol
)

type server struct {
	conn    *wire.Conn
	catalog stages.Catalog
	open    func(*wire.Segment) (*os.File, error) // opens what a segment names, for it to close

	lane     *timing.Lane
	began    time.Time
	mmap     bool
	codec    codec.Codec
	chain    *chain.Chain
	schema   chunk.Schema
	segments map[int]*shm.Segment
	files    []*shm.Segment // those of segments that are input files
	consumed consumed       // of files
	chunk    chunk.Chunk
	payload  []byte
	reply    []byte
	copied   int64
	limit    int64 // of the partial, in bytes
	unsaid   int   // chunks that are done, but have not been called so
	last     int64 // the last of them
	recorder *profile.Recorder
}

func (w *server) handle(m *wire.Message) error {
	if w.chain == nil && m.Type != wire.Hello {
		return fmt.Errorf("%w: %s before hello", wire.ErrProtocol, m.Type)
	}
	switch m.Type {
	case wire.Hello:
		return w.hello(m)
	case wire.SegmentOn:
		w.lane.Switch(timing.Start)
		return w.mapSegment(m.Segment)
	case wire.ChunkData:
		return w.run(m)
	case wire.Flush:
		return w.flush()
	}
	return fmt.Errorf("%w: a worker does not take %q", wire.ErrProtocol, m.Type)
}

// hello prepares the worker for the run.
func (w *server) hello(m *wire.Message) error {
	if m.Version != wire.Version {
		return fmt.Errorf("%w: coordinator speaks version %d, this worker %d", wire.ErrProtocol, m.Version, wire.Version)
	}
	if w.chain != nil {
		return fmt.Errorf("%w: a second hello", wire.ErrProtocol)
	}
	if m.Mode != "mmap" && m.Mode != "pipe" {
		return fmt.Errorf("%w: unknown mode %q", wire.ErrProtocol, m.Mode)
	}
	w.began = time.Unix(0, m.StartedNano)
	if since := time.Since(w.began); since < 0 || since > time.Hour {
		w.began = time.Now()
	}
	w.began = time.Now().Add(-time.Since(w.began)) // monotonic from here on, whatever becomes of the clock
	w.lane = timing.NewLaneSince(m.Name, timing.Worker, timing.Start, w.began)
	w.lane.Record(min(max(m.TraceSpans, 0), maxTraceSpans))
	w.lane.Bind()
	if m.Processor > 0 {
		if _, err := timing.Pin(m.Processor - 1); err != nil {
			return fmt.Errorf("pinning the worker to a processor: %w", err)
		}
	}
	if err := w.startProfiles(m); err != nil {
		return err
	}
	if m.MemoryLimit > 0 {
		debug.SetMemoryLimit(m.MemoryLimit)
	}
	spec, err := chain.ParseSpec(m.Chain)
	if err != nil {
		return err
	}
	if w.chain, err = chain.New(spec, w.catalog); err != nil {
		return err
	}
	w.schema = spec.Columns
	w.limit = m.PartialLimit
	w.mmap = m.Mode == "mmap"
	w.segments = map[int]*shm.Segment{}
	if !w.mmap {
		if w.codec, err = codec.New(m.Codec, w.schema); err != nil {
			return err
		}
	}
	return w.conn.Send(&wire.Message{Type: wire.Ready, Version: wire.Version, Pid: os.Getpid()})
}

// run runs the chain on one chunk and says that it is done. The coordinator may
// reuse the chunk's memory from then on.
func (w *server) run(m *wire.Message) error {
	if m.Rows < 0 || m.Rows > wire.MaxChunkRows {
		return fmt.Errorf("%w: a chunk of %d rows", wire.ErrProtocol, m.Rows)
	}
	w.lane.On(m.Split, m.Index)
	w.chunk = chunk.Chunk{Split: m.Split, Index: m.Index, FirstRow: m.FirstRow, Rows: m.Rows, Columns: w.chunk.Columns[:0]}
	if w.mmap {
		if err := codec.Shared(m, w.schema, w.buffer, &w.chunk); err != nil {
			return fmt.Errorf("%w: %w", wire.ErrProtocol, err)
		}
	} else {
		w.lane.Switch(timing.Copy)
		var err error
		if w.payload, err = w.conn.Payload(w.payload); err != nil {
			return err
		}
		w.copied += int64(len(w.payload))
		w.lane.Switch(timing.Decode)
		if err := w.codec.Decode(m, w.payload, &w.chunk); err != nil {
			return fmt.Errorf("%w: %w", wire.ErrProtocol, err)
		}
	}
	w.lane.Switch(timing.Compute)
	if err := shm.GuardFaults(func() error { return w.chain.Run(&w.chunk) }); err != nil {
		return err
	}
	w.consumed.chunk(&w.chunk, w.files)
	if err := w.chain.CheckSize(w.limit); err != nil {
		return err
	}
	w.lane.Switch(timing.Return)
	if w.chain.Aggregates() && w.unsaid < maxUnsaid && w.conn.Waiting() {
		w.unsaid, w.last = w.unsaid+1, m.ID // a later done says it too, and the coordinator is woken less
		return nil
	}
	w.unsaid = 0
	w.reply = w.chain.TakeRows(w.reply[:0])
	return w.conn.Send(&wire.Message{Type: wire.Done, ID: m.ID}, w.reply)
}

// maxUnsaid is how many chunks a worker leaves to the next done. The coordinator
// has it refilled long before what it has ahead is used up.
const maxUnsaid = 3

// buffer is the part of a segment that an extent names.
func (w *server) buffer(at wire.Extent) ([]byte, error) {
	s, ok := w.segments[at.Segment]
	if !ok {
		return nil, fmt.Errorf("segment %d is not mapped", at.Segment)
	}
	return s.Slice(at.Offset, at.Length)
}

// flush returns the partial of all chunks since the last flush.
func (w *server) flush() error {
	w.lane.Switch(timing.Return)
	if w.unsaid > 0 {
		w.unsaid = 0
		if err := w.conn.Send(&wire.Message{Type: wire.Done, ID: w.last}); err != nil {
			return err
		}
	}
	w.reply = w.chain.TakePartial(w.reply[:0])
	return w.conn.Send(&wire.Message{Type: wire.Partial}, w.reply)
}

// end says goodbye with the worker's account of its time.
func (w *server) end() error {
	if w.lane == nil {
		return nil
	}
	w.lane.On(-1, 0)
	if err := w.sendProfiles(); err != nil {
		return err
	}
	w.lane.Switch(timing.Start) // unmapping a large file takes as long as mapping it
	w.close()
	w.lane.End()
	spans := w.lane.Spans()
	u := &spans.Usage
	usage := &wire.Usage{
		Categories: map[string]wire.CategoryUsage{}, GCNano: int64(timing.GarbageCollection()),
		VoluntarySwitches: u.VoluntarySwitches, InvoluntarySwitches: u.InvoluntarySwitches,
	}
	m := wire.Message{
		Type: wire.Bye, LifetimeNano: int64(spans.Lifetime), CopiedBytes: w.copied, SpansNano: map[string]int64{},
		Usage: usage, DroppedSpans: spans.Dropped,
	}
	for _, c := range timing.Categories() {
		if spans.Spent[c] > 0 {
			m.SpansNano[c.String()] = int64(spans.Spent[c])
		}
		if u.Bound[c] > 0 {
			usage.Categories[c.String()] = wire.CategoryUsage{
				BoundNano: int64(u.Bound[c]), CPUNano: int64(u.CPU[c]), MinorFaults: u.MinorFaults[c], MajorFaults: u.MajorFaults[c],
			}
		}
	}
	return w.conn.Send(&m, timing.AppendSpans(nil, spans.Recorded))
}

// maxTraceSpans bounds what a coordinator can make a worker keep: 64 MiB.
const maxTraceSpans = 2 << 20

// fail reports err about the chunk of m.
func (w *server) fail(m wire.Message, err error) error {
	reply := wire.Message{Type: wire.Failed, ID: m.ID, Split: m.Split, Kind: KindInternal, Message: err.Error()}
	var row *stages.RowError
	var size *chain.SizeError
	switch {
	case errors.Is(err, profile.ErrInUse): // internal: main has started it before it serves
	case errors.As(err, &size):
		reply.Kind = KindLimit
	case errors.As(err, &row):
		reply.Kind, reply.FirstRow = KindStage, m.FirstRow+int64(row.Row)
		reply.Rows = 1
	case errors.Is(err, shm.ErrFault):
		reply.Kind = KindData
	case m.Kind != "":
		reply.Kind = m.Kind
	case !errors.Is(err, wire.ErrProtocol):
		reply.Kind = KindStage
	}
	_ = w.conn.Send(&reply)
	return err
}

func (w *server) close() {
	w.stopProfiles()
	for id, s := range w.segments {
		s.Close()
		delete(w.segments, id)
	}
}
