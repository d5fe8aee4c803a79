package costmodel

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/machine"
	"github.com/weir-pipeline/weir/pipeline/replay"
)

// Model predicts runs of one job on one machine. It is safe for concurrent use.
type Model struct {
	sample  *pipeline.Sample
	machine machine.Costs
	cores   int
}

// New makes the model of the sampled job on a machine. Both stay the caller's and
// must not change.
func New(s *pipeline.Sample, m machine.Costs) *Model {
	return &Model{sample: s, machine: m, cores: max(m.Processors, 1)}
}

// Predict simulates the run in one way. The error says what is wrong with the
// way, or which figure is missing: an [*UnmeasuredError].
func (m *Model) Predict(w Way) (*Prediction, error) {
	return m.predict(scenario{way: w})
}

// PerChunk is what every chunk costs in one way, whatever its rows, and what so
// many rows cost beside that.
func (m *Model) PerChunk(w Way, rows int) (chunk, ofRows replay.Chunk, err error) {
	b, err := m.build(scenario{way: w})
	if err != nil {
		return chunk, ofRows, err
	}
	average := split{reading: 1, compute: 1}
	return b.chunk(average, 0, 1), b.chunk(average, float64(rows), 0), nil
}

// UnmeasuredError says that a figure is missing without which a way cannot be
// predicted.
type UnmeasuredError struct {
	Way    string
	Figure string
}

func (e *UnmeasuredError) Error() string {
	return fmt.Sprintf("%s cannot be predicted: %s was not measured", e.Way, e.Figure)
}

// scenario is a way, and what is changed about the job.
type scenario struct {
	way     Way
	rows    float64 // of the input; 0: as it is
	compute float64 // seconds to compute a row, in place of the sample's; 0: as it is
	running bool    // only what goes on while chunks are handled: no plan, start or finish
	coarse  bool    // simulate fewer chunks
}

func (m *Model) predict(s scenario) (*Prediction, error) {
	b, err := m.build(s)
	if err != nil {
		return nil, err
	}
	p := &Prediction{
		Way: Way{
			Mode: b.fit.Mode, Codec: b.fit.Codec, Workers: b.work.Lanes, ChunkRows: b.fit.ChunkRows,
			MemoryLimitBytes: s.way.MemoryLimitBytes,
		},
		Chunks: b.chunks, Omitted: b.omitted, Work: b.work,
	}
	if s.running {
		p.Work = p.Work.Free(replay.StepPlan, replay.StepStart, replay.StepCombine, replay.StepFinish)
		p.Work.Merge = nil
	}
	p.Outcome = replay.Run(p.Work)
	p.Wall = p.Outcome.Wall
	p.Steps = stepsOf(&p.Work)
	return p, nil
}

// builder makes the workload of a scenario.
type builder struct {
	*Model
	scenario
	fit     pipeline.Fit
	leases  bool // chunks take memory; otherwise they point into a mapped file
	splits  []split
	rates   rates
	hand    handover // pipe and mmap
	chunks  int64
	omitted []string
	work    replay.Workload
}

// split is a split, or several that follow each other, with the rows that it is
// expected to have.
type split struct {
	rows             float64
	opens            float64
	reading, compute float64 // what a row costs here, by the mean
}

// Chunks beyond so many, and splits likewise, are joined for the simulation: no
// wall time depends on one chunk among so many.
const (
	maxChunks       = 8192
	maxCoarseChunks = 1024
)

func (s *scenario) maxChunks() int {
	if s.coarse {
		return maxCoarseChunks
	}
	return maxChunks
}

func (m *Model) build(s scenario) (*builder, error) {
	fit, err := m.sample.Fit(pipeline.Options{
		Mode: s.way.Mode, Codec: s.way.Codec, Workers: s.way.Workers, ChunkRows: s.way.ChunkRows, MemoryLimitBytes: s.way.MemoryLimitBytes,
	})
	if err != nil {
		return nil, err
	}
	b := &builder{Model: m, scenario: s, fit: fit}
	b.leases = m.sample.Chunk.Leases && !(fit.Mode == pipeline.Mmap && m.sample.Chunk.Mapped)
	b.splits = b.splitsOf()
	b.work.Cores, b.work.Lanes = m.cores, fit.Workers
	active := b.work.Lanes
	switch fit.Mode {
	case pipeline.Pipe, pipeline.Mmap:
		b.work.Handover = true
		b.work.Readers = max(1, min(fit.Readers, len(b.splits)))
		b.work.Queue, b.work.Ahead = fit.Workers, aheadMapped
		if b.leases {
			b.work.Ahead = aheadLeased
		}
		active += b.work.Readers
		if err := b.findHandover(); err != nil {
			return nil, err
		}
	default:
		b.work.Lanes = max(1, min(fit.Workers, len(b.splits)))
		active = b.work.Lanes
	}
	if b.leases {
		b.work.MemoryBytes = fit.ArenaBytes
	}
	b.rates = m.ratesAt(min(active, m.cores))
	if m.sample.Chunk.Leases && !b.leases {
		b.mapped()
	}
	if s.compute > 0 {
		b.rates.compute = step{chunk: b.rates.compute.chunk, row: s.compute}
		b.rates.warmCompute = s.compute
	}
	b.workSplits()
	b.firstTouches()
	b.ends()
	return b, nil
}

// mapped makes the rates of a sample that was read into memory those of a mapped
// file: nothing is read, and who computes touches the pages.
func (b *builder) mapped() {
	r := &b.rates
	r.read, r.decode = step{}, step{}
	if fault := b.machine.InputFault; fault != nil {
		r.compute.row += b.sample.Chunk.RowBytes * b.timed(fault.SecondsPerByte)
	} else {
		b.omitted = append(b.omitted, "page faults of the mapped input, which were not measured")
	}
}

// How many chunks a worker has at once, see exec's links.
const (
	aheadMapped = 8
	aheadLeased = 2
)

// splitsOf are the splits as they are cut for the chunks' size, with the rows
// that the scenario gives them.
func (b *builder) splitsOf() []split {
	outline := &b.sample.Outline
	from := outline.Splits
	if b.fit.ChunkRows != outline.ChunkRows {
		for _, c := range b.sample.Cuts {
			if c.ChunkRows <= b.fit.ChunkRows || c.ChunkRows == b.sample.Cuts[0].ChunkRows {
				from = c.Splits
			}
		}
	}
	joined := (len(from)-1)/b.maxChunks() + 1
	var all []split
	for i, s := range from {
		rows := float64(s.Rows)
		if s.Rows < 0 {
			rows = 0
			if b.sample.Chunk.FileBytes > 0 {
				rows = float64(s.SizeBytes) / b.sample.Chunk.FileBytes
			}
		}
		if i%joined == 0 {
			reading, compute := factorsAt(b.sample, (float64(i)+0.5)/float64(len(from)))
			all = append(all, split{reading: reading, compute: compute})
		}
		last := &all[len(all)-1]
		last.rows += rows
		last.opens++
	}
	if b.scenario.rows > 0 {
		all = resized(all, b.scenario.rows, b.maxChunks())
	}
	return all
}

// resized are splits like these, with other rows in all: fewer of them, or the
// same ones again.
func resized(splits []split, rows float64, most int) []split {
	var all []split
	for i := 0; rows >= 0.5 && len(splits) > 0; i++ {
		s := splits[i%len(splits)]
		if s.rows == 0 {
			if i >= len(splits) && len(all) == 0 {
				return nil
			}
			continue
		}
		if i > 0 && i%len(splits) == 0 && len(all) >= most {
			// Enough of them to tell: the rest is more of the same.
			for k := range all {
				all[k].rows *= 1 + rows/sumRows(all)
			}
			return all
		}
		s.rows = min(s.rows, rows)
		rows -= s.rows
		all = append(all, s)
	}
	return all
}

func sumRows(splits []split) (rows float64) {
	for _, s := range splits {
		rows += s.rows
	}
	return rows
}

// workSplits gives every chunk its costs.
func (b *builder) workSplits() {
	size := float64(b.fit.ChunkRows)
	var chunks float64
	for _, s := range b.splits {
		chunks += math.Ceil(s.rows / size)
	}
	b.chunks = int64(chunks)
	joined := max(1, math.Ceil(chunks/float64(b.maxChunks())))
	for _, s := range b.splits {
		w := replay.Split{Open: cpu(b.sample.SplitSeconds * s.opens)}
		for left := s.rows; left >= 0.5; {
			rows := min(left, size*joined)
			left -= rows
			w.Chunks = append(w.Chunks, b.chunk(s, rows, math.Ceil(rows/size)))
		}
		b.work.Splits = append(b.work.Splits, w)
	}
}

// chunk is what rows of a split cost that make so many chunks.
func (b *builder) chunk(s split, rows, chunks float64) replay.Chunk {
	r := &b.rates
	sizeBytes := rows * b.sample.Chunk.RowBytes
	c := replay.Chunk{
		Rows:    int(math.Round(rows)),
		Read:    r.read.cost(rows*s.reading, chunks),
		Decode:  r.decode.cost(rows*s.reading, chunks),
		Compute: r.compute.cost(rows*s.compute, chunks),
		Emit:    cpu(rows * b.sample.Result.EmitSeconds),
	}
	if b.leases {
		c.Bytes = int64(sizeBytes / max(chunks, 1))
	}
	if !b.work.Handover {
		return c
	}
	if b.fit.Mode == pipeline.Pipe {
		c.Compute = cpu(rows*s.compute*r.warmCompute + chunks*r.compute.chunk)
		c.Compute.Blocked = 0
		if !b.leases { // the coordinator is who brings the pages
			c.Copy.Blocked = seconds(rows * r.compute.blocked)
		}
	}
	returned := rows * b.sample.Result.RowBytes
	c.Encode.CPU += seconds(chunks*b.hand.sender + sizeBytes*b.hand.encode)
	c.Copy.CPU += seconds(sizeBytes * b.hand.write)
	c.Take.CPU += seconds(chunks*b.hand.worker + sizeBytes*b.hand.take)
	c.Return.CPU += seconds(returned * b.hand.rawWrite)
	c.Emit.CPU += seconds(returned * b.hand.rawRead)
	return c
}

// firstTouches charges memory that is used for the first time to the first
// chunks that use it.
func (b *builder) firstTouches() {
	if !b.work.Handover {
		for range b.work.Lanes {
			b.work.Start = append(b.work.Start, cpu(b.sample.LaneSeconds))
		}
		return
	}
	arena := b.machine.Arena
	if !b.leases {
		return
	}
	if arena == nil {
		b.omitted = append(b.omitted, "page faults of the arena, which were not measured")
	}
	chunkBytes := float64(b.fit.ChunkRows) * b.sample.Chunk.RowBytes
	var reading, computing time.Duration
	for _, s := range b.work.Splits {
		for i := range s.Chunks {
			c := &s.Chunks[i]
			reading += c.Read.CPU + c.Decode.CPU
			computing += c.Take.CPU + c.Compute.CPU
		}
	}
	// Chunks pile up before the workers only if these are slower than the readers.
	inFlight := b.work.Readers + b.work.Lanes
	if computing*time.Duration(b.work.Readers) > reading*time.Duration(b.work.Lanes) {
		inFlight = b.work.Readers + b.work.Queue + b.work.Ahead*b.work.Lanes
	}
	if chunkBytes > 0 {
		inFlight = max(1, min(inFlight, int(float64(b.fit.ArenaBytes)/chunkBytes)))
	}
	var reserve, fill, read float64 // for each byte
	if arena != nil {
		reserve, fill = b.timed(arena.ReserveSecondsPerByte), b.timed(arena.Fill.SecondsPerByte)
		if b.fit.Mode == pipeline.Mmap {
			read = b.timed(arena.Read.SecondsPerByte)
		}
	}
	n := 0
	for i, s := range b.work.Splits {
		for j := range s.Chunks {
			c := &s.Chunks[j]
			if n < inFlight {
				c.Decode.CPU += seconds(float64(c.Bytes) * (reserve + fill))
			}
			if n < inFlight*b.work.Lanes {
				c.Take.CPU += seconds(float64(c.Bytes) * read)
			}
			if j == 0 && i < b.work.Readers { // beside the arena, which is charged above
				c.Decode.CPU += max(0, seconds(b.sample.LaneSeconds-float64(c.Bytes)*fill))
			}
			n++
		}
	}
}

// ends adds what happens before the first chunk and after the last one.
func (b *builder) ends() {
	s := b.sample
	w := &b.work
	rows := sumRows(b.splits)
	w.Plan = cpu(s.PlanSeconds)
	finish := s.CloseSeconds
	unmap := 0.0 // in all
	if !b.leases {
		unmap = rows * s.Chunk.RowBytes * s.UnmapSeconds
	}
	grown := func(rows float64) float64 {
		if s.Partial.Rows == 0 {
			return 0
		}
		return math.Pow(max(rows, 1)/float64(s.Partial.Rows), s.Partial.Growth)
	}
	ofLane := grown(rows / float64(w.Lanes))
	for range w.Lanes {
		merge := replay.Cost{}
		combine := s.Partial.MergeSeconds * ofLane
		if w.Handover {
			merge = cpu(s.Partial.EncodeSeconds * ofLane)
			sizeBytes := float64(s.Partial.SizeBytes) * ofLane
			merge.CPU += seconds(sizeBytes * b.hand.rawWrite)
			combine += sizeBytes * b.hand.rawRead
		}
		if b.fit.Mode == pipeline.Mmap { // each worker unmaps what it has touched
			merge.CPU += seconds(unmap / float64(w.Lanes))
		}
		w.Merge = append(w.Merge, merge)
		w.Combine = append(w.Combine, cpu(combine))
	}
	if b.fit.Mode != pipeline.Mmap {
		finish += unmap
	}
	finish += s.Partial.ResultSeconds * grown(rows)
	w.Finish = cpu(finish)
	if !w.Handover {
		return
	}
	spawn := b.machine.Spawn
	coordinator := 0.0
	if spawn.CoordinatorCPUSeconds != nil {
		coordinator = spawn.CoordinatorCPUSeconds.Median
	}
	w.Plan.CPU += seconds(coordinator * float64(w.Lanes))
	wall := b.timed(spawn.WallSeconds)
	inWorker := min(spawn.WorkerCPUSeconds.Median, wall)
	for range w.Lanes {
		w.Start = append(w.Start, replay.Cost{
			CPU:     seconds(inWorker),
			Blocked: seconds(max(0, wall-inWorker-coordinator)),
		})
	}
	w.Finish.Blocked += seconds(b.timed(spawn.EndSeconds))
}

func cpu(s float64) replay.Cost { return replay.Cost{CPU: seconds(s)} }

func seconds(s float64) time.Duration {
	return time.Duration(math.Round(min(max(s, 0)*1e9, math.MaxInt64/4)))
}

// stepsOf adds up what a workload costs by step.
func stepsOf(w *replay.Workload) []StepTime {
	var spent [replay.StepFinish + 1]replay.Cost
	add := func(s replay.Step, costs ...replay.Cost) {
		for _, c := range costs {
			spent[s].CPU += c.CPU
			spent[s].Blocked += c.Blocked
		}
	}
	add(replay.StepPlan, w.Plan)
	add(replay.StepStart, w.Start...)
	add(replay.StepReturn, w.Merge...)
	add(replay.StepCombine, w.Combine...)
	add(replay.StepFinish, w.Finish)
	for i := range w.Splits {
		add(replay.StepOpen, w.Splits[i].Open)
		for j := range w.Splits[i].Chunks {
			c := &w.Splits[i].Chunks[j]
			add(replay.StepRead, c.Read)
			add(replay.StepDecode, c.Decode)
			add(replay.StepEncode, c.Encode)
			add(replay.StepCopy, c.Copy, c.Take)
			add(replay.StepCompute, c.Compute)
			add(replay.StepReturn, c.Return)
			add(replay.StepEmit, c.Emit)
		}
	}
	var steps []StepTime
	for s, c := range spent {
		if c != (replay.Cost{}) {
			steps = append(steps, StepTime{Step: replay.Step(s), CPU: c.CPU, Blocked: c.Blocked})
		}
	}
	return slices.Clip(steps)
}
