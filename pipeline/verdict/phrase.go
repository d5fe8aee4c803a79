package verdict

import (
	"fmt"
	"strings"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/account"
	"github.com/weir-pipeline/weir/pipeline/quantity"
)

var accountCauses = account.Causes()

// Account is the split of a recorded run's core-seconds.
func Account(r *pipeline.Report) *account.Account {
	if r.Account == nil {
		r.Charge(account.FaultCosts{})
	}
	return r.Account
}

// title is the cause at the head of a statement.
func (c Cause) title() string { return strings.ToUpper(string(c[:1])) + string(c[1:]) }

// phrase is the cause within a sentence about a run.
func (c Cause) phrase(rec *Recording) string {
	r := rec.Report
	switch c {
	case StartUp:
		return fmt.Sprintf("starting %s", processes(r.Workers))
	case SmallChunks:
		return fmt.Sprintf("chunks too small, %s of %s each", quantity.Thousands(r.Chunks), quantity.Count(rowsPerChunk(r), "row"))
	case LargeChunks:
		return fmt.Sprintf("chunks too large, %s for %s", quantity.Thousands(r.Chunks), quantity.Count(int64(r.Workers), "worker"))
	case Codec:
		return fmt.Sprintf("writing and reading chunks as %s", r.Codec)
	case Copying:
		return fmt.Sprintf("copying %s through pipes", quantity.Bytes(r.Bytes.Copied))
	}
	return string(c)
}

func processes(n int) string {
	if n == 1 {
		return "a process"
	}
	return fmt.Sprintf("%d processes", n)
}

func rowsPerChunk(r *pipeline.Report) int64 { return r.Rows / max(1, r.Chunks) }

// sentence explains the cause in a run.
func (c Cause) sentence(rec *Recording) string {
	r := rec.Report
	switch c {
	case StartUp:
		return fmt.Sprintf("Starting %d worker processes takes a large part of so short a job.", r.Workers)
	case SmallChunks:
		return fmt.Sprintf("The %s have %s each; what every chunk costs, whatever its rows, outweighs the work on it.",
			quantity.Count(r.Chunks, "chunk"), quantity.Count(rowsPerChunk(r), "row"))
	case LargeChunks:
		return fmt.Sprintf("There are %s for %s: they cannot be shared out evenly, and nothing overlaps.",
			quantity.Count(r.Chunks, "chunk"), quantity.Count(int64(r.Workers), "worker"))
	case Skew:
		return "Some chunks take far longer than others of the same size, and lanes wait for those who have them."
	case FewSplits:
		return fmt.Sprintf("The input has %s, too few to be shared out over %s.", quantity.Count(int64(r.Splits), "split"), quantity.Count(int64(r.Workers), "lane"))
	case Codec:
		return fmt.Sprintf("Writing and reading chunks as %s takes longer than the work on them.", r.Codec)
	case Copying:
		return fmt.Sprintf("%s are copied through pipes.", quantity.Bytes(r.Bytes.Copied))
	case SlowInput:
		return "What the input comes from does not keep up: lanes wait in read."
	case ColdFiles:
		return fmt.Sprintf("The input was not in the page cache: %s waited for a device.", quantity.Count(r.Usage.MajorFaults, "page fault"))
	case SlowOutput:
		return "What takes the rows does not keep up: lanes write, or wait for who writes."
	case MemoryLimit:
		return fmt.Sprintf("The memory limit leaves chunks %s.", quantity.Bytes(r.ArenaLimit))
	case ManyWorkers:
		return fmt.Sprintf("There are %d workers for %d cores; each costs a start, a partial, and its share of the caches.", r.Workers, r.Cores)
	case SerialMerge:
		return "Partials are combined one after another while the other cores are idle."
	case Garbage:
		return "The runtime collected garbage while lanes were ready to run."
	case OtherLoad:
		return "Lanes were ready to run, but something else had the cores."
	}
	return string(c)
}

// decoding is the share of reading and decoding.
func decoding(share func(account.Cause) float64) float64 {
	return share(account.Read) + share(account.Decode)
}
