// Command planted makes jobs that are slow for one known reason each, runs them
// beside the same jobs without it, and shows whether weir's verdict names the
// reason, and how near its share of the wall time comes to the truth: the time
// that was gone without it.
//
//	go run ./examples/planted               2 million rows, all jobs
//	go run ./examples/planted -only codec   those whose name has "codec" in it
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/account"
	"github.com/weir-pipeline/weir/pipeline/verdict"
	"github.com/weir-pipeline/weir/storage/pagecache"
)

func main() {
	catalog := withSlowMerge()
	pipeline.ServeWorker(catalog)
	rows := flag.Int64("rows", 2_000_000, "rows of the tables")
	trials := flag.Int("trials", 7, "trials of each job, with and without the cause")
	only := flag.String("only", "", "only jobs with this in their name")
	detail := flag.Bool("detail", false, "show all causes that were found, and what the cores did")
	verify := flag.Bool("verify", false, "make the changes that the verdict advises, and compare their gain with the predicted one")
	flag.Parse()
	dir, err := os.MkdirTemp("", "weir-planted")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	f, err := makeFiles(ctx, dir, *rows)
	if err != nil {
		log.Fatal(err)
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "job\twall\tplanted\tfound first\tshare\ttruth\toff")
	right, all := 0, 0
	var errors []float64
	for _, p := range jobs(f, *rows) {
		if !strings.Contains(p.name, *only) {
			continue
		}
		for _, w := range []*way{&p.slow, &p.cured} {
			w.options.Catalog = &catalog
		}
		o, err := measure(ctx, p, *trials)
		if err != nil {
			log.Fatalf("%s: %v", p.name, err)
		}
		all++
		if o.right(p) {
			right++
		}
		fmt.Fprintln(out, o.line(p))
		if *verify && p.slow.before == nil {
			out.Flush()
			v := verdict.OfRun(o.report, o.evidence)
			if err := v.Verify(ctx, p.slow.job, p.slow.options, verdict.VerifyOptions{}); err != nil {
				log.Fatalf("%s: %v", p.name, err)
			}
			for _, a := range v.Advices() {
				off := math.Abs(a.Gain()/a.Measured.Gain() - 1)
				errors = append(errors, off)
				fmt.Printf("    %s: predicted %.2f times as fast, measured %.2f, off %.0f %%\n", a.Text, a.Gain(), a.Measured.Gain(), off*100)
			}
		}
		if *detail {
			out.Flush()
			fmt.Printf("    %v, replay %v of %v\n    %s\n", o.found, o.replayed, o.wall, o.account)
		}
	}
	out.Flush()
	if *verify {
		slices.Sort(errors)
		if n := len(errors); n > 0 {
			fmt.Printf("%d predicted gains: median error %.1f %%, largest %.1f %%\n", n, errors[n/2]*100, errors[n-1]*100)
		}
	}
	fmt.Printf("%d of %d named, with a share within 10 points of the truth\n", right, all)
}

// outcome is what the verdict said of a job, and what is true.
type outcome struct {
	wall, cured, replayed time.Duration // medians
	found                 []verdict.Finding
	account               string
	report                *pipeline.Report // of the median run
	evidence              verdict.Evidence
}

func (o *outcome) truth() float64 { return 1 - o.cured.Seconds()/o.wall.Seconds() }

func (o *outcome) right(p planted) bool {
	if p.cause == "" {
		return len(o.found) == 0
	}
	return len(o.found) > 0 && o.found[0].Cause == p.cause && math.Abs(o.found[0].Share-o.truth()) <= 0.10
}

func (o *outcome) line(p planted) string {
	first, share := "none", "-"
	if len(o.found) > 0 {
		first, share = string(o.found[0].Cause), fmt.Sprintf("%.0f %%", o.found[0].Share*100)
	}
	cause, truth, off := "none", "-", "-"
	if p.cause != "" {
		cause, truth = string(p.cause), fmt.Sprintf("%.0f %%", o.truth()*100)
		if len(o.found) > 0 {
			off = fmt.Sprintf("%+.0f", (o.found[0].Share-o.truth())*100)
		}
	}
	mark := ""
	if !o.right(p) {
		mark = "  <--"
	}
	return strings.Join([]string{p.name, o.wall.Round(100 * time.Microsecond).String(), cause, first, share, truth, off + mark}, "\t")
}

// measure runs a job with and without its cause, in turns.
func measure(ctx context.Context, p planted, trials int) (*outcome, error) {
	var slow []*pipeline.Report
	var cured []time.Duration
	resident := -1.0
	for i := range trials + 1 {
		r, found, err := run(ctx, p.slow)
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first warms up
			slow = append(slow, r)
			resident = found
		}
		if p.cause == "" {
			continue
		}
		r, _, err = run(ctx, p.cured)
		if err != nil {
			return nil, fmt.Errorf("without the cause: %w", err)
		}
		if i > 0 {
			cured = append(cured, r.Wall)
		}
	}
	slices.SortFunc(slow, func(a, b *pipeline.Report) int { return int(a.Wall - b.Wall) })
	slices.Sort(cured)
	median := slow[len(slow)/2]
	e, err := verdict.Gather(ctx, p.slow.job, p.slow.options)
	if err != nil {
		return nil, err
	}
	e.Resident = resident
	if p.set != nil {
		p.set(&e)
	}
	rec := verdict.Record(median)
	median.Charge(e.Faults)
	o := &outcome{account: shares(median), report: median, evidence: e, wall: median.Wall, replayed: rec.Wall, found: verdict.Causes(rec, e)}
	if len(cured) > 0 {
		o.cured = cured[len(cured)/2]
	}
	return o, nil
}

// shares is what a run's core-seconds went into.
func shares(r *pipeline.Report) string {
	text := fmt.Sprintf("%d chunks, cpu %v", r.Chunks, r.Usage.CPU.Round(time.Millisecond))
	for _, c := range account.Causes() {
		if s := r.Account.Share(c); s >= 0.005 {
			text += fmt.Sprintf(", %s %.1f %%", c, s*100)
		}
	}
	return text
}

// run runs a job once, and tells how much of its input was in the page cache.
func run(ctx context.Context, w way) (r *pipeline.Report, resident float64, err error) {
	o := w.options
	o.Trace = true
	if w.before != nil {
		after, err := w.before(&o)
		if err != nil {
			return nil, 0, err
		}
		defer after()
	}
	resident = 1
	if in := w.job.Inputs[0]; in != "-" {
		if found, err := pagecache.Resident(in); err == nil {
			resident = found.Fraction()
		}
	}
	res, err := pipeline.Run(ctx, w.job, o)
	if err != nil {
		return nil, 0, err
	}
	return &res.Report, resident, nil
}
