package main

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/chrometrace"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/storage/atomicfile"
)

func traceFlag() cli.Flag {
	return &cli.StringFlag{Name: "trace", Usage: "write when each lane did what to `FILE`.json or .json.gz, for ui.perfetto.dev or chrome://tracing"}
}

// trace is the file of --trace. It is opened before the run, as that of
// --report is. Without the flag, file is nil.
type trace struct {
	file   *atomicfile.File
	zipped bool
}

func newTrace(c *cli.Context, inputs []string) (trace, error) {
	path := c.String("trace")
	if path == "" {
		return trace{}, nil
	}
	name := strings.ToLower(path)
	zipped := strings.HasSuffix(name, ".json.gz")
	if !zipped && !strings.HasSuffix(name, ".json") {
		return trace{}, usagef("--trace %s: traces are written as JSON: use a name that ends in .json or .json.gz", path)
	}
	if err := refuseInputs("--trace", path, inputs); err != nil {
		return trace{}, err
	}
	for _, other := range []string{"output", "report"} {
		if target := c.String(other); target != "" && place(target) == place(path) {
			return trace{}, usagef("--trace and --%s name the same file, %s", other, path)
		}
	}
	file, err := atomicfile.Create(path)
	if err != nil {
		return trace{}, fmt.Errorf("--trace: %w", err)
	}
	return trace{file, zipped}, nil
}

// place is where path leads, with links followed as far as it exists.
func place(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(dir, filepath.Base(path))
	}
	return path
}

// wanted tells whether runs are to be recorded.
func (t trace) wanted() bool { return t.file != nil }

// write completes the file with the runs.
func (t trace) write(logger *slog.Logger, runs ...chrometrace.Run) error {
	if t.file == nil {
		return nil
	}
	for _, r := range runs {
		if dropped := r.Trace.Dropped(); dropped > 0 {
			logger.Warn("the trace is not whole: there were more spans than are kept", "run", r.Name, "missing", dropped)
		}
	}
	var out io.Writer = t.file
	end := func() error { return nil }
	if t.zipped {
		zip := gzip.NewWriter(t.file)
		out, end = zip, zip.Close
	}
	err := chrometrace.Write(out, version(), runs)
	if err = errors.Join(err, end()); err == nil {
		err = t.file.Commit()
	}
	if err != nil {
		return fmt.Errorf("--trace: %w", err)
	}
	return nil
}

// abort leaves no file behind unless write has completed it.
func (t trace) abort() {
	if t.file != nil {
		t.file.Abort()
	}
}

// runTrace is the trace of one run.
func runTrace(r pipeline.Report) chrometrace.Run {
	way := compare.Way{Mode: r.Mode, Codec: r.Codec, Workers: r.Workers}
	return chrometrace.Run{Name: way.String(), Mode: string(r.Mode), Digest: r.Digest, Trace: r.Trace}
}

// comparisonTraces are the traces of one run of each way, the one nearest to the
// median wall time.
func comparisonTraces(c *compare.Comparison) []chrometrace.Run {
	var runs []chrometrace.Run
	for i := range c.Rows {
		if r := c.Rows[i].Recorded(); r != nil {
			run := runTrace(*r)
			run.Name = c.Rows[i].Way.String()
			runs = append(runs, run)
		}
	}
	return runs
}
