// Command accounting shows that the account of a run closes, and what recording
// costs: for each job, file and mode the part of the core-seconds that nothing
// explains, by how much two measures of idle time differ (the lanes' waits, and
// what the system's processor time leaves over), and the wall time of recorded runs by that of others, runs in turns.
//
//	weir gen --rows 10000000 t.csv t.parquet t.arrow
//	go run ./examples/accounting t.csv t.parquet t.arrow
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/account"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/stages"
)

// tasks are jobs over the columns of weir gen.
var tasks = []struct {
	name string
	job  pipeline.Job
}{
	{"sum of squares", pipeline.Job{Aggregate: "sum(x*x)"}},
	{"statistics", pipeline.Job{Aggregate: "count(x),mean(x),stddev(x),min(x),max(x),mean(y),stddev(y),min(y),max(y),mean(z),stddev(z),min(z),max(z),mean(price),stddev(price),min(price),max(price)"}},
	{"group by", pipeline.Job{Aggregate: "count(), mean(y), max(price)", By: "k"}},
	{"filter", pipeline.Job{Where: "z > 0 and y < 3", Aggregate: "sum(x*y), mean(price)"}},
	{"quantiles", pipeline.Job{Aggregate: "quantile(y, 0.5), quantile(y, 0.99)"}},
}

func main() {
	pipeline.ServeWorker(stages.Builtin())
	trials := flag.Int("trials", 5, "recorded and other runs of each")
	flag.Parse()
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "task\tfile\tmode\twall\tunaccounted\tmismatch\trecorded by not\t")
	worst, ratios := 0.0, []float64{}
	for _, t := range tasks {
		for _, file := range flag.Args() {
			t.job.Inputs = []string{file}
			for _, mode := range pipeline.Modes() {
				p, err := compare.Pair(context.Background(),
					compare.Side{Name: "recorded", Job: t.job, Options: pipeline.Options{Mode: mode, Trace: true}},
					compare.Side{Name: "not recorded", Job: t.job, Options: pipeline.Options{Mode: mode}}, *trials)
				if err != nil {
					log.Fatal(err)
				}
				r := medianRun(p.Reports[0])
				r.Charge(account.FaultCosts{})
				ratio := p.A.Seconds() / p.B.Seconds()
				worst, ratios = max(worst, r.Account.Share(account.Unaccounted)), append(ratios, ratio)
				fmt.Fprintf(out, "%s\t%s\t%s\t%v\t%.2f %%\t%.2f %%\t%.3f\t\n", t.name, file, mode, r.Wall.Round(100*time.Microsecond),
					100*r.Account.Share(account.Unaccounted), 100*r.Account.Mismatch, ratio)
			}
		}
	}
	out.Flush()
	slices.Sort(ratios)
	if len(ratios) > 0 {
		fmt.Printf("at most %.2f %% unaccounted; recorded runs take %.4f of the time of others in the median\n", 100*worst, ratios[len(ratios)/2])
	}
}

func medianRun(runs []pipeline.Report) *pipeline.Report {
	slices.SortFunc(runs, func(a, b pipeline.Report) int { return int(a.Wall - b.Wall) })
	return &runs[len(runs)/2]
}
