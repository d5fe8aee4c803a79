package verdict

import (
	"context"
	"os"
	"runtime"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/machine"
	"github.com/weir-pipeline/weir/pipeline/replay"
)

// measureWithin is the time for the costs of the machine.
const measureWithin = 250 * time.Millisecond

// Gather measures what is needed beside the recorded runs: the costs of this
// machine. input is a file that is read, or "".
func Gather(ctx context.Context, input string, o pipeline.Options) (Evidence, error) {
	e := Evidence{
		Processors: runtime.GOMAXPROCS(0), Resident: -1,
		MemoryLimited: o.MemoryLimitBytes > 0, ChunkRowsSet: o.ChunkRows > 0,
	}
	options := machine.Options{Budget: measureWithin}
	if input != "" {
		if f, err := os.Open(input); err == nil {
			defer f.Close()
			options.Input = f
		}
	}
	costs, err := machine.Measure(ctx, options)
	if err != nil {
		return e, err
	}
	e.Machine = costs
	e.useMachine(costs)
	return e, nil
}

// useMachine takes from the machine's costs what every chunk and byte costs.
func (e *Evidence) useMachine(costs machine.Costs) {
	for _, h := range costs.Handovers {
		if h.Mode != string(pipeline.Mmap) || h.CoordinatorCPUSeconds == nil || h.WorkerCPUSeconds == nil {
			continue
		}
		e.Fixed.Copy = replay.Cost{CPU: fromSeconds(h.CoordinatorCPUSeconds.Median)}
		e.Fixed.Take = replay.Cost{CPU: fromSeconds(h.WorkerCPUSeconds.Median / 2)}
		e.Fixed.Return = replay.Cost{CPU: fromSeconds(h.WorkerCPUSeconds.Median / 2)}
	}
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
