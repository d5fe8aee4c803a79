package main

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"runtime"
	"strings"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/pipeline/quantity"
	"github.com/weir-pipeline/weir/pipeline/verdict"
	"github.com/weir-pipeline/weir/storage/synth"
)

// Sizes of chunks, as Options.ChunkRows.
const (
	wholeChunks = 0 // weir's own size
	singleItems = 1 // one task per item
)

// measurement is the job run in all ways, and what weir says of it.
type measurement struct {
	items      int64
	sum        int64 // of every run
	comparison *compare.Comparison
	verdict    *verdict.Verdict
}

// measure makes a file with the numbers below items at path and sums their
// squares in every mode with each size of chunks, the smallest last. It is an
// error if a sum is not the right one.
func measure(ctx context.Context, path string, items int64, trials int, chunkRows ...int) (*measurement, error) {
	table := synth.Table{Rows: items, Columns: []synth.Column{{Name: "i", Kind: synth.Sequence}}}
	if err := synth.Write(ctx, path, table, synth.WriteOptions{}); err != nil {
		return nil, err
	}
	job := pipeline.Job{Inputs: []string{path}, Aggregate: "sum(i*i)"}
	c, err := compare.Run(ctx, job, compare.Options{Modes: modes(), ChunkRows: chunkRows, Trials: trials})
	if err != nil {
		return nil, err
	}
	e, err := verdict.Gather(ctx, job, pipeline.Options{ChunkRows: chunkRows[len(chunkRows)-1]})
	if err != nil {
		return nil, err
	}
	m := &measurement{items: items, comparison: c, verdict: verdict.OfComparison(asked(c), e)}

	// All runs of the comparison have one digest. One more shows its number.
	res, err := pipeline.Run(ctx, job, pipeline.Options{Mode: pipeline.Sequential})
	if err != nil {
		return nil, err
	}
	m.sum = res.Table.Rows[0][0].Int64()
	if want := sumOfSquares(items); m.sum != want {
		return nil, fmt.Errorf("the sum of the squares of %d numbers is %d, not %d", items, want, m.sum)
	}
	if res.Report.Digest != c.Digest {
		return nil, fmt.Errorf("the digest of the right sum is %s, but the comparison had %s", res.Report.Digest, c.Digest)
	}
	return m, nil
}

// asked is what of a comparison the question is about: the sequential loop, and
// the other modes with the smallest chunks that were compared. A verdict on all
// ways explains of each mode the fastest alone.
func asked(c *compare.Comparison) *compare.Comparison {
	smallest := c.Rows[len(c.Rows)-1].Way.ChunkRows
	part := *c
	part.Rows, part.Fastest = nil, 0
	for i, s := range c.Rows {
		if i == 0 || s.Way.Mode != pipeline.Sequential && s.Way.ChunkRows == smallest {
			part.Rows = append(part.Rows, s)
		}
	}
	for i, s := range part.Rows {
		if s.Median() < part.Rows[part.Fastest].Median() {
			part.Fastest = i
		}
	}
	for i := range part.Rows {
		part.Rows[i].AgainstFastest = part.Against(i, part.Fastest)
		part.Rows[i].AgainstFirst = part.Against(i, 0)
	}
	return &part
}

// modes are those that this system has.
func modes() []pipeline.Mode {
	if runtime.GOOS == "windows" {
		return []pipeline.Mode{pipeline.Sequential, pipeline.Threads}
	}
	return pipeline.Modes()
}

// sumOfSquares is (n-1)n(2n-1)/6, the sum of i*i for i below n.
func sumOfSquares(n int64) int64 {
	product := big.NewInt(n - 1)
	product.Mul(product, big.NewInt(n))
	product.Mul(product, big.NewInt(2*n-1))
	return product.Div(product, big.NewInt(6)).Int64()
}

// write writes the table, where single items are extrapolated to the given
// number, and the sentences of the verdict.
func (m *measurement) write(out io.Writer, extrapolateTo int64) {
	var rows []row
	for i := range m.comparison.Rows {
		s := &m.comparison.Rows[i]
		rows = append(rows, row{
			way: s.Way.String(), items: m.items, wall: s.Median(), perItem: s.Way.ChunkRows == singleItems,
		})
	}
	writeTable(out, rows, rows[0], extrapolateTo)
	fmt.Fprintf(out, "every run: sum %s\n", quantity.Thousands(m.sum))
	fmt.Fprintf(out, "verdict on %s:\n", wayNames(asked(m.comparison)))
	for _, s := range m.verdict.Statements {
		fmt.Fprintf(out, "- %s. %s", s.Heading, s.Text)
		if s.Kind == verdict.Gap && len(s.Causes) > 0 {
			c := s.Causes[0]
			fmt.Fprintf(out, " [%s: %s of its %s]", c.Cause, quantity.Percent(c.Share), quantity.Duration(m.took(s.Way)))
		}
		fmt.Fprintln(out)
	}
}

// took is the median wall time of a way, by its name.
func (m *measurement) took(way string) time.Duration {
	for i := range m.comparison.Rows {
		if s := &m.comparison.Rows[i]; s.Way.String() == way {
			return s.Median()
		}
	}
	return 0
}

func wayNames(c *compare.Comparison) string {
	var names []string
	for _, s := range c.Rows {
		names = append(names, s.Way.String())
	}
	return strings.Join(names, ", ")
}
