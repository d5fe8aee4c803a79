package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/codec"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/pipeline/timing"
)

func compareCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "compare",
		Usage:     "run one job in every mode and set the times side by side",
		UsageText: "[flags] INPUT...",
		Description: strings.TrimSpace(`
Runs the job in each mode, once to warm up and then in interleaved trials, checks
that all results are equal bit for bit, and shows the median wall time and where
the lanes of each mode spent theirs. A difference between results is a failure.

EXAMPLES
   weir compare --agg 'sum(x*x)' data.arrow
   weir compare --agg 'count(), mean(delay)' --by origin --modes threads,mmap flights.parquet
   weir compare --agg 'sum(price)' --codecs raw,json --workers 1,2 --trials 9 diamonds.csv
   weir compare --agg 'sum(x)' --chunk-rows 1000,65536 --format json data.csv`),
		CustomHelpTemplate: commandHelp,
		HideHelpCommand:    true,
		Flags: append(append(jobFlags(), []cli.Flag{
			&cli.StringFlag{Name: "modes", Usage: "a `LIST` of modes; default sequential,threads,pipe,mmap"},
			&cli.StringFlag{Name: "codecs", Usage: "a `LIST` of codecs for mode pipe; default raw"},
			&cli.StringFlag{Name: "workers", Usage: "a `LIST` of worker counts; default one for each processor"},
			&cli.StringFlag{Name: "chunk-rows", Usage: "a `LIST` of chunk sizes in rows; default 65536"},
			&cli.IntFlag{Name: "trials", Value: 5, Usage: "`N` counted runs of each"},
			&cli.StringFlag{Name: "format", Value: "table", Usage: "write the comparison as `FORMAT`: table or json"},
			&cli.StringFlag{Name: "report", Usage: "write the comparison with the account of every run to `FILE`.json"},
		}...), limitFlags()...),
		OnUsageError: usageError,
		Action:       func(c *cli.Context) error { return compareJob(c, s) },
	}
}

func compareJob(c *cli.Context, s streams) error {
	o, err := compareOptions(c, s)
	if err != nil {
		return err
	}
	if err := oneOf(c, "format", "table", "json"); err != nil {
		return err
	}
	job := jobOf(c)
	for _, w := range o.Ways() {
		check := o.Run
		check.Mode, check.Codec, check.Workers, check.ChunkRows = w.Mode, w.Codec, w.Workers, w.ChunkRows
		check.StrictZeroCopy = false
		if err := pipeline.Validate(job, check); err != nil {
			return err
		}
	}
	report, err := newReport(c)
	if err != nil {
		return err
	}
	defer report.abort()
	bar, err := newProgress(c, s)
	if err != nil {
		return err
	}
	defer bar.close()
	o.Progress = func(done, total int, next compare.Way) {
		bar.step(done, total, fmt.Sprintf("run %d of %d: %s", done+1, total, next))
	}
	result, err := compare.Run(c.Context, job, o)
	bar.close()
	if err != nil {
		return err
	}
	if err := report.write(result); err != nil {
		return err
	}
	if c.String("format") == "json" {
		err = json.NewEncoder(s.out).Encode(result)
	} else {
		err = writeComparison(s.out, result)
	}
	if err != nil {
		return &pipeline.OutputError{Err: err}
	}
	return nil
}

func compareOptions(c *cli.Context, s streams) (o compare.Options, err error) {
	if o.Run, err = optionsOf(c, s); err != nil {
		return o, err
	}
	for _, list := range []string{"modes", "codecs", "workers", "chunk-rows"} {
		if c.IsSet(list) && len(fields(c.String(list))) == 0 {
			return o, usagef("--%s: the list is empty", list)
		}
	}
	for _, name := range fields(c.String("modes")) {
		m, err := pipeline.ParseMode(name)
		if err != nil {
			return o, usagef("--modes: %w", err)
		}
		o.Modes = append(o.Modes, m)
	}
	o.Codecs = fields(c.String("codecs"))
	for _, name := range o.Codecs {
		if !slices.Contains(codec.Names(), name) {
			return o, usagef("--codecs: %q is none of %s", name, strings.Join(codec.Names(), ", "))
		}
	}
	if len(o.Codecs) > 0 && len(o.Modes) > 0 && !slices.Contains(o.Modes, pipeline.Pipe) {
		return o, usagef("--codecs are for mode pipe, which --modes leaves out")
	}
	if o.Workers, err = counts(c.String("workers")); err != nil {
		return o, usagef("--workers: %w", err)
	}
	if o.ChunkRows, err = counts(c.String("chunk-rows")); err != nil {
		return o, usagef("--chunk-rows: %w", err)
	}
	if o.Trials = c.Int("trials"); o.Trials < 1 {
		return o, usagef("--trials: %d is less than 1", o.Trials)
	}
	return o, nil
}

func fields(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

func counts(list string) ([]int, error) {
	var ns []int
	for _, f := range fields(list) {
		n, err := strconv.Atoi(strings.ReplaceAll(f, "_", ""))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no number of at least 1", f)
		}
		ns = append(ns, n)
	}
	return ns, nil
}

// writeComparison writes a line for each way: wall time against the first, and
// what its lanes did.
func writeComparison(w io.Writer, c *compare.Comparison) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "one result, digest %s\n", c.Digest)
	fmt.Fprintf(&out, "medians of %s each, interleaved; times by category are summed over all lanes\n", counted(int64(c.Trials), "trial"))
	var used []timing.Category
	for _, cat := range timing.Categories() {
		if slices.ContainsFunc(c.Rows, func(s compare.Series) bool { return s.Spent(cat) > 0 }) {
			used = append(used, cat)
		}
	}
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "mode\twall\tmin\tmax\tratio\t")
	for _, cat := range used {
		fmt.Fprintf(table, "%s\t", cat)
	}
	fmt.Fprintln(table, "unaccounted\tcopied\tpeak memory\t")
	base := c.Rows[0].Median()
	for _, s := range c.Rows {
		shortest, longest := s.Range()
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%.2f\t", s.Way, seconds(s.Median()), seconds(shortest), seconds(longest), s.Median().Seconds()/base.Seconds())
		for _, cat := range used {
			fmt.Fprintf(table, "%s\t", orDash(s.Spent(cat)))
		}
		last := s.Reports[len(s.Reports)-1]
		fmt.Fprintf(table, "%s\t%s\t%s\t\n", orDash(s.Spent(timing.Unaccounted)), size(last.Bytes.Copied), size(last.PeakRSSBytes))
	}
	table.Flush()
	_, err := w.Write(out.Bytes())
	return err
}
