package costmodel

import (
	"math"

	"github.com/weir-pipeline/weir/pipeline"
)

// Crossover is the point from which on one way is better than another. It is
// found by simulating both over a range, so that it holds up to To and nothing
// is said of what is beyond.
type Crossover struct {
	Found  bool    `json:"found"`  // false: not even at the end of the range
	Always bool    `json:"always"` // from the beginning of the range on; At is From
	At     float64 `json:"at"`
	From   float64 `json:"from"`
	To     float64 `json:"to"`
}

// Crossovers are what a user can turn: the size of chunks, how much there is to
// compute, how many rows there are. A field is nil where one of its ways cannot
// be predicted.
type Crossovers struct {
	// ChunkRows from which on mmap takes at most 0.95 of what pipe/raw takes, and
	// from which on it takes at most 1.1 of what threads take.
	MmapBeatsPipe   *Crossover `json:"mmap_beats_pipe_chunk_rows,omitempty"`
	MmapNearThreads *Crossover `json:"mmap_near_threads_chunk_rows,omitempty"`

	// Seconds to compute a row from which on worker processes (mmap) are faster
	// than sequential: while chunks are handled, whatever starting and ending takes;
	// and with all that, at this input's size.
	ProcessesPayPerRow *Crossover `json:"processes_pay_compute_row_s,omitempty"`
	ProcessesPayHere   *Crossover `json:"processes_pay_here_compute_row_s,omitempty"`

	// Rows of this job, in splits like these, from which on threads and mmap are
	// faster than sequential.
	ThreadsPayRows *Crossover `json:"threads_pay_rows,omitempty"`
	MmapPaysRows   *Crossover `json:"mmap_pays_rows,omitempty"`

	// ComputePerRow is what a row of this job takes to compute, in seconds, by the
	// sample: where the job stands on the scale of ProcessesPay.
	ComputePerRow float64 `json:"compute_row_s"`
}

const (
	faster        = 0.99 // a way that does the very same is not
	clearlyFaster = 0.95
	nearlyAsFast  = 1.1
)

// Crossovers looks for them with a number of workers, 0 for the sample's.
func (m *Model) Crossovers(workers int) Crossovers {
	c := Crossovers{ComputePerRow: m.ratesAt(1).compute.row}
	sequential := Way{Mode: pipeline.Sequential}
	threads, mmap := Way{Mode: pipeline.Threads, Workers: workers}, Way{Mode: pipeline.Mmap, Workers: workers}
	raw := Way{Mode: pipeline.Pipe, Codec: "raw", Workers: workers}

	chunkRows := func(at float64, s *scenario) { s.way.ChunkRows = int(math.Round(at)) }
	largest := m.largestSplit()
	c.MmapBeatsPipe = m.crossover(mmap, raw, clearlyFaster, leastChunkRows, largest, chunkRows)
	c.MmapNearThreads = m.crossover(mmap, threads, nearlyAsFast, leastChunkRows, largest, chunkRows)

	const least, most = 1e-10, 1e-4 // seconds
	c.ProcessesPayPerRow = m.crossover(mmap, sequential, faster, least, most, func(at float64, s *scenario) { s.compute, s.running = at, true })
	c.ProcessesPayHere = m.crossover(mmap, sequential, faster, least, most, func(at float64, s *scenario) { s.compute = at })

	rows := func(at float64, s *scenario) { s.rows = math.Round(at) }
	c.ThreadsPayRows = m.crossover(threads, sequential, faster, leastRows, mostRows, rows)
	c.MmapPaysRows = m.crossover(mmap, sequential, faster, leastRows, mostRows, rows)
	return c
}

const (
	leastChunkRows = 256
	leastRows      = 1000
	mostRows       = 1e9
)

// largestSplit is the rows of the largest split in any cut, which no chunk can
// exceed.
func (m *Model) largestSplit() float64 {
	most := float64(2 * leastChunkRows)
	of := func(splits []pipeline.OutlineSplit) {
		for _, s := range splits {
			rows := float64(s.Rows)
			if s.Rows < 0 && m.sample.Chunk.FileBytes > 0 {
				rows = float64(s.SizeBytes) / m.sample.Chunk.FileBytes
			}
			most = max(most, rows)
		}
	}
	of(m.sample.Outline.Splits)
	for _, c := range m.sample.Cuts {
		of(c.Splits)
	}
	return min(most, 1<<22)
}

// crossover finds the least value from which on way takes at most factor of what
// other takes. The range is looked at in steps of a doubling, from its end down
// to where it is not so any more; then the step is halved.
func (m *Model) crossover(way, other Way, factor, from, to float64, set func(float64, *scenario)) *Crossover {
	failed := false
	holds := func(at float64) bool {
		a, b := scenario{way: way, coarse: true}, scenario{way: other, coarse: true}
		set(at, &a)
		set(at, &b)
		p, err := m.predict(a)
		if err != nil {
			failed = true
			return false
		}
		q, err := m.predict(b)
		if err != nil {
			failed = true
			return false
		}
		return float64(p.Wall) <= factor*float64(q.Wall)
	}
	c := &Crossover{From: from, To: to}
	good, bad := 0.0, 0.0
	for at := to; bad == 0; at = max(at/2, from) {
		switch {
		case holds(at):
			good = at
		default:
			bad = at
		}
		if failed {
			return nil
		}
		if at == from {
			break
		}
	}
	switch {
	case good == 0:
		return c
	case bad == 0:
		c.Found, c.Always, c.At = true, true, from
		return c
	}
	for good/bad > 1.02 {
		if at := math.Sqrt(good * bad); holds(at) {
			good = at
		} else {
			bad = at
		}
	}
	c.Found, c.At = true, good
	return c
}
