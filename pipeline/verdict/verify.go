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
	if len(v.Advices()) == 0 {
		v.Statements = append(v.Statements, Statement{Kind: Remark, Heading: "Nothing to verify", Text: "The verdict advises no change."})
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
		s.Text += fmt.Sprintf(" Measured in %s of its own: %s instead of %s, ", quantity.Count(int64(options.Rounds), "round"), quantity.Duration(m.Changed), quantity.Duration(m.Wall))
		switch {
		case m.Hi > 0 && !m.Different:
			s.Text += fmt.Sprintf("which shows no difference (%.2f to %.2f times as fast).", m.Lo, m.Hi)
		case m.Hi > 0:
			s.Text += fmt.Sprintf("%s as fast (%.2f to %.2f).", times(m.Gain()), m.Lo, m.Hi)
		default:
			s.Text += fmt.Sprintf("%s as fast.", times(m.Gain()))
		}
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
		path, err := decodeOnce(ctx, job, a.Columns, o, options.TempDir)
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
		a.Measured.Lo, a.Measured.Hi, a.Measured.Different = p.Against.Lo, p.Against.Hi, p.Against.Different
	}
	return nil
}

// decodeOnce writes the columns that a job reads to an Arrow file, which the
// caller removes.
func decodeOnce(ctx context.Context, job pipeline.Job, columns []string, o pipeline.Options, dir string) (path string, err error) {
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
	decode := pipeline.Options{Rows: rows, Types: o.Types, Comma: o.Comma, Logger: o.Logger, Catalog: o.Catalog, MemoryLimitBytes: o.MemoryLimitBytes}
	if _, err := pipeline.Run(ctx, pipeline.Job{Inputs: job.Inputs, Select: ColumnList(columns)}, decode); err != nil {
		return "", err
	}
	if err := errors.Join(rows.Close(), buffered.Flush()); err != nil {
		return "", err
	}
	return filepath.Clean(f.Name()), nil
}

// ColumnList is a list of columns as a job selects them.
func ColumnList(columns []string) string {
	list := ""
	for i, c := range columns {
		if i > 0 {
			list += ", "
		}
		list += "`" + c + "`"
	}
	return list
}
