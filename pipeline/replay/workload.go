package replay

import "time"

// Workload is what a run has to do and what it has for it. [Run] never changes
// one, and the what-ifs return new ones that may share slices with it.
//
// A workload that cannot be is taken as the nearest one that can: Cores, Lanes,
// Readers (with Handover) and Ahead are at least 1, Queue, costs, rows and bytes
// at least 0, and more entries of Start, Merge or Combine than lanes are ignored.
type Workload struct {
	Cores int // that the machine gives the run

	// Lanes counts threads, or with Handover worker processes.
	Lanes int

	// Handover tells that readers decode and workers compute (modes pipe and
	// mmap). Without it every lane reads, decodes and computes by itself
	// (sequential with one lane, else threads).
	Handover bool
	Readers  int // Handover: goroutines of the coordinator that read and decode
	Queue    int // Handover: chunks that can wait between readers and feeders
	Ahead    int // Handover: chunks that a worker has at once, with the one it works on

	// MemoryBytes bounds what chunks lease at once; 0 is no bound. The lease of a
	// chunk begins before it is read and ends when it has been computed. Leases
	// are given in the order in which they were asked for. A chunk larger than
	// the bound waits until nothing else is leased.
	MemoryBytes int64

	// Plan runs before anything is read. Worker processes start meanwhile,
	// threads afterwards.
	Plan  Cost
	Start []Cost // per lane, until it can take work

	// Splits are taken in this order, each by the next reader or lane that is free.
	Splits []Split

	// Merge is what each lane does at its end to make its partial, side by side
	// with the others. Combine merges that partial into the result: under one
	// lock, in order of arrival, on the coordinator or, without Handover, on the
	// lane itself.
	Merge   []Cost
	Combine []Cost

	Finish Cost // after everything else: the result is made, files are closed
}

// Cost is what a step takes. Its blocked part comes first.
type Cost struct {
	CPU     time.Duration // on a core; longer where cores are shared
	Blocked time.Duration // without one: waiting for a disk
}

// Split is a part of the input that one reader, or lane, reads in order.
type Split struct {
	Open   Cost
	Chunks []Chunk
}

// Chunk is one unit of work, with the cost of each thing that happens to it.
type Chunk struct {
	Rows  int
	Bytes int64 // that it leases

	Read, Decode    Cost // by the reader or lane
	Encode, Copy    Cost // by the feeder of the worker that gets it; Handover only
	Take            Cost // by the worker, copying in and decoding the codec; Handover only
	Compute, Return Cost // by the worker or lane
	Emit            Cost // its rows go into the result: under one lock, by the coordinator or lane
}

// Step names costs that [Workload.Free] can take away.
type Step uint8

// The steps of a run.
const (
	StepStart   Step = iota // Workload.Start
	StepPlan                // Workload.Plan
	StepOpen                // Split.Open
	StepRead                // Chunk.Read
	StepDecode              // Chunk.Decode
	StepEncode              // Chunk.Encode
	StepCopy                // Chunk.Copy and Chunk.Take
	StepCompute             // Chunk.Compute
	StepReturn              // Chunk.Return and Workload.Merge
	StepCombine             // Workload.Combine
	StepEmit                // Chunk.Emit
	StepFinish              // Workload.Finish
)

var stepNames = [...]string{
	"start", "plan", "open", "read", "decode", "encode", "copy", "compute", "return", "combine", "emit", "finish",
}

// String is the step's name in tables and reports.
func (s Step) String() string { return stepNames[s] }

// at is the i-th cost, or none.
func at(costs []Cost, i int) Cost {
	if i < len(costs) {
		return costs[i]
	}
	return Cost{}
}
