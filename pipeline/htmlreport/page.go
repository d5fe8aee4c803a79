// Package htmlreport writes the report of a run or a comparison as one HTML
// file that opens offline: sentences and tables are plain HTML, and charts are
// drawn over them by a library that the file carries along.
//
// The package knows nothing of runs. It takes a Page, plain data which the
// caller has computed, and leaves out every section that has none.
package htmlreport

import "time"

// Page is what the report says. Every field may be left empty; texts are plain
// text, not HTML. All times are seconds, all sizes bytes.
type Page struct {
	Title   string
	Summary string    // one sentence
	Command string    // the command line
	Time    time.Time // of the run
	Digest  string    // of the result
	Runs    int       // how many runs gave that digest; 0: not compared

	Findings    []Finding     // the verdict, the most important first
	Ways        []Way         // in the order of tables; a single run has one
	Categories  []Category    // explains the categories that Way.Spent and spans name
	Scaling     []Curve       // wall seconds against workers
	ChunkSize   []Curve       // wall seconds against rows a chunk
	Environment []Fact        // key and value
	Warnings    []string      // what the reader should know before trusting the numbers
	Data        any           // what the reader can save: anything that encoding/json writes; nil: nothing to save
	Notes       []SectionNote // remarks under the heading of a section
}

// Kind says what a finding is about.
type Kind string

// The kinds of findings.
const (
	Winner    Kind = "winner"    // which way is the fastest
	Cause     Kind = "cause"     // what a way spends its time on
	Advice    Kind = "advice"    // what to change
	Crossover Kind = "crossover" // where another way becomes the fastest
	Remark    Kind = "remark"    // what to know about the measurement
	Plain     Kind = ""          // anything else
)

// Finding is one statement of the verdict.
type Finding struct {
	Kind    Kind
	Heading string
	Text    string
	Parts   []Part // of a time that it explains

	// For advice: what following it should give, what it gave when it was tried,
	// and what to type. Nil or empty where it is not known.
	Predicted *Gain
	Measured  *Gain
	Command   string
}

// Part is a part of a whole, shown as a bar.
type Part struct {
	Share float64 // 0 to 1
	Text  string  // what it is, and of what
}

// Gain is how much faster something gets.
type Gain struct {
	Ratio   Estimate // old wall time over new wall time: 1.25 is a quarter faster
	Seconds float64  // wall time saved
}

// Estimate is a number and its confidence interval. Low and High are both 0
// where there is no interval.
type Estimate struct {
	Value, Low, High float64
}

// Way is one way in which the job ran.
type Way struct {
	Name        string
	Wall        Estimate  // median wall time in seconds
	Samples     []float64 // wall seconds of every trial
	Ratio       Estimate  // wall time over that of the fastest way; zero: unknown
	Verdict     string    // a word or two: fastest, tied, slower
	CopiedBytes int64
	SharedBytes int64
	PeakBytes   int64 // memory of all processes at its highest

	Spent      []Spent       // core-seconds by category
	Efficiency *Efficiency   // nil: unknown
	Lanes      []Lane        // the timeline of one run
	Latencies  []float64     // seconds from being read to being done, one for each chunk, in any order
	Stages     []StageBytes  // bytes by stage
	Kernel     *KernelCounts // nil: not counted
}

// Category explains one category of time, in one line.
type Category struct {
	Name string // one of CategoryNames, or another, which gets a spare colour
	Text string
}

// CategoryNames are the categories that have a colour and a place of their own,
// in the order in which bars and tables show them. Others come after them.
func CategoryNames() []string {
	return append([]string(nil), categoryNames...)
}

var categoryNames = []string{
	"start-up", "read", "decode", "encode", "copy", "page faults",
	"wait for input", "wait for memory", "wait for a worker",
	"compute", "imbalance", "return", "merge", "write", "runtime", "unaccounted",
}

// Spent is the core time of a way that went into a category: the seconds of a
// way add up to its cores times its wall time.
type Spent struct {
	Category string
	Seconds  float64
}

// Efficiency is the POP hierarchy: each number is a factor between 0 and 1.
// Parallel = LoadBalance * Communication, and
// Communication = Serialisation * Transfer.
type Efficiency struct {
	Parallel, LoadBalance, Communication, Serialisation, Transfer float64
}

// Lane is one row of a timeline.
type Lane struct {
	Name  string
	Spans []Span // in order of time, not overlapping
}

// Span is an uninterrupted time in one category.
type Span struct {
	Category string
	Chunk    string  // split/index; empty: no chunk
	Start    float64 // seconds since the run began
	Duration float64 // seconds
}

// StageBytes says what happened to the bytes of one stage.
type StageBytes struct {
	Stage  string
	Bytes  int64 // that went through it
	Shared int64 // of them, used where they already lay
	Copied int64 // of them, moved though they were whole already
}

// KernelCounts are faults and context switches of all processes of a run.
type KernelCounts struct {
	MinorFaults, MajorFaults               int64
	VoluntarySwitches, InvoluntarySwitches int64
}

// Curve is one line of a chart over workers or over rows a chunk.
type Curve struct {
	Name   string // mode and codec
	Points []Point
	// Crossovers are marked and labelled on the line.
	Crossovers []Mark
}

// Point is one measurement of a curve: X is workers or rows a chunk.
type Point struct {
	X    float64
	Wall Estimate // seconds
}

// Mark is a labelled place in a chart.
type Mark struct {
	X     float64
	Wall  float64 // seconds
	Label string
}

// Fact is one line of the environment.
type Fact struct {
	Key, Value string
}

// Section names a section of the page.
type Section string

// The sections, in the order of the page.
const (
	VerdictSection     Section = "verdict"
	WaysSection        Section = "ways"
	CoresSection       Section = "cores"
	TimelineSection    Section = "timeline"
	LatencySection     Section = "latency"
	ScalingSection     Section = "scaling"
	ChunkSizeSection   Section = "chunk-size"
	BytesSection       Section = "bytes"
	KernelSection      Section = "kernel"
	EnvironmentSection Section = "environment"
	DataSection        Section = "data"
)

// SectionNote is a remark of the caller under a section's heading, for example
// how its numbers were measured.
type SectionNote struct {
	Section Section
	Text    string
}
