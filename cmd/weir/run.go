package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/environment"
	"github.com/weir-pipeline/weir/pipeline/htmlreport"
	"github.com/weir-pipeline/weir/pipeline/reportpage"
	"github.com/weir-pipeline/weir/pipeline/verdict"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/atomicfile"
)

func runCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "compute one result over a dataset",
		UsageText: "[flags] INPUT...",
		Description: strings.TrimSpace(`
The result goes to standard output or to the file of -o, everything else to
standard error. Expressions know + - * / // % **, comparisons, and, or, not,
is null, in (...), if(c, a, b), coalesce and the usual functions; names that are
no identifiers stand in backticks. Aggregates: count, sum, mean, var, var_pop,
stddev, stddev_pop, min, max, median, quantile(x, p), approx_quantile(x, p),
corr, covar, covar_pop, first, last, count_distinct, approx_count_distinct,
histogram(x, low, high, bins).

EXAMPLES
   weir run --agg 'count(), sum(delay), mean(distance)' --by origin flights.parquet
   weir run --where 'delay > 60 and origin != "ATL"' --agg 'count()' flights.parquet
   weir run --derive 'ratio = price / carat' --agg 'max(ratio)' --by cut diamonds.csv
   weir run --select carat,price --where 'price > 18000' --format csv diamonds.csv
   weir run --mode mmap --workers 4 --agg 'sum(x*x)' --report run.json 'data/*.arrow'
   cat rows.csv | weir run --agg 'mean(value)' -`),
		CustomHelpTemplate: commandHelp,
		HideHelpCommand:    true,
		Flags: append(append(jobFlags(), []cli.Flag{
			&cli.StringFlag{Name: "mode", Value: "auto", Usage: "how chunks reach the stages: `MODE` is auto, sequential, threads, pipe or mmap"},
			&cli.StringFlag{Name: "codec", Usage: "how mode pipe writes chunks: `CODEC` is raw (default), arrow, gob or json"},
			&cli.IntFlag{Name: "workers", DefaultText: "one for each processor", Usage: "`N` threads or processes"},
			&cli.IntFlag{Name: "chunk-rows", DefaultText: "what fits the caches", Usage: "at most `N` rows in a chunk"},
			&cli.StringFlag{Name: "format", Value: "table", Usage: "write the result as `FORMAT`: table, json or csv"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the result to `FILE`, whole or not at all; its ending says the format: .csv, .json, .txt, .arrow, .parquet"},
			&cli.StringFlag{Name: "timings", Value: "table", Usage: "write the time of every lane to standard error as `FORMAT`: table, json or none"},
			&cli.StringFlag{Name: "report", Usage: "write the account of the run and a verdict to `FILE`.json, or as a page to FILE.html"},
			traceFlag(),
		}...), append(profileFlags("all processes"), limitFlags()...)...),
		OnUsageError: usageError,
		Action:       func(c *cli.Context) error { return runJob(c, s) },
	}
}

func runJob(c *cli.Context, s streams) error {
	o, err := optionsOf(c, s)
	if err != nil {
		return err
	}
	o.Mode, o.Codec = pipeline.Mode(c.String("mode")), c.String("codec")
	o.Workers, o.ChunkRows = c.Int("workers"), c.Int("chunk-rows")
	for _, name := range []string{"workers", "chunk-rows"} {
		if c.IsSet(name) && c.Int(name) < 1 {
			return usagef("--%s: %d is less than 1", name, c.Int(name))
		}
	}
	if err := oneOf(c, "timings", "table", "json", "none"); err != nil {
		return err
	}
	job := jobOf(c)
	if err := pipeline.Validate(job, o); err != nil {
		return err
	}
	if err := refuseInputs("--output", c.String("output"), job.Inputs); err != nil {
		return err
	}
	report, err := newReport(c, job.Inputs)
	if err != nil {
		return err
	}
	defer report.abort()
	profiles, err := newProfiles(c)
	if err != nil {
		return err
	}
	defer profiles.abort()
	o.Profile = profiles.collector
	trace, err := newTrace(c, job.Inputs)
	if err != nil {
		return err
	}
	defer trace.abort()
	o.Trace = trace.wanted()
	bar, err := newProgress(c, s)
	if err != nil {
		return err
	}
	defer bar.close()
	o.Progress = bar.update
	about := reportpage.About{Job: job, Command: os.Args, Advise: adviser(c)}
	if report.wanted() {
		o.Trace = true
		about.Environment, about.Resident = environment.Read(), residentBefore(c.Context, job, o)
	}

	var res *pipeline.Result
	written, err := writeResult(c, s, func(rows result.RowWriter) (err error) {
		o.Rows = rows
		res, err = pipeline.Run(c.Context, job, o)
		bar.close()
		return err
	}, func() string { return res.Report.Digest })
	if err != nil {
		return err
	}
	res.Report.Bytes.Written = written
	var data any = res.Report
	if report.wanted() {
		if data, err = writeRunReport(c.Context, report, &res.Report, o, about); err != nil {
			return err
		}
	}
	if err := profiles.write(); err != nil {
		return err
	}
	if err := trace.write(o.Logger, runTrace(res.Report)); err != nil {
		return err
	}
	switch c.String("timings") {
	case "table":
		return writeTimings(s.err, res.Report)
	case "json":
		return json.NewEncoder(s.err).Encode(data)
	}
	return nil
}

// writeRunReport charges a run that was recorded, says what slowed it down, and
// completes its report, whose JSON it returns.
func writeRunReport(ctx context.Context, out report, r *pipeline.Report, o pipeline.Options, about reportpage.About) (json.RawMessage, error) {
	evidence, err := verdict.Gather(ctx, about.Job, o)
	if err != nil {
		return nil, err
	}
	if about.Resident != nil {
		evidence.Resident = *about.Resident
	}
	r.Charge(evidence.Faults)
	v := verdict.OfRun(r, evidence)
	data, err := reportpage.Data(r, v)
	if err != nil {
		return nil, err
	}
	return data, out.write(data, func() (htmlreport.Page, error) { return reportpage.OfRun(r, v, about) })
}

// writeResult opens where the result goes, lets compute fill it, and completes
// it. On an error a file is not there at all, and of standard output nothing is
// completed.
func writeResult(c *cli.Context, s streams, compute func(result.RowWriter) error, digest func() string) (sizeBytes int64, err error) {
	format, path := c.String("format"), c.String("output")
	if err := oneOf(c, "format", "table", "json", "csv"); err != nil {
		return 0, err
	}
	var out io.Writer = interruptible{c.Context, s.out}
	var file *atomicfile.File
	if path != "" {
		if format, err := formatOf(path); err != nil {
			return 0, err
		} else if c.IsSet("format") && c.String("format") != format {
			return 0, usagef("--format %s contradicts -o %s", c.String("format"), path)
		}
		format, _ = formatOf(path)
		if file, err = atomicfile.Create(path); err != nil {
			return 0, err
		}
		defer file.Abort()
		out = file
	}
	counted := &counter{w: out}
	buffered := bufio.NewWriterSize(counted, 256<<10)
	rows, err := newRowWriter(format, buffered, digest)
	if err != nil {
		return 0, err
	}
	if err := compute(rows); err != nil {
		return 0, err
	}
	if err := errors.Join(rows.Close(), buffered.Flush()); err != nil {
		return 0, &pipeline.OutputError{Err: err}
	}
	if file != nil {
		err = file.Commit()
	}
	return counted.sizeBytes, err
}

// counter counts what it writes.
type counter struct {
	w         io.Writer
	sizeBytes int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.sizeBytes += int64(n)
	return n, err
}

// interruptible is a file whose reader may never come: a write ends with the
// context, though the system call may not.
type interruptible struct {
	ctx context.Context
	f   *os.File
}

func (w interruptible) Write(p []byte) (int, error) {
	type written struct {
		n   int
		err error
	}
	done := make(chan written, 1)
	go func() {
		n, err := w.f.Write(p)
		done <- written{n, err}
	}()
	select {
	case d := <-done:
		return d.n, d.err
	case <-w.ctx.Done(): // p is left to the goroutine: who writes next gets this error again
		return 0, w.ctx.Err()
	}
}

func formatOf(path string) (string, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".csv", ".json", ".arrow", ".parquet":
		return ext[1:], nil
	case ".feather", ".ipc":
		return "arrow", nil
	case ".txt":
		return "table", nil
	}
	return "", usagef("-o %s: the name has to end in .csv, .json, .txt, .arrow or .parquet", path)
}

func newRowWriter(format string, w io.Writer, digest func() string) (result.RowWriter, error) {
	switch format {
	case "json":
		return result.NewJSONWriter(w, digest), nil
	case "csv":
		return result.NewCSVWriter(w), nil
	case "arrow":
		return newArrowRows(w), nil
	case "parquet":
		return newParquetRows(w), nil
	}
	return result.NewTextWriter(w), nil
}

// oneOf checks a flag with a fixed set of values.
func oneOf(c *cli.Context, flag string, values ...string) error {
	for _, v := range values {
		if c.String(flag) == v {
			return nil
		}
	}
	return usagef("--%s: %q is none of %s", flag, c.String(flag), strings.Join(values, ", "))
}
