package main

import (
	"encoding/json"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/costmodel"
	"github.com/weir-pipeline/weir/pipeline/machine"
)

func explainCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "say what run would do, and predict how long each mode would take",
		UsageText: "[flags] INPUT...",
		Description: strings.TrimSpace(`
Plans the job as run does, reads and computes a small sample of it, measures what
handing work to processes costs on this machine, and predicts from that the wall
time of every mode, with where it would go and from which size on one mode beats
another. Nothing else is run, and no result is computed.

A prediction is for inputs that are in the page cache as far as those of the sample
were, and for a machine on which nothing else runs. Writing the result is not in it.

EXAMPLES
   weir explain --agg 'sum(x*x)' data.arrow
   weir explain --agg 'count(), mean(delay)' --by origin --workers 4 flights.parquet
   weir explain --mode pipe --codec json --where 'price > 100' --agg 'max(carat)' diamonds.csv
   weir explain --agg 'sum(x)' --format json data.csv`),
		CustomHelpTemplate: commandHelp,
		HideHelpCommand:    true,
		Flags: append(jobFlags(), []cli.Flag{
			&cli.StringFlag{Name: "mode", Value: "auto", Usage: "how run would be called: `MODE` is auto, sequential, threads, pipe or mmap"},
			&cli.StringFlag{Name: "codec", Usage: "predict mode pipe with this `CODEC` too: raw (always), arrow, gob or json"},
			&cli.IntFlag{Name: "workers", DefaultText: "one for each processor", Usage: "`N` threads or processes"},
			&cli.IntFlag{Name: "chunk-rows", DefaultText: "what fits the caches", Usage: "at most `N` rows in a chunk"},
			&cli.StringFlag{Name: "memory-limit", Usage: "bound the memory of all processes together, a `SIZE` such as 512MB"},
			&cli.StringFlag{Name: "probe", Value: "50ms", Usage: "read and compute a sample for a `DURATION`; longer makes the prediction better"},
			&cli.StringFlag{Name: "format", Value: "table", Usage: "write as `FORMAT`: table or json"},
			&cli.StringFlag{Name: "log-level", Value: "warn", Usage: "log from `LEVEL` up: debug, info, warn, error"},
			&cli.StringFlag{Name: "log-format", Value: "text", Usage: "log as `FORMAT`: text or json"},
		}...),
		OnUsageError: usageError,
		Action:       func(c *cli.Context) error { return explainJob(c, s) },
	}
}

func explainJob(c *cli.Context, s streams) error {
	o, err := optionsOf(c, s)
	if err != nil {
		return err
	}
	o.Mode, o.Workers, o.ChunkRows = pipeline.Mode(c.String("mode")), c.Int("workers"), c.Int("chunk-rows")
	if o.Mode == pipeline.Pipe {
		o.Codec = c.String("codec")
	}
	for _, name := range []string{"workers", "chunk-rows"} {
		if c.IsSet(name) && c.Int(name) < 1 {
			return usagef("--%s: %d is less than 1", name, c.Int(name))
		}
	}
	if err := oneOf(c, "format", "table", "json"); err != nil {
		return err
	}
	if c.IsSet("codec") {
		if err := oneOf(c, "codec", "raw", "arrow", "gob", "json"); err != nil {
			return err
		}
	}
	budget, err := time.ParseDuration(c.String("probe"))
	if err != nil || budget < time.Millisecond || budget > time.Hour {
		return usagef("--probe: %q is no duration of at least 1ms, such as 200ms or 2s", c.String("probe"))
	}
	e, err := explain(c, jobOf(c), pipeline.ProbeOptions{Run: o, Budget: budget})
	if err != nil {
		return err
	}
	if c.String("format") == "json" {
		encoder := json.NewEncoder(s.out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(e)
	} else {
		err = writeExplanation(s.out, e)
	}
	if err != nil {
		return &pipeline.OutputError{Err: err}
	}
	return nil
}

// explanation is what explain has found out. Its JSON is what --format json
// prints.
type explanation struct {
	Sample      *pipeline.Sample     `json:"sample"`
	Splits      splitSizes           `json:"splits"`
	Machine     machine.Costs        `json:"machine"`
	Predictions []prediction         `json:"predictions"`
	Fastest     string               `json:"fastest"` // of the predictions; "" if there are none
	Chosen      string               `json:"chosen"`  // what run would take
	Crossovers  costmodel.Crossovers `json:"crossovers"`
	Warnings    []string             `json:"warnings"`

	workers int // asked for, or the default
}

// splitSizes sums up the splits that would be read.
type splitSizes struct {
	Count        int   `json:"count"`
	SizeBytes    int64 `json:"size_bytes"`
	LargestBytes int64 `json:"largest_bytes"`
	LargestRows  int64 `json:"largest_rows"` // -1 when only reading will tell
}

// prediction is that of one way, or why there is none.
type prediction struct {
	Name    string             `json:"name"`
	Mode    pipeline.Mode      `json:"mode"`
	Codec   string             `json:"codec,omitempty"`
	Workers int                `json:"workers"`
	Chunks  int64              `json:"chunks"`
	Wall    float64            `json:"wall_s"`
	CPU     map[string]float64 `json:"cpu_s"`                // by step, over all lanes
	Blocked map[string]float64 `json:"blocked_s,omitempty"`  // likewise: waiting for a disk, or a process
	Omitted []string           `json:"omitted,omitempty"`    // what would take time, but was not measured
	Missing string             `json:"impossible,omitempty"` // why it cannot be predicted

	of *costmodel.Prediction
}

// machineBudget is for the figures of the machine.
const machineBudget = 200 * time.Millisecond

func explain(c *cli.Context, job pipeline.Job, o pipeline.ProbeOptions) (*explanation, error) {
	sample, err := pipeline.Probe(c.Context, job, o)
	if err != nil {
		return nil, err
	}
	e := &explanation{Sample: sample, Splits: sizesOf(sample), workers: o.Run.Workers, Warnings: []string{}}
	if e.workers == 0 {
		e.workers = runtime.GOMAXPROCS(0)
	}
	costs := machine.Options{Budget: machineBudget, Workers: min(e.workers, 8)}
	if len(sample.Outline.Splits) > 0 && sample.Outline.Splits[0].Mapped {
		if f, err := os.Open(sample.Outline.Splits[0].File); err == nil {
			defer f.Close()
			costs.Input = f
		}
	}
	if e.Machine, err = machine.Measure(c.Context, costs); err != nil {
		return nil, err
	}
	if costs.Input == nil { // nothing is mapped, so that faults of mapping do not matter
		e.Machine.Missing = slices.DeleteFunc(e.Machine.Missing, func(m machine.Missing) bool { return m.Figure == machine.InputFaultFigure })
	}
	model := costmodel.New(sample, e.Machine)
	for _, w := range waysToExplain(sample, o.Run, c.String("codec")) {
		e.Predictions = append(e.Predictions, predict(model, w))
	}
	e.Crossovers = model.Crossovers(0)
	e.Chosen = string(sample.Outline.Mode)
	if best := e.fastest(); best != nil {
		e.Fastest = best.Name
	}
	e.warn()
	return e, nil
}

// waysToExplain are all modes, pipe with raw and with the codec asked for.
func waysToExplain(s *pipeline.Sample, o pipeline.Options, codec string) []costmodel.Way {
	ways := []costmodel.Way{
		{Mode: pipeline.Sequential}, {Mode: pipeline.Threads}, {Mode: pipeline.Pipe, Codec: "raw"}, {Mode: pipeline.Mmap},
	}
	if codec != "" && codec != "raw" {
		ways = slices.Insert(ways, 3, costmodel.Way{Mode: pipeline.Pipe, Codec: codec})
	}
	return ways
}

// predict is the prediction of a way, or why there is none: it needs a figure that
// is missing, or more memory than it may take.
func predict(model *costmodel.Model, w costmodel.Way) prediction {
	p, err := model.Predict(w)
	if err != nil {
		return prediction{Name: w.String(), Mode: w.Mode, Codec: w.Codec, Missing: err.Error()}
	}
	out := prediction{
		Name: p.Way.String(), Mode: p.Way.Mode, Codec: p.Way.Codec, Workers: p.Way.Workers, Chunks: p.Chunks,
		Wall: p.Wall.Seconds(), CPU: map[string]float64{}, Omitted: p.Omitted, of: p,
	}
	for _, t := range p.Steps {
		out.CPU[t.Step.String()] = t.CPU.Seconds()
		if t.Blocked > 0 {
			if out.Blocked == nil {
				out.Blocked = map[string]float64{}
			}
			out.Blocked[t.Step.String()] = t.Blocked.Seconds()
		}
	}
	return out
}

func sizesOf(s *pipeline.Sample) splitSizes {
	sizes := splitSizes{Count: len(s.Outline.Splits), SizeBytes: s.Outline.SizeBytes}
	for _, split := range s.Outline.Splits {
		sizes.LargestBytes = max(sizes.LargestBytes, split.SizeBytes)
		if split.Rows < 0 || sizes.LargestRows < 0 {
			sizes.LargestRows = -1
		} else {
			sizes.LargestRows = max(sizes.LargestRows, split.Rows)
		}
	}
	return sizes
}

// fastest is the prediction with the shortest wall time, the first of equals.
func (e *explanation) fastest() (best *prediction) {
	for i := range e.Predictions {
		if p := &e.Predictions[i]; p.of != nil && (best == nil || p.Wall < best.Wall) {
			best = p
		}
	}
	return best
}

// chosen is the prediction of what run would take.
func (e *explanation) chosen() *prediction {
	outline := &e.Sample.Outline
	for i := range e.Predictions {
		if p := &e.Predictions[i]; p.of != nil && p.Mode == outline.Mode {
			return p
		}
	}
	return nil
}
