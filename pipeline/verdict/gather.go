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
		e.Model = costmodel.New(sample, costs)
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

// fixed is what every chunk of a run costs, whatever its rows: by the sample of
// the job, but the latency of its hand-over, which the run itself tells.
func fixed(rec *Recording, e Evidence) replay.Chunk {
	var c replay.Chunk
	if e.Model != nil {
		r := rec.Report
		if per, err := e.Model.PerChunk(costmodel.Way{Mode: r.Mode, Codec: r.Codec, Workers: r.Workers, ChunkRows: r.ChunkRows}); err == nil {
			c = per
		}
	}
	c.Take.Blocked += rec.Latency
	return c
}
