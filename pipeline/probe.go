package pipeline

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/weir-pipeline/weir/pipeline/chain"
	"github.com/weir-pipeline/weir/pipeline/exec"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/pipeline/worker"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/open"
	"github.com/weir-pipeline/weir/storage/shm"
)

// ProbeOptions say how to probe a job. The zero value works.
type ProbeOptions struct {
	// Run is how the job would be run. Its Rows and Progress are not used.
	Run Options

	// Budget is about how long chunks are read and computed, after the inputs have
	// been opened. It is exceeded by a chunk that takes longer, and up to twice
	// where a split has to be read whole. Default: 50 ms.
	Budget time.Duration
}

// Probe plans the job as Run does, and instead of running it reads and computes
// some of its chunks in this process, with the readers and the chain of a run:
// chunks of a few splits spread over the input, first on one lane, then on as
// many at once as there are workers. What is wrong with the job or with the
// sampled data is the error that it would be in Run.
//
// Standard input can be read only once, so that a job with "-" is refused.
func Probe(ctx context.Context, job Job, o ProbeOptions) (*Sample, error) {
	began := time.Now()
	if worker.Is() {
		return nil, errNotServed
	}
	if err := Validate(job, o.Run); err != nil {
		return nil, err
	}
	if slices.Contains(job.Inputs, "-") {
		return nil, &UsageError{errors.New("standard input (-) can be read only once, and a sample would take it from the run: save it to a file, and name that")}
	}
	p := &probe{job: job, options: o.Run.withDefaults(), budget: o.Budget}
	if p.budget <= 0 {
		p.budget = defaultProbeBudget
	}
	p.options.Rows, p.options.Progress = nil, nil
	if err := p.open(ctx); err != nil {
		return nil, err
	}
	s, err := p.sample(ctx)
	closing, closeErr := p.close()
	if err := errors.Join(err, closeErr); err != nil {
		return nil, err
	}
	if err := p.reopen(ctx, s, closing); err != nil {
		return nil, err
	}
	s.TookSeconds = time.Since(began).Seconds()
	return s, nil
}

const defaultProbeBudget = 50 * time.Millisecond

// probe is the state of one Probe.
type probe struct {
	job     Job
	options Options
	budget  time.Duration

	plan    *plan
	arena   *shm.Arena
	opening time.Duration
	touched int64 // bytes of mapped inputs that chunks pointed to

	order []int // of the plan's splits, so that the first few are spread over the input
	next  int   // position in order: splits before it have been visited
	seen  []visited
}

// open plans the job and makes an arena, as a run does.
func (p *probe) open(ctx context.Context) (err error) {
	began := time.Now()
	if p.plan, err = newPlan(ctx, p.job, p.options, timing.NewLane("probe", timing.Coordinator, timing.Start)); err != nil {
		return err
	}
	p.plan.request.Read = true // as every mode but mmap does it, whatever Run.Mode is
	p.arena, err = shm.NewArena(shm.Options{SizeBytes: p.plan.budget.arenaBytes, Private: true})
	p.opening = time.Since(began)
	if err != nil {
		err = errors.Join(err, p.plan.dataset.Close())
	}
	return err
}

// close closes what open opened, and says how long that took.
func (p *probe) close() (time.Duration, error) {
	began := time.Now()
	err := errors.Join(p.plan.dataset.Close(), p.arena.Close())
	return time.Since(began), err
}

// reopen opens and closes everything once more, if that is quick: now that
// nothing has to be brought from a disk or touched, as in the run to come.
// Closing took longer before, by what touched pages cost.
func (p *probe) reopen(ctx context.Context, s *Sample, closing time.Duration) error {
	s.PlanSeconds, s.CloseSeconds = p.opening.Seconds(), closing.Seconds()
	if p.opening > p.budget/2 {
		return nil
	}
	again := &probe{job: p.job, options: p.options}
	if err := again.open(ctx); err != nil {
		return err
	}
	empty, err := again.close()
	if err != nil {
		return err
	}
	s.PlanSeconds = min(p.opening, again.opening).Seconds()
	s.CloseSeconds = min(empty, closing).Seconds()
	if p.touched >= leastUnmapBytes && closing > empty {
		s.UnmapSeconds = (closing - empty).Seconds() / float64(p.touched)
	}
	return nil
}

// leastUnmapBytes are touched at least if closing is to tell what they add.
const leastUnmapBytes = 1 << 20

// sample visits chunks and makes the sample of them.
func (p *probe) sample(ctx context.Context) (*Sample, error) {
	s := &Sample{Outline: p.plan.outline(), Lanes: 1, CPUShare: 1, plan: p.plan, options: p.options}
	_, s.CPUMeasured = threadCPU()
	if err := p.cuts(s); err != nil {
		return nil, err
	}
	p.order = spread(p.plan.splits)
	if len(p.order) == 0 {
		return s, nil
	}
	first, err := p.first(ctx)
	if err != nil {
		return nil, err
	}
	fixed, err := p.fixedCosts(ctx)
	if err != nil {
		return nil, err
	}
	alone, err := p.visit(ctx, 1, p.budget*4/10)
	if err != nil {
		return nil, err
	}
	p.seen = alone.visited
	var together *visits
	if lanes := min(p.options.Workers, len(p.order)-p.next); lanes > 1 {
		if together, err = p.visit(ctx, lanes, p.budget*4/10); err != nil {
			return nil, err
		}
		s.Lanes = lanes
		p.seen = append(p.seen, together.visited...)
	}
	p.fill(s, fixed, alone, together)
	s.LaneSeconds = longer(first, alone)
	if err := p.partials(s, alone, together); err != nil {
		return nil, err
	}
	return s, nil
}

// spread orders splits so that any first few of them are spread evenly over the
// rows: near the begin, near the end, in the middle, and in the middles of what is
// between.
func spread(splits []open.Split) []int {
	order := make([]int, 0, len(splits))
	ends := make([]float64, len(splits)) // of splits, by rows or bytes
	total := 0.0
	for i, s := range splits {
		total += max(sizeOf(s), 1)
		ends[i] = total
	}
	taken := make([]bool, len(splits))
	take := func(i int) {
		if i < len(splits) && !taken[i] {
			taken[i] = true
			order = append(order, i)
		}
	}
	at := func(share float64) { i, _ := slices.BinarySearch(ends, share*total); take(i) }
	at(0.01)
	at(0.99)
	for parts := 2; parts <= 2*len(splits); parts *= 2 {
		for k := 1; k < parts; k += 2 {
			at(float64(k) / float64(parts))
		}
	}
	for i := range splits { // those that are small beside the others
		take(i)
	}
	return order
}

// sizeOf measures how long a split is: by rows if they are known.
func sizeOf(s open.Split) float64 {
	if s.Rows >= 0 {
		return float64(s.Rows)
	}
	return float64(s.SizeBytes)
}

// cuts lists the splits at sizes of chunks other than the plan's.
func (p *probe) cuts(s *Sample) error {
	for _, rows := range []int{1 << 10, 1 << 13, 1 << 16, 1 << 19, 1 << 22} {
		splits, err := p.plan.dataset.Splits(p.request(rows))
		if err != nil {
			return err
		}
		if n := len(s.Cuts); n > 0 && len(s.Cuts[n-1].Splits) == len(splits) {
			continue
		}
		s.Cuts = append(s.Cuts, Cut{ChunkRows: rows, Splits: outlineSplits(p.plan.dataset, splits)})
	}
	return nil
}

// request is the plan's with another size of chunks, for a sample.
func (p *probe) request(chunkRows int) format.Request {
	r := p.plan.request
	r.MaxRows, r.Sample = chunkRows, true
	return r
}

// visit reads and computes chunks on lanes at once until the time is over, or a
// fair part of the input has been seen. Splits that it has begun are not visited
// again.
func (p *probe) visit(ctx context.Context, lanes int, limit time.Duration) (*visits, error) {
	v := p.newVisits(p.plan.request.MaxRows, limit)
	left := len(p.order) - p.next
	splits := left
	if lanes == 1 && p.options.Workers > 1 {
		splits = max(1, left/2) // the others are for several lanes: what has been touched is not new to them
	}
	v.maxRows = max(p.rows()/4, 1)
	for _, at := range p.order[p.next:min(p.next+splits, len(p.order))] {
		v.splits = append(v.splits, p.plan.splits[at])
		v.positions = append(v.positions, at)
	}
	v.quota = limit / 6
	if !p.mapped() {
		v.quota = limit / 2
	}
	if err := p.run(ctx, v, lanes); err != nil {
		return nil, err
	}
	p.next += v.opened
	return v, nil
}

// first reads and computes one chunk, so that what is touched for the first time
// does not count for those that follow. It takes one of the splits that are
// visited last.
func (p *probe) first(ctx context.Context) (*visits, error) {
	v := p.newVisits(p.plan.request.MaxRows, p.budget)
	v.maxChunks = 1
	at := p.order[max(0, len(p.order)-2)]
	v.splits = p.plan.splits[at:][:1]
	return v, p.run(ctx, v, 1)
}

// longer is by how many seconds the first chunk of all took longer than first
// chunks of splits do.
func longer(first, others *visits) float64 {
	of := func(v *visits) (costs []float64) {
		for _, at := range v.visited {
			if len(at.chunks) > 0 {
				o := at.chunks[0]
				costs = append(costs, (o.read.cpu+o.decode.cpu+o.compute.cpu).Seconds()/float64(o.rows))
			}
		}
		return costs
	}
	before := of(first)
	if len(before) == 0 || len(of(others)) == 0 {
		return 0
	}
	return max(before[0]-median(of(others)), 0) * float64(first.visited[0].chunks[0].rows)
}

// mapped tells whether chunks point into mapped files, so that each costs what its
// own rows do. Others share pages that are decoded as a whole, for the chunk that
// comes first: many chunks of few splits have to be seen then.
func (p *probe) mapped() bool {
	m, ok := p.plan.dataset.File(p.plan.splits[0].File).(format.Mapped)
	return ok && m.Mapping() != nil
}

// rows is how many the splits have, as far as they say; else very many.
func (p *probe) rows() (rows int64) {
	for _, s := range p.plan.splits {
		if s.Rows < 0 {
			return 1 << 62
		}
		rows += s.Rows
	}
	return rows
}

// run lets an executor read and compute what v has of the splits.
func (p *probe) run(ctx context.Context, v *visits, lanes int) error {
	var err error
	if v.final, err = chain.New(p.plan.spec, *p.options.Catalog); err != nil {
		return err
	}
	v.columns = v.final.Columns()
	v.digest = result.NewDigester(v.columns)
	job := &exec.Job{
		Source: v, Chain: p.plan.spec, Catalog: *p.options.Catalog, Memory: p.arena,
		Reduce:  exec.NewReducer(v.final, v.emit, p.plan.budget.rowsWaitingBytes),
		Account: &timing.Account{}, Count: &exec.Counters{}, Logger: p.options.Logger,
		Workers: lanes, PartialLimit: p.plan.budget.partialBytes, StrictZeroCopy: p.options.StrictZeroCopy,
	}
	v.begin()
	if lanes > 1 {
		lane := timing.NewLane("probe", timing.Coordinator, timing.Start)
		err = exec.Threads(ctx, job, lane)
	} else {
		err = exec.Sequential(ctx, job, timing.NewLane("probe", timing.Thread, timing.Start))
	}
	p.touched += v.touched
	if err != nil {
		of := *p.plan
		of.splits = v.splits
		return of.explain(ctx, err)
	}
	return ctx.Err()
}

// newVisits is for chunks of the given rows.
func (p *probe) newVisits(chunkRows int, limit time.Duration) *visits {
	return &visits{plan: p.plan, request: p.request(chunkRows), limit: limit, maxRows: 1 << 62, maxChunks: 1 << 30}
}
