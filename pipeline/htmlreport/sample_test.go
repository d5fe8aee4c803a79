package htmlreport_test

import (
	"fmt"
	"math"
	"math/rand"
	"time"

	"github.com/weir-pipeline/weir/pipeline/htmlreport"
)

// samplePage is a comparison of four ways with five lanes and 3000 spans each,
// as the command line would make it. It is the same every time.
func samplePage() htmlreport.Page {
	r := rand.New(rand.NewSource(1))
	p := htmlreport.Page{
		Title:   "Four ways to aggregate sample.csv",
		Summary: "Threads are the fastest way to run this job; sharing memory with worker processes costs 15 % more, copying to them 37 %.",
		Command: "weir compare --trials 9 --where 'k < 5' --agg 'sum(x*x), mean(price)' --by k --report report.html sample.csv",
		Time:    time.Date(2025, 3, 4, 15, 6, 7, 0, time.UTC),
		Digest:  "1ed44fdf5d4f2cfd2e99dd837dd6b51164f554f40c8a721ecfb0125ff7d6781a",
		Runs:    36,
		Findings: []htmlreport.Finding{
			{Kind: htmlreport.Winner, Heading: "threads is the fastest: 215 ms, 1.85 times as fast as sequential",
				Text: "The next is mmap, 1.15 times as slow (95 % interval 1.12 to 1.19)."},
			{Kind: htmlreport.Cause, Heading: "pipe/raw spends 29 % of its wall time on copying", Parts: []htmlreport.Part{{Share: 0.29, Text: "86 ms, 29 % of the wall time"}},
				Text: "120 MB of column buffers went through pipes at 0.70 GB/s. Mode mmap shares the same bytes and copies none of them."},
			{Kind: htmlreport.Cause, Heading: "mmap waits for input for 41 % of the time", Parts: []htmlreport.Part{{Share: 0.41, Text: "102 ms, 41 % of the wall time"}},
				Text: "Two readers decode 240 MB/s together, which two workers compute in a tenth of the time: decoding is the bottleneck, not the hand-over."},
			{Kind: htmlreport.Advice, Heading: "Convert the input to Arrow", Text: "Decoding CSV is 81 % of all work. An uncompressed Arrow file is mapped and not decoded.",
				Predicted: &htmlreport.Gain{Ratio: htmlreport.Estimate{Value: 4.1}, Seconds: 0.162},
				Measured:  &htmlreport.Gain{Ratio: htmlreport.Estimate{Value: 3.87, Low: 3.71, High: 4.02}, Seconds: 0.159},
				Command:   "weir run --where 'k < 5' --select k,x,price -o sample.arrow sample.csv"},
			{Kind: htmlreport.Crossover, Heading: "Below 3,100 rows a chunk, sequential is the fastest",
				Text: "Each hand-over takes 15 µs, which is more than computing so few rows."},
		},
		Scaling:   sampleCurves([]string{"threads", "pipe/raw", "mmap"}, []float64{1, 2, 4, 8}, func(i int, x float64) float64 { return 0.04 + 0.35*(1+0.1*float64(i))/x + 0.008*float64(i)*x }),
		ChunkSize: sampleCurves([]string{"sequential", "threads", "pipe/raw", "pipe/json", "mmap"}, []float64{256, 1024, 4096, 16384, 65536, 262144}, func(i int, x float64) float64 { return 0.4/(1+0.2*float64(i)) + 60*float64(i*i+1)/x }),
		Environment: []htmlreport.Fact{
			{Key: "CPU", Value: "2 cores of an AMD EPYC 7B13, 64 KB L1, 512 KB L2, 32 MB L3"},
			{Key: "Kernel", Value: "Linux 6.18.0-amd64"},
			{Key: "Limits", Value: "memory 8.0 GB (cgroup), 2.00 CPUs, 1,048,576 open files, pipe size 1 MiB"},
			{Key: "Versions", Value: "weir 0.1.0, go1.26.8"},
			{Key: "Cache", Value: "input in the page cache before the first run: 100 %"},
			{Key: "Seed", Value: "8675309"},
		},
		Notes: []htmlreport.SectionNote{{Section: htmlreport.TimelineSection, Text: "Of the trial with the median wall time."}},
		Data:  map[string]any{"digest": "1ed44fdf5d4f2cfd2e99dd837dd6b51164f554f40c8a721ecfb0125ff7d6781a", "trials": 9},
	}
	p.Scaling[2].Crossovers = []htmlreport.Mark{{X: 6.3, Wall: 0.155, Label: "mmap overtakes pipe/raw at 6 workers"}}
	p.ChunkSize[1].Crossovers = []htmlreport.Mark{{X: 3100, Wall: 0.372, Label: "threads beat sequential from 3,100 rows"}}
	for _, c := range htmlreport.CategoryNames() {
		p.Categories = append(p.Categories, htmlreport.Category{Name: c, Text: explanations[c]})
	}
	walls := []float64{0.398, 0.215, 0.295, 0.248}
	for i, name := range []string{"sequential", "threads", "pipe/raw", "mmap"} {
		w := htmlreport.Way{
			Name:        name,
			Wall:        htmlreport.Estimate{Value: walls[i], Low: walls[i] * 0.98, High: walls[i] * 1.03},
			Ratio:       htmlreport.Estimate{Value: walls[i] / walls[1], Low: walls[i] / walls[1] * 0.97, High: walls[i] / walls[1] * 1.03},
			Verdict:     []string{"slower", "fastest", "slower", "slower"}[i],
			CopiedBytes: []int64{0, 0, 120e6, 0}[i],
			SharedBytes: []int64{0, 0, 0, 120e6}[i],
			PeakBytes:   []int64{55.5e6, 55e6, 167e6, 166e6}[i],
			Efficiency:  &htmlreport.Efficiency{Parallel: 0.91 - 0.1*float64(i), LoadBalance: 0.97, Communication: 0.94 - 0.1*float64(i), Serialisation: 0.99, Transfer: 0.95 - 0.1*float64(i)},
			Stages: []htmlreport.StageBytes{
				{Stage: "read", Bytes: 300e6}, {Stage: "hand-over", Bytes: []int64{0, 0, 120e6, 120e6}[i], Copied: []int64{0, 0, 120e6, 0}[i], Shared: []int64{0, 0, 0, 120e6}[i]}, {Stage: "return", Bytes: 48e3, Copied: 48e3}},
			Kernel: &htmlreport.KernelCounts{MinorFaults: 13000 * int64(i+1), MajorFaults: int64(i), VoluntarySwitches: 2100 * int64(i), InvoluntarySwitches: 87},
		}
		for range 9 {
			w.Samples = append(w.Samples, micro(walls[i]*math.Exp(0.03*r.NormFloat64()+0.01)))
		}
		for range 400 {
			w.Latencies = append(w.Latencies, micro(0.004*math.Exp(0.6*r.NormFloat64()+0.4*float64(i))))
		}
		w.Lanes = sampleLanes(r, 5, 600, walls[i], i)
		w.Spent = spentIn(w.Lanes)
		p.Ways = append(p.Ways, w)
	}
	return p
}

// sampleLanes are lanes of a run that took wallSeconds, with count spans each.
func sampleLanes(r *rand.Rand, lanes, count int, wallSeconds float64, way int) []htmlreport.Lane {
	reader := []string{"read", "decode", "wait for memory", "encode", "copy"}
	worker := []string{"wait for input", "compute", "page faults", "return"}
	var all []htmlreport.Lane
	for n := range lanes {
		lane, cycle := htmlreport.Lane{Name: fmt.Sprintf("reader %d", n+1)}, reader[:min(2+way, len(reader))]
		if n >= 2 {
			lane.Name, cycle = fmt.Sprintf("worker %d (pid %d)", n-1, 4242+n), worker
		}
		mean := wallSeconds / float64(count+1)
		at := micro(0.004 * r.Float64())
		lane.Spans = append(lane.Spans, htmlreport.Span{Category: "start-up", Duration: at})
		for i := 0; len(lane.Spans) < count; i++ {
			for k, c := range cycle {
				d := r.ExpFloat64() * mean * []float64{0.2, 2.2, 0.5, 0.4, 1}[k]
				if n >= 2 {
					d *= 0.9
				}
				d = micro(d)
				lane.Spans = append(lane.Spans, htmlreport.Span{Category: c, Chunk: fmt.Sprintf("%d/%d", i/40, i%40), Start: at, Duration: d})
				at += d
			}
		}
		lane.Spans = append(lane.Spans, htmlreport.Span{Category: "merge", Start: at, Duration: wallSeconds / 300})
		all = append(all, lane)
	}
	return all
}

func spentIn(lanes []htmlreport.Lane) []htmlreport.Spent {
	sums := map[string]float64{}
	for _, l := range lanes {
		for _, s := range l.Spans {
			sums[s.Category] += s.Duration
		}
	}
	sums["imbalance"], sums["runtime"], sums["unaccounted"], sums["write"] = 0.021, 0.034, 0.012, 0.003
	sums["wait for a worker"] = 0.05
	var all []htmlreport.Spent
	for _, c := range htmlreport.CategoryNames() {
		all = append(all, htmlreport.Spent{Category: c, Seconds: sums[c]})
	}
	return all
}

func sampleCurves(names []string, xs []float64, wall func(i int, x float64) float64) []htmlreport.Curve {
	var curves []htmlreport.Curve
	for i, name := range names {
		c := htmlreport.Curve{Name: name}
		for _, x := range xs {
			s := micro(wall(i, x))
			c.Points = append(c.Points, htmlreport.Point{X: x, Wall: htmlreport.Estimate{Value: s, Low: s * 0.96, High: s * 1.05}})
		}
		curves = append(curves, c)
	}
	return curves
}

// micro rounds to microseconds, so that processors that round otherwise within a
// sum of products give the same sample.
func micro(seconds float64) float64 { return math.Round(seconds*1e6) / 1e6 }

var explanations = map[string]string{
	"start-up":          "creating processes, mapping memory, opening files",
	"read":              "getting bytes of the input from the file",
	"decode":            "turning them into column buffers",
	"encode":            "writing a chunk in a codec before it is handed over",
	"copy":              "moving bytes from one process to another",
	"page faults":       "the kernel's time for mapping pages that are touched first",
	"wait for input":    "a worker has no chunk",
	"wait for memory":   "a reader has no room in the arena",
	"wait for a worker": "a chunk is ready and nobody takes it",
	"compute":           "running the stages on chunks",
	"imbalance":         "done while others still work",
	"return":            "encoding and sending partials or rows back",
	"merge":             "combining partials, ordering rows",
	"write":             "writing the result",
	"runtime":           "collecting garbage and scheduling",
	"unaccounted":       "what nobody has named",
}
