package verdict

import (
	"context"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/costmodel"
	"github.com/weir-pipeline/weir/pipeline/machine"
	"github.com/weir-pipeline/weir/pipeline/replay"
)

// measureWithin is the time for the costs of the machine.
const measureWithin = 250 * time.Millisecond

// Gather measures what is needed beside the recorded runs: what handing work to
// processes costs on this machine, and what some chunks of the job cost. What
// cannot be measured is left out of the evidence.
func Gather(ctx context.Context, job pipeline.Job, o pipeline.Options) (Evidence, error) {
	e := Evidence{
		Processors: runtime.GOMAXPROCS(0), Resident: -1, Convertible: !slices.Contains(job.Inputs, "-"),
		MemoryLimited: o.MemoryLimitBytes > 0, ChunkRowsSet: o.ChunkRows > 0,
	}
	options := machine.Options{Budget: measureWithin}
	if f := firstFile(job); f != nil {
		defer f.Close()
		options.Input = f
	}
	costs, err := machine.Measure(ctx, options)
	if err != nil {
		return e, err
	}
	e.Machine = costs
	e.useMachine(costs)
	o.Profile, o.Trace = nil, false
	sample, err := pipeline.Probe(ctx, job, pipeline.ProbeOptions{Run: o})
	if err == nil {
		e.Model, e.RowBytes = costmodel.New(sample, costs), sample.Chunk.RowBytes
		// Texts of a Parquet file come with a dictionary, by which they are grouped
		// and compared faster than those of a file that is written from rows.
		e.Convertible = e.Convertible && !sample.Chunk.Dictionaries
		e.Columns = sample.Outline.Columns
	}
	return e, ctx.Err()
}

// firstFile is an input that is a file, if the first one is.
func firstFile(job pipeline.Job) *os.File {
	if len(job.Inputs) == 0 || job.Inputs[0] == "-" {
		return nil
	}
	f, err := os.Open(job.Inputs[0])
	if err != nil {
		return nil
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil
	}
	return f
}

// useMachine takes from the machine's costs what bytes and faults cost.
func (e *Evidence) useMachine(costs machine.Costs) {
	for _, c := range costs.Copies {
		if c.Codec == "raw" && c.Values == machine.Doubles && c.WriteSecondsPerByte != nil && c.ReadSecondsPerByte != nil {
			e.WriteNanoPerByte, e.ReadNanoPerByte = c.WriteSecondsPerByte.Median*1e9, c.ReadSecondsPerByte.Median*1e9
		}
	}
	if f := costs.InputFault; f != nil {
		e.TouchNanoPerByte = f.SecondsPerByte.Median * 1e9
		e.Faults.File = fromSeconds(f.SecondsPerFault.Median)
	}
	if a := costs.Arena; a != nil {
		e.Faults.Arena = fromSeconds(a.Fill.SecondsPerFault.Median)
	}
}

func fromSeconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// fixed is what every chunk of a run costs, whatever its rows: what it cost
// beyond what the sample says that its rows cost, up to ten times what the
// sample found for a chunk, for what is more is something else. The hand-over of
// a chunk that stays where it is has nothing to do with rows.
func fixed(rec *Recording, e Evidence) replay.Chunk {
	r, mean := rec.Report, rec.mean()
	c := replay.Chunk{Take: replay.Cost{Blocked: rec.Latency}}
	if e.Model == nil {
		return c
	}
	chunk, ofRows, err := e.Model.PerChunk(costmodel.Way{Mode: r.Mode, Codec: r.Codec, Workers: r.Workers, ChunkRows: r.ChunkRows}, mean.Rows)
	if err != nil {
		return c
	}
	beyond := func(mean, rows, most time.Duration) time.Duration { return min(max(0, mean-rows), 10*most, mean) }
	c.Read.CPU = beyond(mean.Read.CPU, ofRows.Read.CPU, chunk.Read.CPU)
	c.Decode.CPU = beyond(mean.Decode.CPU, ofRows.Decode.CPU, chunk.Decode.CPU)
	c.Compute.CPU = beyond(mean.Compute.CPU, ofRows.Compute.CPU, chunk.Compute.CPU)
	sender, worker := chunk.Encode.CPU+chunk.Copy.CPU, chunk.Take.CPU+chunk.Return.CPU
	c.Encode.CPU = beyond(mean.Encode.CPU, ofRows.Encode.CPU, sender)
	c.Copy.CPU = beyond(mean.Copy.CPU, ofRows.Copy.CPU, sender)
	c.Take.CPU = beyond(mean.Take.CPU, ofRows.Take.CPU, worker)
	c.Return.CPU = beyond(mean.Return.CPU, ofRows.Return.CPU, worker)
	return c
}

// mean is a chunk with the mean costs of all.
func (r *Recording) mean() (sum replay.Chunk) {
	n := 0
	for _, s := range r.Workload.Splits {
		for i := range s.Chunks {
			c := &s.Chunks[i]
			n++
			sum.Rows += c.Rows
			add(&sum.Read, c.Read)
			add(&sum.Decode, c.Decode)
			add(&sum.Encode, c.Encode)
			add(&sum.Copy, c.Copy)
			add(&sum.Take, c.Take)
			add(&sum.Compute, c.Compute)
			add(&sum.Return, c.Return)
		}
	}
	if n == 0 {
		return sum
	}
	sum.Rows /= n
	for _, c := range []*replay.Cost{&sum.Read, &sum.Decode, &sum.Encode, &sum.Copy, &sum.Take, &sum.Compute, &sum.Return} {
		c.CPU /= time.Duration(n)
		c.Blocked /= time.Duration(n)
	}
	return sum
}
