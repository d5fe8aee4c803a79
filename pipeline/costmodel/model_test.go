package costmodel_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/costmodel"
	"github.com/weir-pipeline/weir/pipeline/machine"
	"github.com/weir-pipeline/weir/pipeline/replay"
	"github.com/weir-pipeline/weir/storage/output"
	"github.com/weir-pipeline/weir/storage/synth"
)

const tableRows = 400_000

// sampleOf probes a table of the format, and puts costs in the place of those
// that were measured, so that predictions of it are the same on any machine.
func sampleOf(t *testing.T, format string) *pipeline.Sample {
	t.Helper()
	path := filepath.Join(t.TempDir(), "table."+format)
	opts := synth.WriteOptions{Options: output.Options{BatchRows: 10_000}}
	if err := synth.Write(context.Background(), path, synth.Table{Rows: tableRows, Seed: 1}, opts); err != nil {
		t.Fatal(err)
	}
	s, err := pipeline.Probe(context.Background(), pipeline.Job{Inputs: []string{path}, Aggregate: "sum(x)"},
		pipeline.ProbeOptions{Run: pipeline.Options{Workers: 2, ChunkRows: 5000}, Budget: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	s.Lanes, s.TotalRows, s.Estimated = 2, tableRows, false
	s.PlanSeconds, s.CloseSeconds, s.UnmapSeconds, s.SplitSeconds, s.LaneSeconds = 1e-3, 5e-4, 0, 1e-6, 0
	s.Alone = pipeline.Costs{
		Chunks: 10, Rows: 50_000,
		Read:    pipeline.StepCost{RowSeconds: 1e-9},
		Decode:  pipeline.StepCost{RowSeconds: 20e-9, ChunkSeconds: 2e-6},
		Compute: pipeline.StepCost{RowSeconds: 100e-9, ChunkSeconds: 1e-6}, WarmCompute: 100e-9,
	}
	together := s.Alone
	s.Together = &together
	s.Chunk = pipeline.ChunkShape{Columns: 1, RowBytes: 8, FileBytes: 60, Leases: format != "arrow"}
	s.Partial = pipeline.Partial{SizeBytes: 40, Rows: 50_000, EncodeSeconds: 1e-6, MergeSeconds: 2e-6, ResultSeconds: 3e-6}
	s.Places, s.CPUShare = nil, 1
	return s
}

func figure(v float64) machine.Figure {
	return machine.Figure{Median: v, Low: v, High: v, Samples: 1}
}

// costs are those of a machine with so many processors.
func costs(processors int) machine.Costs {
	known := func(v float64) *machine.Figure { f := figure(v); return &f }
	c := machine.Costs{
		Processors: processors,
		Spawn: &machine.Spawn{
			WallSeconds: figure(4e-3), CoordinatorCPUSeconds: known(5e-4), WorkerCPUSeconds: figure(3e-3), EndSeconds: figure(1e-3), AtOnce: 2,
		},
		InputFault: &machine.Fault{SecondsPerByte: figure(5e-11)},
		Arena: &machine.ArenaFault{
			ReserveSecondsPerByte: figure(3e-10), Fill: machine.Fault{SecondsPerByte: figure(1e-10)}, Read: machine.Fault{SecondsPerByte: figure(4e-11)},
		},
		Scan: &machine.Scan{Rates: []machine.ScanRate{{Cores: 1, BytesPerSecond: figure(2e10)}}},
	}
	for _, mode := range []string{"mmap", "pipe"} {
		c.Handovers = append(c.Handovers, machine.Handover{
			Mode: mode, PerChunkSeconds: figure(12e-6), CoordinatorCPUSeconds: known(8e-6), WorkerCPUSeconds: known(6e-6), Ahead: 8,
		})
	}
	for codec, factor := range map[string]float64{"raw": 1, "arrow": 3, "gob": 20, "json": 100} {
		for _, values := range []string{machine.Doubles, machine.Texts} {
			c.Copies = append(c.Copies, machine.Copy{
				Codec: codec, Values: values, ChunkBytes: 1000, PayloadBytes: 1000,
				EncodeSecondsPerByte: figure(1e-11 * factor), DecodeSecondsPerByte: figure(1e-11 * factor),
				WriteSecondsPerByte: known(1e-10), ReadSecondsPerByte: known(2e-10),
			})
		}
	}
	return c
}

func predict(t *testing.T, m *costmodel.Model, w costmodel.Way) *costmodel.Prediction {
	t.Helper()
	p, err := m.Predict(w)
	if err != nil {
		t.Fatalf("%s: %v", w, err)
	}
	return p
}

var formats = []string{"arrow", "parquet", "csv"}

var (
	sequential = costmodel.Way{Mode: pipeline.Sequential}
	threads    = costmodel.Way{Mode: pipeline.Threads}
	pipeRaw    = costmodel.Way{Mode: pipeline.Pipe, Codec: "raw"}
	mmap       = costmodel.Way{Mode: pipeline.Mmap}
)

func TestSequentialTakesTheSumOfItsSteps(t *testing.T) {
	for _, format := range formats {
		p := predict(t, costmodel.New(sampleOf(t, format), costs(2)), sequential)
		var sum time.Duration
		for _, s := range p.Steps {
			sum += s.CPU + s.Blocked
		}
		if diff := (p.Wall - sum).Abs(); diff > time.Microsecond {
			t.Errorf("%s: %v, but its steps take %v", format, p.Wall, sum)
		}
		chunks := float64(p.Chunks)
		want := 1e-3 + 5e-4 + tableRows*121e-9 + chunks*3e-6 + 5e-6 // and a microsecond for each split
		if got := p.Wall.Seconds(); format != "csv" && math.Abs(got-want) > 200e-6 {
			t.Errorf("%s: %v, by hand %.1f ms", format, p.Wall, want*1e3)
		}
	}
}

func TestAllRowsAreInTheWorkload(t *testing.T) {
	for _, format := range formats {
		m := costmodel.New(sampleOf(t, format), costs(2))
		for _, chunkRows := range []int{50, 1000, 5000, 100_000} {
			w := mmap
			w.ChunkRows = chunkRows
			p := predict(t, m, w)
			rows, chunks := 0, 0
			for _, s := range p.Work.Splits {
				chunks += len(s.Chunks)
				for _, c := range s.Chunks {
					rows += c.Rows
				}
			}
			within := 0.001
			if format == "csv" { // its rows are known by their bytes
				within = 0.1
			}
			if math.Abs(float64(rows)/tableRows-1) > within {
				t.Errorf("%s, chunks of %d: %d rows", format, chunkRows, rows)
			}
			if least := int64(float64(rows) / float64(chunkRows)); p.Chunks < least || chunkRows < 5000 && p.Chunks > least*5/4+50 {
				t.Errorf("%s, chunks of %d: %d chunks of %d rows", format, chunkRows, p.Chunks, rows)
			}
			if chunks > 16_000 {
				t.Errorf("%s, chunks of %d: %d chunks are simulated", format, chunkRows, chunks)
			}
		}
	}
}

func TestMoreProcessorsAreNeverSlower(t *testing.T) {
	for _, format := range formats {
		s := sampleOf(t, format)
		for _, w := range []costmodel.Way{threads, pipeRaw, mmap} {
			w.Workers = 4
			before := time.Hour
			for _, processors := range []int{1, 2, 3, 4, 8, 16} {
				p := predict(t, costmodel.New(s, costs(processors)), w)
				if p.Wall > before+before/1000 {
					t.Errorf("%s, %s: %v with %d processors, %v with fewer", format, w, p.Wall, processors, before)
				}
				before = p.Wall
			}
		}
	}
}

func TestThreadsAreFasterWhereThereIsMuchToCompute(t *testing.T) {
	for _, format := range formats {
		m := costmodel.New(sampleOf(t, format), costs(2))
		one, two := predict(t, m, sequential), predict(t, m, threads)
		if gain := one.Wall.Seconds() / two.Wall.Seconds(); gain < 1.6 || gain > 2 {
			t.Errorf("%s: sequential %v, threads %v", format, one.Wall, two.Wall)
		}
		if one.Way.Workers != 1 || two.Way.Workers != 2 {
			t.Errorf("%s: %+v, %+v", format, one.Way, two.Way)
		}
	}
}

// What several lanes take from each other makes them slower, and nobody else.
func TestContention(t *testing.T) {
	s := sampleOf(t, "arrow")
	m := costmodel.New(s, costs(2))
	freeOne, freeTwo := predict(t, m, sequential).Wall, predict(t, m, threads).Wall
	s.Together.Compute.RowSeconds *= 1.5
	m = costmodel.New(s, costs(2))
	one, two := predict(t, m, sequential).Wall, predict(t, m, threads).Wall
	if one != freeOne {
		t.Errorf("sequential took %v and takes %v", freeOne, one)
	}
	if more := two.Seconds() / freeTwo.Seconds(); more < 1.3 || more > 1.5 {
		t.Errorf("threads took %v and take %v", freeTwo, two)
	}
	if turns := predict(t, costmodel.New(s, costs(1)), threads).Wall; turns < one-one/50 || turns > one+one/50 {
		t.Errorf("two threads that take turns: %v, one: %v", turns, one)
	}
}

func TestCodecsCostWhatTheyTake(t *testing.T) {
	m := costmodel.New(sampleOf(t, "parquet"), costs(2))
	last := time.Duration(0)
	for _, codec := range []string{"raw", "arrow", "gob", "json"} {
		p := predict(t, m, costmodel.Way{Mode: pipeline.Pipe, Codec: codec})
		moved := p.Spent(replay.StepEncode) + p.Spent(replay.StepCopy)
		if moved <= last {
			t.Errorf("%s takes %v to encode and copy, the codec before %v", codec, moved, last)
		}
		last = moved
	}
	if shared := predict(t, m, mmap); shared.Spent(replay.StepCopy) >= predict(t, m, pipeRaw).Spent(replay.StepCopy) {
		t.Errorf("mmap takes %v to take chunks, more than pipe", shared.Spent(replay.StepCopy))
	}
}

func TestProcessesStartWhileTheJobIsPlanned(t *testing.T) {
	s := sampleOf(t, "arrow")
	m := costmodel.New(s, costs(4))
	before := predict(t, m, mmap).Wall
	s.PlanSeconds += 2e-3 // processes take 4 ms
	if more := predict(t, costmodel.New(s, costs(4)), mmap).Wall - before; more > time.Millisecond {
		t.Errorf("2 ms more of planning make it %v longer", more)
	}
	s.PlanSeconds += 20e-3
	if more := predict(t, costmodel.New(s, costs(4)), mmap).Wall - before; more < 18*time.Millisecond {
		t.Errorf("22 ms more of planning make it %v longer", more)
	}
}

func TestAMemoryLimitNeverHelps(t *testing.T) {
	for _, format := range []string{"parquet", "csv"} {
		m := costmodel.New(sampleOf(t, format), costs(2))
		for _, w := range []costmodel.Way{threads, pipeRaw, mmap} {
			free := predict(t, m, w)
			w.MemoryLimitBytes = 70 << 20
			limited := predict(t, m, w)
			if limited.Wall < free.Wall-free.Wall/100 {
				t.Errorf("%s, %s: %v with a limit, %v without", format, w, limited.Wall, free.Wall)
			}
			if limited.Work.MemoryBytes == 0 || limited.Work.MemoryBytes > 70<<20 {
				t.Errorf("%s, %s: chunks may lease %d bytes", format, w, limited.Work.MemoryBytes)
			}
		}
		hundred := costmodel.Way{Mode: pipeline.Mmap, Workers: 100, MemoryLimitBytes: 70 << 20}
		if _, err := m.Predict(hundred); pipeline.Classify(err) != pipeline.Limit {
			t.Errorf("%s: a hundred processes in 70 MiB: %v", format, err)
		}
	}
}

func TestChunksThatPointIntoAFileTakeNoMemory(t *testing.T) {
	p := predict(t, costmodel.New(sampleOf(t, "arrow"), costs(2)), mmap)
	if p.Work.MemoryBytes != 0 || p.Work.Ahead != 8 || p.Work.Splits[0].Chunks[0].Bytes != 0 {
		t.Errorf("chunks of a mapped file may lease %d bytes, %d ahead", p.Work.MemoryBytes, p.Work.Ahead)
	}
	p = predict(t, costmodel.New(sampleOf(t, "parquet"), costs(2)), mmap)
	if p.Work.MemoryBytes == 0 || p.Work.Ahead != 2 || p.Work.Splits[0].Chunks[0].Bytes == 0 || p.Work.Queue != 2 {
		t.Errorf("decoded chunks may lease %d bytes, %d ahead, %d in the queue", p.Work.MemoryBytes, p.Work.Ahead, p.Work.Queue)
	}
}

func TestWhatWasNotMeasuredIsNotMadeUp(t *testing.T) {
	s := sampleOf(t, "parquet")
	for what, spoil := range map[string]func(*machine.Costs){
		"the start of a process":   func(c *machine.Costs) { c.Spawn = nil },
		"the hand-over of a chunk": func(c *machine.Costs) { c.Handovers = nil },
		"the codec raw":            func(c *machine.Costs) { c.Copies = nil },
	} {
		c := costs(2)
		spoil(&c)
		m := costmodel.New(s, c)
		var missing *costmodel.UnmeasuredError
		if _, err := m.Predict(pipeRaw); !errors.As(err, &missing) || missing.Figure != what {
			t.Errorf("without %s: %v", what, err)
		}
		predict(t, m, sequential)
		predict(t, m, threads)
		if x := m.Crossovers(0); x.MmapBeatsPipe != nil || x.ThreadsPayRows == nil {
			t.Errorf("without %s: %+v", what, x)
		}
	}
	c := costs(2)
	c.Arena, c.Scan = nil, nil
	if p := predict(t, costmodel.New(s, c), mmap); len(p.Omitted) != 2 {
		t.Errorf("left out: %q", p.Omitted)
	}
}

// The second half of the input costs three times the first, so that a lane that
// gets it alone is late.
func TestPlacesThatCostMore(t *testing.T) {
	s := sampleOf(t, "parquet")
	n := len(s.Outline.Splits)
	even := predict(t, costmodel.New(s, costs(2)), sequential)
	s.Places = []pipeline.Place{
		{Split: 0, Reading: 1, Compute: 0.5}, {Split: n/2 - 1, Reading: 1, Compute: 0.5},
		{Split: n / 2, Reading: 1, Compute: 1.5}, {Split: n - 1, Reading: 1, Compute: 1.5},
	}
	skewed := predict(t, costmodel.New(s, costs(2)), sequential)
	first, last := skewed.Work.Splits[1].Chunks[0].Compute.CPU, skewed.Work.Splits[n-1].Chunks[0].Compute.CPU
	if last < 5*first/2 {
		t.Errorf("chunks take %v at the begin and %v at the end", first, last)
	}
	if off := skewed.Wall.Seconds()/even.Wall.Seconds() - 1; math.Abs(off) > 0.05 {
		t.Errorf("all together take %v, without the difference %v", skewed.Wall, even.Wall)
	}
	for i := range s.Places {
		s.Places[i].Compute = 1 + (s.Places[i].Compute-1)/10 // no more than noise
	}
	if p := predict(t, costmodel.New(s, costs(2)), sequential); p.Wall != even.Wall {
		t.Errorf("noise changes %v to %v", even.Wall, p.Wall)
	}
}

func TestPartialsGrowAsTheyDidInTheSample(t *testing.T) {
	s := sampleOf(t, "arrow")
	s.Partial = pipeline.Partial{SizeBytes: 1 << 20, Rows: 50_000, EncodeSeconds: 1e-3, MergeSeconds: 2e-3}
	for growth, want := range map[float64]time.Duration{0: 2 * time.Millisecond, 1: 8 * time.Millisecond} { // 400,000 rows are 8 times as many, for 2 lanes 4 times
		s.Partial.Growth = growth
		p := predict(t, costmodel.New(s, costs(2)), threads)
		if got := p.Spent(replay.StepCombine) / 2; got != want {
			t.Errorf("growth %g: a lane's partial is merged in %v, expected %v", growth, got, want)
		}
	}
}

// On a machine that others use, the median of what the clock says is too much.
func TestOnABusyMachineTheLeastCounts(t *testing.T) {
	s := sampleOf(t, "parquet")
	c := costs(2)
	quiet := predict(t, costmodel.New(s, c), pipeRaw).Spent(replay.StepCopy)
	for i := range c.Copies {
		c.Copies[i].ReadSecondsPerByte.Median *= 10
	}
	if disturbed := predict(t, costmodel.New(s, c), pipeRaw).Spent(replay.StepCopy); disturbed < 2*quiet {
		t.Errorf("copying takes %v and took %v", disturbed, quiet)
	}
	s.CPUShare = 0.5
	if busy := predict(t, costmodel.New(s, c), pipeRaw).Spent(replay.StepCopy); busy != quiet {
		t.Errorf("copying takes %v and took %v", busy, quiet)
	}
}
