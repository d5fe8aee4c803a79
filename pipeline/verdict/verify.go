package verdict

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/pipeline/quantity"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/ipcwriter"
)

// VerifyOptions say how to verify advice. The zero value works.
type VerifyOptions struct {
	// Rounds of the run without and with each change. Default: 7.
	Rounds int

	// Cache is the state of the page cache in which the advice was found.
	// Default: warm.
	Cache compare.Cache

	// TempDir is where an input is decoded to. Default: os.TempDir().
	TempDir string

	// Progress is told what is verified next. Default: nobody is.
	Progress func(a *Advice)
}

// Verify makes every change that the verdict advises, measures what it gives,
// and puts that beside what was predicted. o has the options of the runs that
// the verdict is about, save their way.
func (v *Verdict) Verify(ctx context.Context, job pipeline.Job, o pipeline.Options, options VerifyOptions) error {
	if options.Rounds == 0 {
		options.Rounds = 7
	}
	for i := range v.Statements {
		s := &v.Statements[i]
		if s.Advice == nil {
			continue
		}
		if options.Progress != nil {
			options.Progress(s.Advice)
		}
		if err := s.Advice.verify(ctx, job, o, options); err != nil {
			return fmt.Errorf("verifying %q: %w", s.Advice.Text, err)
		}
		m := s.Advice.Measured
		s.Text += fmt.Sprintf(" Measured: %s instead of %s, %s as fast", quantity.Duration(m.Changed), quantity.Duration(m.Wall), times(m.Gain()))
		if m.Hi > 0 {
			s.Text += fmt.Sprintf(" (%.2f to %.2f)", m.Lo, m.Hi)
		}
		s.Text += "."
	}
	return nil
}

func (a *Advice) verify(ctx context.Context, job pipeline.Job, o pipeline.Options, options VerifyOptions) error {
	without := compare.Side{Name: "as it was", Job: job, Options: a.Base.Apply(o), Cache: options.Cache}
	with := without
	with.Name, with.Options = "changed", a.Change.Apply(without.Options)
	if a.Change.Warm {
		with.Cache = compare.Warm
	}
	if a.Change.Arrow {
		path, err := decodeOnce(ctx, job, o, options.TempDir)
		if err != nil {
			return fmt.Errorf("decoding the input to an Arrow file: %w", err)
		}
		defer os.Remove(path)
		with.Job.Inputs = []string{path}
		with.Options.ChunkRows = 0 // what suits a mapped file is another size
	}
	p, err := compare.Pair(ctx, without, with, options.Rounds)
	if err != nil {
		return err
	}
	a.Measured = &Measured{Wall: p.A, Changed: p.B}
	if p.Against.Known() {
		a.Measured.Lo, a.Measured.Hi = p.Against.Lo, p.Against.Hi
	}
	return nil
}

// decodeOnce writes the columns that a job reads to an Arrow file, which the
// caller removes.
func decodeOnce(ctx context.Context, job pipeline.Job, o pipeline.Options, dir string) (path string, err error) {
	f, err := os.CreateTemp(dir, "weir-decoded-*.arrow")
	if err != nil {
		return "", err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	buffered := bufio.NewWriterSize(f, 1<<20)
	rows := result.NewChunks(func(schema chunk.Schema) (result.ChunkWriter, error) {
		return ipcwriter.New(buffered, schema, ipcwriter.Options{})
	})
	columns, err := pipeline.Columns(ctx, job, o)
	if err != nil {
		return "", err
	}
	decode := pipeline.Options{Rows: rows, Types: o.Types, Comma: o.Comma, Logger: o.Logger, Catalog: o.Catalog, MemoryLimitBytes: o.MemoryLimitBytes}
	if _, err := pipeline.Run(ctx, pipeline.Job{Inputs: job.Inputs, Select: quoted(columns)}, decode); err != nil {
		return "", err
	}
	if err := errors.Join(rows.Close(), buffered.Flush()); err != nil {
		return "", err
	}
	return filepath.Clean(f.Name()), nil
}

// quoted is a list of columns as a job selects them.
func quoted(columns []string) string {
	list := ""
	for i, c := range columns {
		if i > 0 {
			list += ", "
		}
		list += "`" + c + "`"
	}
	return list
}
