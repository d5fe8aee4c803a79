package compare

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/weir-pipeline/weir/pipeline"
)

// WriteCSV writes a line for each counted run, in the order they were made.
func (c *Comparison) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	out.Write([]string{"way", "mode", "codec", "workers", "chunk_rows", "round", "position", "wall_s", "cpu_s", "resident", "digest"})
	for _, r := range c.runs() {
		resident := ""
		if r.sample.Resident != NotKnown {
			resident = decimal(r.sample.Resident)
		}
		out.Write([]string{
			r.way.String(), string(r.report.Mode), r.report.Codec, strconv.Itoa(r.report.Workers), strconv.Itoa(r.report.ChunkRows),
			strconv.Itoa(r.sample.Round), strconv.Itoa(r.sample.Position),
			decimal(r.sample.Wall.Seconds()), decimal(r.report.Usage.CPU.Seconds()), resident, r.report.Digest,
		})
	}
	out.Flush()
	return out.Error()
}

// WriteBenchmark writes the counted runs in the Go benchmark format, which
// benchstat reads: a line of one iteration for each, in the order they were
// made.
func (c *Comparison) WriteBenchmark(w io.Writer) error {
	out := bufio.NewWriter(w)
	e := c.Environment
	fmt.Fprintf(out, "goos: %s\ngoarch: %s\npkg: github.com/weir-pipeline/weir\n", e.OS, e.Arch)
	for _, line := range [][2]string{
		{"cpu", e.CPU}, {"kernel", e.Kernel}, {"go", e.Go}, {"weir", e.Weir},
		{"cache", string(c.Cache)}, {"seed", strconv.FormatUint(c.Seed, 10)}, {"digest", c.Digest},
	} {
		if line[1] != "" {
			fmt.Fprintf(out, "%s: %s\n", line[0], line[1])
		}
	}
	fmt.Fprint(out, "Unit ns/op better=lower assume=nothing\nUnit cpu-ns/op better=lower assume=nothing\n")
	fmt.Fprint(out, "Unit B/s better=higher assume=nothing\nUnit rows/s better=higher assume=nothing\n\n")
	suffix := ""
	if n := cmp.Or(e.GOMAXPROCS, runtime.GOMAXPROCS(0)); n > 1 {
		suffix = fmt.Sprintf("-%d", n)
	}
	for _, r := range c.runs() {
		fmt.Fprintf(out, "%s%s 1 %d ns/op %d cpu-ns/op", r.benchmark(), suffix, r.sample.Wall.Nanoseconds(), r.report.Usage.CPU.Nanoseconds())
		if s := r.sample.Wall.Seconds(); s > 0 {
			fmt.Fprintf(out, " %.0f B/s %.0f rows/s", float64(r.report.Bytes.Read)/s, float64(r.report.Rows)/s)
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}

// counted is one counted run.
type counted struct {
	way    Way
	sample Sample
	report pipeline.Report
}

// runs are the counted runs of all ways, in the order they were made.
func (c *Comparison) runs() []counted {
	var all []counted
	for _, s := range c.Rows {
		for i := range s.Samples {
			all = append(all, counted{s.Way, s.Samples[i], s.Reports[i]})
		}
	}
	slices.SortFunc(all, func(a, b counted) int {
		return cmp.Or(cmp.Compare(a.sample.Round, b.sample.Round), cmp.Compare(a.sample.Position, b.sample.Position))
	})
	return all
}

// benchmark is the benchmark's name. It says what was asked for, and what the
// run took where nothing was.
func (r counted) benchmark() string {
	parts := []string{"BenchmarkCompare", "mode=" + string(r.way.Mode)}
	if r.report.Codec != "" {
		parts = append(parts, "codec="+r.report.Codec)
	}
	parts = append(parts,
		fmt.Sprintf("workers=%d", cmp.Or(r.way.Workers, r.report.Workers)),
		fmt.Sprintf("chunk-rows=%d", cmp.Or(r.way.ChunkRows, r.report.ChunkRows)))
	if r.way.Repeat > 0 {
		parts = append(parts, fmt.Sprintf("repeat=%d", r.way.Repeat))
	}
	return strings.Join(parts, "/")
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
