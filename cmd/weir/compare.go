package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/codec"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/pipeline/htmlreport"
	"github.com/weir-pipeline/weir/pipeline/reportpage"
	"github.com/weir-pipeline/weir/pipeline/verdict"
)

func compareCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "compare",
		Usage:     "run one job in every mode and set the times side by side",
		UsageText: "[flags] INPUT...",
		Description: strings.TrimSpace(`
Runs the job in each mode, once to warm up and then in rounds, each in an order of
its own, checks that all results are equal bit for bit, and shows the median wall
times, which differences between them are real, and where the lanes of each mode
spent their time. A difference between results is a failure.

Rounds go on until the 95 % confidence interval of every median is as narrow as
--precision asks for or --budget is spent; at least 6 and at most 100 are made. A
way is slower, or faster, if the Mann-Whitney U test says so at a level of 0.01
or less, divided among the pairs of many ways, and by at least 1 %; else there is
no difference. The interval of a ratio is the one of that test. A mode that is
listed twice is compared with itself.

EXAMPLES
   weir compare --agg 'sum(x*x)' data.arrow
   weir compare --agg 'count(), mean(delay)' --by origin --modes threads,mmap flights.parquet
   weir compare --agg 'sum(price)' --codecs raw,json --workers 1,2 --trials 9 diamonds.csv
   weir compare --agg 'sum(x)' --cache cold --budget 2m --precision 1% data.csv
   weir compare --agg 'sum(x)' --chunk-rows 1000,65536 --format gobench data.csv | benchstat -col /chunk-rows -`),
		CustomHelpTemplate: commandHelp,
		HideHelpCommand:    true,
		Flags: append(append(jobFlags(), []cli.Flag{
			&cli.StringFlag{Name: "modes", Usage: "a `LIST` of modes; default sequential,threads,pipe,mmap"},
			&cli.StringFlag{Name: "codecs", Usage: "a `LIST` of codecs for mode pipe; default raw"},
			&cli.StringFlag{Name: "workers", Usage: "a `LIST` of worker counts; default one for each processor"},
			&cli.StringFlag{Name: "chunk-rows", Usage: "a `LIST` of chunk sizes in rows; default: what fits the caches"},
			&cli.IntFlag{Name: "trials", DefaultText: "as many as --precision and --budget ask for", Usage: "make `N` rounds"},
			&cli.StringFlag{Name: "precision", Value: "2%", Usage: "end the rounds when the interval of every median is within `PERCENT` of it"},
			&cli.StringFlag{Name: "budget", Value: "30s", Usage: "end the rounds when they have taken a `DURATION` such as 90s or 5m"},
			&cli.Uint64Flag{Name: "seed", DefaultText: "a new one each time", Usage: "draw the order of the runs from seed `N`"},
			&cli.BoolFlag{Name: "verify", Usage: "make the changes that the verdict advises, and show their gain beside the predicted one"},
			&cli.StringFlag{Name: "cache", Value: "warm", Usage: "the inputs' `STATE` in the page cache before each run: warm (read first), cold (dropped; Linux) or as-is"},
			&cli.StringFlag{Name: "format", Value: "table", Usage: "write the comparison as `FORMAT`: table, json, csv (a line a run) or gobench (for benchstat)"},
			&cli.StringFlag{Name: "report", Usage: "write the comparison with the account of every run and the verdict to `FILE`.json, or as a page to FILE.html"},
			traceFlag(),
		}...), append(profileFlags("all processes and counted runs"), limitFlags()...)...),
		OnUsageError: usageError,
		Action:       func(c *cli.Context) error { return compareJob(c, s) },
	}
}

func compareJob(c *cli.Context, s streams) error {
	o, err := compareOptions(c, s)
	if err != nil {
		return err
	}
	if err := oneOf(c, "format", "table", "json", "csv", "gobench"); err != nil {
		return err
	}
	job := jobOf(c)
	if err := compare.Validate(job, o); err != nil {
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
	o.Run.Profile = profiles.collector
	trace, err := newTrace(c, job.Inputs)
	if err != nil {
		return err
	}
	defer trace.abort()
	bar, err := newProgress(c, s)
	if err != nil {
		return err
	}
	defer bar.close()
	o.Progress = func(done, total int, next compare.Way) {
		bar.step(done, total, fmt.Sprintf("run %d of %d: %s", done+1, total, next))
	}
	evidence, err := verdict.Gather(c.Context, job, o.Run)
	if err != nil {
		return err
	}
	o.Faults = evidence.Faults
	result, err := compare.Run(c.Context, job, o)
	bar.close()
	if err != nil {
		return err
	}
	result.Command = os.Args
	evidence.Resident, _ = result.Resident()
	evidence.ChunkRowsSet = len(o.ChunkRows) > 0
	v := verdict.OfComparison(result, evidence)
	if c.Bool("verify") {
		if err := verifyAdvice(c, s, v, job, o); err != nil {
			return err
		}
	}
	data, err := reportpage.Data(result, v)
	if err != nil {
		return err
	}
	about := reportpage.About{Job: job, Advise: adviser(c)}
	if err := report.write(data, func() (htmlreport.Page, error) { return reportpage.OfComparison(result, v, about) }); err != nil {
		return err
	}
	if err := profiles.write(); err != nil {
		return err
	}
	if err := trace.write(o.Run.Logger, comparisonTraces(result)...); err != nil {
		return err
	}
	switch c.String("format") {
	case "json":
		err = json.NewEncoder(s.out).Encode(data)
	case "csv":
		err = result.WriteCSV(s.out)
	case "gobench":
		err = result.WriteBenchmark(s.out)
	default:
		err = writeComparison(s.out, result, v, about.Advise)
	}
	if err != nil {
		return &pipeline.OutputError{Err: err}
	}
	return nil
}

// verifyAdvice makes the changes that the verdict advises.
func verifyAdvice(c *cli.Context, s streams, v *verdict.Verdict, job pipeline.Job, o compare.Options) error {
	bar, err := newProgress(c, s)
	if err != nil {
		return err
	}
	defer bar.close()
	done := 0
	return v.Verify(c.Context, job, o.Run, verdict.VerifyOptions{Cache: o.Cache, Progress: func(a *verdict.Advice) {
		bar.step(done, len(v.Advices()), "verifying: "+a.Text)
		done++
	}})
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
	if o.Cache, err = compare.ParseCache(c.String("cache")); err != nil {
		return o, usagef("--cache: %w", err)
	}
	o.Seed = c.Uint64("seed")
	return o, rounds(c, &o)
}

// rounds reads the flags that say how many rounds there are.
func rounds(c *cli.Context, o *compare.Options) (err error) {
	if c.IsSet("trials") {
		for _, flag := range []string{"precision", "budget"} {
			if c.IsSet(flag) {
				return usagef("--trials fixes the number of rounds, which --%s would find: leave one of them out", flag)
			}
		}
		if o.Trials = c.Int("trials"); o.Trials < 1 {
			return usagef("--trials: %d is less than 1", o.Trials)
		}
	}
	number, is := strings.CutSuffix(c.String("precision"), "%")
	o.Precision, err = strconv.ParseFloat(strings.TrimSpace(number), 64)
	if o.Precision /= 100; err != nil || !is || !(o.Precision > 0 && o.Precision < 1) {
		return usagef("--precision: %q is no percentage between 0%% and 100%%, such as 2%%", c.String("precision"))
	}
	if o.Budget, err = time.ParseDuration(c.String("budget")); err != nil || o.Budget <= 0 {
		return usagef("--budget: %q is no duration, such as 90s or 5m", c.String("budget"))
	}
	return nil
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
