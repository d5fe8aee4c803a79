package pipeline

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/weir-pipeline/weir/pipeline/chain"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/expr"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/csvfile"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/open"
)

// plan is a job fitted to its dataset: everything that is decided before the
// first chunk is read.
type plan struct {
	dataset *open.Dataset
	request format.Request
	splits  []open.Split
	pruned  struct {
		splits int
		rows   int64
	}

	firstSplit int // number of splits[0]: those of passes before come first

	spec    chain.Spec
	mode    Mode
	reason  string // why auto chose the mode
	workers int
	readers int
	budget  budget

	mappedRows int64 // of the dataset, if all of it is mapped; else 0
	chunksCut  bool  // the memory limit made them smaller
}

// newPlan opens the dataset, on lane. The caller closes plan.dataset.
func newPlan(ctx context.Context, job Job, o Options, lane *timing.Lane) (_ *plan, err error) {
	dataset, err := open.Open(ctx, job.Inputs, open.Options{
		Formats: open.Builtin(csvfile.Options{Types: o.Types, Comma: o.Comma}),
		Stdin:   o.Stdin,
		Spooling: func() func() {
			lane.Switch(timing.Read)
			lane.Bind()
			return func() {
				lane.Unbind()
				lane.Switch(timing.Start)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	p := &plan{dataset: dataset, mode: o.Mode, workers: o.Workers}
	defer func() {
		if err != nil {
			dataset.Close()
		}
	}()
	if err := p.planChain(job, o); err != nil {
		return nil, &UsageError{err}
	}
	if err := p.supported(); err != nil {
		return nil, err
	}
	p.mappedRows = p.countMapped()
	p.request.Read = o.Mode != Mmap
	p.request.Parallel = o.Workers
	p.request.MaxRows = cmpOrInt(o.ChunkRows, p.chunkRows(o))
	if p.splits, err = dataset.Splits(p.request); err != nil {
		return nil, err
	}
	p.pruned.splits, p.pruned.rows = dataset.Pruned(p.request)
	p.chooseMode(o)
	if p.budget, err = newBudget(o, p.mode, p.workers); err != nil {
		return nil, err
	}
	p.fitChunks(o)
	return p, nil
}

// planChain compiles the job's texts against the dataset's columns and finds
// out which of them are needed.
func (p *plan) planChain(job Job, o Options) error {
	spec := chain.Spec{Columns: p.dataset.Schema(), Aggregate: job.Aggregate, By: job.By, Select: job.Select}
	for _, d := range job.Derive {
		derived, err := expr.ParseAssign(d)
		if err != nil {
			return &chain.StageError{Kind: "derive", Err: err}
		}
		spec.Stages = append(spec.Stages, stages.Derive(derived.Name, derived.Text))
	}
	if job.Where != "" {
		at, err := chain.Earliest(spec, job.Where, *o.Catalog)
		if err != nil {
			return err
		}
		spec.Stages = slices.Insert(spec.Stages, at, stages.Where(job.Where))
	}
	spec.Stages = append(spec.Stages, job.Stages...)
	planned, columns, prune, err := chain.Plan(spec, *o.Catalog)
	if err != nil {
		return err
	}
	p.spec = planned
	p.request.Columns, p.request.Prune = columns, prune
	return nil
}

// supported refuses columns that weir cannot compute with.
func (p *plan) supported() error {
	name := "input"
	if files := p.dataset.Files(); len(files) > 0 {
		name = files[0].Name
	}
	return format.Supported(name, p.dataset.Schema(), p.request)
}

const (
	// decodedRows is the size of chunks that are decoded and computed by the same
	// lane: large enough that what a chunk costs by itself does not show, small
	// enough that text, index and columns stay in a core's caches and that little
	// memory is touched for the first time.
	decodedRows = 16384

	// Chunks that are handed over are larger, because each costs some 50 µs of
	// processor time beside its bytes; but not so large that those in flight
	// leave the caches, or touch more shared memory for the first time than has to
	// be: a fault costs as much as 20 KiB of copying.
	//
	// Note: 65,536 rows were not faster, and took half as much memory again.
	handedRows  = 32768
	handedBytes = 2 << 20

	mappedRows = 32768 // at least, of chunks that point into a mapped file
)

// windowBytes is the size of chunks that are read from a file as they are: half
// of a core's L2 cache, so that they are still there when they are computed.
//
// Note: with 64 KiB what each chunk costs by itself began to count; from 128 to
// 512 KiB there was no difference beyond the noise.
const windowBytes = 256 << 10

// chunkRows is the size of chunks that the user leaves to weir. Chunks that
// only point into a mapped file hold no memory, so that they may be as large as
// an even distribution over the workers allows. Those that are read from it fit in
// a cache, unless they are handed over.
func (p *plan) chunkRows(o Options) int {
	const perWorker, most = 64, 1 << 20
	fitting := func(sizeBytes, least, most int64) int {
		rows := sizeBytes / rowBytes(p.spec.Columns) / block.Rows * block.Rows
		return int(max(least, min(rows, most)))
	}
	mapped := p.mappedRows > 0
	switch {
	case o.Mode == Mmap && mapped:
		return int(max(mappedRows, min(most, p.mappedRows/int64(o.Workers*perWorker)&^63)))
	case o.Mode.processes():
		return fitting(handedBytes, decodedRows, handedRows)
	case mapped:
		return fitting(windowBytes, block.Rows, mappedRows)
	}
	return decodedRows
}

// How the columns of a dataset come into memory.
const (
	InputMapped  = "mapped"  // workers map the files and compute in place
	InputRead    = "read"    // blocks of the files are read as they are
	InputDecoded = "decoded" // of some files at least
)

// input is how the plan's mode gets at the columns.
func (p *plan) input() string {
	switch {
	case p.mappedRows == 0:
		return InputDecoded
	case p.mode == Mmap:
		return InputMapped
	}
	return InputRead
}

// countMapped counts the rows of the dataset if all of it is mapped, else none.
func (p *plan) countMapped() (rows int64) {
	for i, f := range p.dataset.Files() {
		m, ok := p.dataset.File(i).(format.Mapped)
		if !ok || m.Mapping() == nil || f.Rows < 0 {
			return 0
		}
		rows += f.Rows
	}
	return rows
}

// Auto reads in one goroutine when starting others would not pay: 4 MiB are
// decoded in some 10 ms, or scanned in less than one if nothing has to be
// decoded.
const autoThreadsBytes = 4 << 20

// chooseMode resolves Auto by a fixed rule, and cuts workers that would have
// nothing to do.
func (p *plan) chooseMode(o Options) {
	var sizeBytes int64
	for _, s := range p.splits {
		sizeBytes += s.SizeBytes
	}
	if p.mode == Auto {
		switch {
		case runtime.GOMAXPROCS(0) == 1 && o.Workers == 1:
			p.mode, p.reason = Sequential, "there is one processor"
		case len(p.splits) < 2:
			p.mode, p.reason = Sequential, "the input is one split, which cannot be shared out"
		case sizeBytes < autoThreadsBytes:
			p.mode, p.reason = Sequential, fmt.Sprintf("%d bytes are read before a second thread would help", sizeBytes)
		default:
			p.mode, p.reason = Threads, fmt.Sprintf("%d splits, %d bytes and no hand-over between processes to pay for", len(p.splits), sizeBytes)
		}
	}
	switch p.mode {
	case Sequential:
		p.workers, p.readers = 1, 1
	case Threads:
		p.workers = max(1, min(o.Workers, len(p.splits)))
		p.readers = p.workers
	default:
		p.readers = max(1, min(o.Workers, len(p.splits)))
	}
}

// rowBytes estimates the memory of a decoded row.
func rowBytes(schema chunk.Schema) int64 {
	sizeBytes := int64(1)
	for _, f := range schema {
		switch f.Type.ID {
		case chunk.String:
			sizeBytes += 24 // offsets or an index, and a short text
		case chunk.Bool:
			sizeBytes++
		default:
			sizeBytes += int64(f.Type.ID.Width())
		}
	}
	return sizeBytes
}

func cmpOrInt(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}
