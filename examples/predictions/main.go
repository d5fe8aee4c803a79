// Command predictions checks what weir explain predicts against what weir run
// takes: four jobs, three formats, four modes.
//
//	make build && go run ./examples/predictions -weir bin/weir
//	go run ./examples/predictions -weir bin/weir -rows 1000000 -trials 9
//	go run ./examples/predictions -weir bin/weir table.parquet table.csv
//
// Each round explains a job once and runs it once in every mode, so that both see
// the same state of the machine; files are read before, so that they are in the
// page cache. Figures are medians of the rounds; an error is how far the
// prediction is from the run, by the run. Where the shortest run is much shorter
// than the median, other programs were in the way; processor time, which the
// system counts for each process, shows then whether the costs at least are right.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"text/tabwriter"
)

// job is a task over the columns of weir gen.
type job struct {
	name  string
	flags []string
}

var jobs = []job{
	{"scan", []string{"--agg", "sum(x*x)"}},
	{"group", []string{"--by", "k", "--agg", "count(), mean(y), max(price)"}},
	{"filter", []string{"--where", "z > 0 and y < 3", "--agg", "sum(x*y), mean(price)"}},
	{"heavy", []string{"--agg", "sum(sin(x)*cos(y)+exp(z))"}},
}

// undisturbed calls f.
var undisturbed = func(f func() error) error { return f() }

var modes = []string{"sequential", "threads", "pipe", "mmap"}

func main() {
	weir := flag.String("weir", "bin/weir", "the program to check")
	rows := flag.Int64("rows", 10_000_000, "rows of the tables that are made when no files are named")
	rounds := flag.Int("trials", 5, "explanations and runs of each kind")
	only := flag.String("job", "", "check this job alone: scan, group, filter or heavy")
	probe := flag.String("probe", "50ms", "how long explain samples")
	quiet := flag.Bool("quiet", false, "wait with everything until no other program runs (Linux)")
	flag.Parse()
	if *quiet {
		undisturbed = quietly
	}
	if err := run(*weir, flag.Args(), *rows, *rounds, *only, *probe); err != nil {
		log.Fatal(err)
	}
}

func run(weir string, files []string, rows int64, rounds int, only, probe string) error {
	if len(files) == 0 {
		dir, err := os.MkdirTemp("", "weir-predictions")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		for _, format := range []string{"arrow", "parquet", "csv"} {
			files = append(files, filepath.Join(dir, "table."+format))
		}
		gen := exec.Command(weir, append([]string{"gen", "--rows", strconv.FormatInt(rows, 10)}, files...)...)
		gen.Stderr = os.Stderr
		if err := gen.Run(); err != nil {
			return fmt.Errorf("weir gen: %w", err)
		}
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "file\tjob\tmode\tpredicted\tmeasured\terror\tshortest run\tpredicted cpu\tmeasured\terror\t")
	var errs, cpuErrs []float64
	chosen, regret := 0, 0.0 // how often the fastest prediction was not the fastest run, and what that cost at most
	cases := 0
	for _, file := range files {
		for _, j := range jobs {
			if only != "" && j.name != only {
				continue
			}
			predicted, measured, err := check(weir, file, j, rounds, probe)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", file, j.name, err)
			}
			cases++
			bestPredicted, bestMeasured := modes[0], modes[0]
			for _, m := range modes {
				if len(predicted[m]) == 0 {
					continue
				}
				p, q := medians(predicted[m]), medians(measured[m])
				shortest := slices.MinFunc(measured[m], func(a, b took) int { return cmp.Compare(a.wall, b.wall) }).wall
				fmt.Fprintf(table, "%s\t%s\t%s\t%.1f ms\t%.1f ms\t%+.0f %%\t%.1f ms\t", filepath.Base(file), j.name, m, p.wall*1e3, q.wall*1e3, 100*(p.wall/q.wall-1), shortest*1e3)
				errs = append(errs, math.Abs(p.wall/q.wall-1))
				if q.cpu > 0 { // the system counts it
					fmt.Fprintf(table, "%.1f ms\t%.1f ms\t%+.0f %%\t", p.cpu*1e3, q.cpu*1e3, 100*(p.cpu/q.cpu-1))
					cpuErrs = append(cpuErrs, math.Abs(p.cpu/q.cpu-1))
				}
				fmt.Fprintln(table)
				if p.wall < medians(predicted[bestPredicted]).wall {
					bestPredicted = m
				}
				if q.wall < medians(measured[bestMeasured]).wall {
					bestMeasured = m
				}
			}
			if bestPredicted != bestMeasured {
				chosen++
			}
			regret = max(regret, medians(measured[bestPredicted]).wall/medians(measured[bestMeasured]).wall-1)
		}
	}
	table.Flush()
	if len(errs) == 0 {
		return errors.New("there was nothing to check: is -job one of scan, group, filter, heavy?")
	}
	summarize("wall time", errs)
	summarize("processor time", cpuErrs)
	fmt.Printf("another mode than the fastest was predicted as fastest in %d of %d jobs, at a loss of at most %.0f %%\n", chosen, cases, 100*regret)
	return nil
}

func summarize(what string, errs []float64) {
	if len(errs) == 0 {
		return
	}
	slices.Sort(errs)
	fmt.Printf("%s: median error %.1f %%, nine of ten below %.1f %%, largest %.1f %%\n",
		what, 100*median(errs), 100*errs[min(len(errs)*9/10, len(errs)-1)], 100*errs[len(errs)-1])
}

// took is the wall time and the processor time of a run, in seconds.
type took struct{ wall, cpu float64 }

// check explains and runs a job in rounds, and returns the times by mode.
func check(weir, file string, j job, rounds int, probe string) (predicted, measured map[string][]took, err error) {
	predicted, measured = map[string][]took{}, map[string][]took{}
	for range rounds {
		if err := bringToCache(file); err != nil {
			return nil, nil, err
		}
		var explained struct {
			Predictions []struct {
				Mode    string
				WallS   float64            `json:"wall_s"`
				CPU     map[string]float64 `json:"cpu_s"` // by step
				Missing string             `json:"impossible"`
			}
		}
		var out []byte
		err := undisturbed(func() (err error) {
			out, err = exec.Command(weir, append([]string{"explain", "--format", "json", "--probe", probe, file}, j.flags...)...).Output()
			return err
		})
		if err != nil {
			return nil, nil, failure("weir explain", err)
		}
		if err := json.Unmarshal(out, &explained); err != nil {
			return nil, nil, err
		}
		for _, p := range explained.Predictions {
			if p.Missing != "" {
				continue
			}
			t := took{wall: p.WallS}
			for _, cpu := range p.CPU {
				t.cpu += cpu
			}
			predicted[p.Mode] = append(predicted[p.Mode], t)
		}
		for _, m := range modes {
			t, err := runOnce(weir, file, j, m)
			if err != nil {
				return nil, nil, err
			}
			measured[m] = append(measured[m], t)
		}
	}
	return predicted, measured, nil
}

// runOnce is what a run took by its own account.
func runOnce(weir, file string, j job, mode string) (took, error) {
	report, err := os.CreateTemp("", "weir-report-*.json")
	if err != nil {
		return took{}, err
	}
	report.Close()
	defer os.Remove(report.Name())
	args := append([]string{"run", "--mode", mode, "--timings", "none", "--report", report.Name(), file}, j.flags...)
	err = undisturbed(func() error {
		_, err := exec.Command(weir, args...).Output()
		return err
	})
	if err != nil {
		return took{}, failure("weir run", err)
	}
	text, err := os.ReadFile(report.Name())
	if err != nil {
		return took{}, err
	}
	var account struct {
		WallS float64 `json:"wall_s"`
		Usage struct {
			CPUS float64 `json:"cpu_s"`
		}
	}
	if err := json.Unmarshal(text, &account); err != nil {
		return took{}, err
	}
	if account.WallS <= 0 {
		return took{}, errors.New("the report has no wall time")
	}
	return took{account.WallS, account.Usage.CPUS}, nil
}

func failure(what string, err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("%s: %w: %s", what, err, exit.Stderr)
	}
	return fmt.Errorf("%s: %w", what, err)
}

func bringToCache(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(io.Discard, f)
	return err
}

// medians are those of wall time and of processor time, each for itself.
func medians(v []took) took {
	var walls, cpus []float64
	for _, t := range v {
		walls, cpus = append(walls, t.wall), append(cpus, t.cpu)
	}
	return took{median(walls), median(cpus)}
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2
}
