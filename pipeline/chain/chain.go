package chain

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/stages/agg"
	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/expr"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// Chain runs a spec on chunks. It belongs to one goroutine and reuses all its
// memory from block to block.
type Chain struct {
	program *program
	block   *block.Block

	plan      *agg.Plan // nil: rows
	partial   *agg.Partial
	keepBytes int64 // Spec.KeepBytes
	inputs    []*expr.Evaluator
	keys      []*block.Vector
	args      []*block.Vector

	columns []*block.Vector
	rows    []byte
}

// New is a chain that has seen no chunk.
func New(s Spec, catalog stages.Catalog) (*Chain, error) {
	p, err := compile(s, catalog)
	if err != nil {
		return nil, err
	}
	ch := &Chain{program: p, block: block.New(s.Columns), plan: p.plan, keepBytes: s.KeepBytes}
	if p.plan != nil {
		ch.partial = p.plan.NewPartial()
		ch.keys = make([]*block.Vector, len(p.by))
		ch.args = make([]*block.Vector, len(p.inputs))
		for _, e := range p.inputs {
			ch.inputs = append(ch.inputs, e.Evaluator())
		}
	}
	ch.columns = make([]*block.Vector, len(p.chosen))
	return ch, nil
}

// Run handles one chunk. An error about a row is, or wraps, a
// *stages.RowError with the row of the chunk. After an error the chain is spent.
func (ch *Chain) Run(c *chunk.Chunk) error {
	for start := 0; start < c.Rows; start += block.Rows {
		ch.block.Reset(c, start, min(block.Rows, c.Rows-start))
		if err := ch.runBlock(); err != nil {
			return ch.inChunk(err)
		}
	}
	return nil
}

func (ch *Chain) runBlock() error {
	for _, s := range ch.program.stages {
		if err := s.Run(ch.block); err != nil {
			return err
		}
		if ch.block.Len() == 0 {
			return nil
		}
	}
	if ch.plan == nil {
		for i, at := range ch.program.chosen {
			ch.columns[i] = ch.block.Column(at)
		}
		ch.rows = appendRows(ch.rows, ch.columns, ch.block.Len())
		return nil
	}
	for i, at := range ch.program.by {
		ch.keys[i] = ch.block.Column(at)
	}
	for i, e := range ch.inputs {
		v, err := e.Eval(ch.block)
		if err != nil {
			return err
		}
		ch.args[i] = v
	}
	c := ch.block.Chunk()
	first, rows := ch.block.ChunkRows()
	ch.partial.At(agg.Place{Split: c.Split, First: c.FirstRow + int64(first), Rows: rows})
	if err := ch.partial.Update(ch.keys, ch.args, ch.block.Len()); err != nil {
		return err
	}
	ch.shed()
	return nil
}

// shed keeps the values in order within the memory that they may take.
func (ch *Chain) shed() {
	if ch.keepBytes > 0 {
		ch.partial.Shed(ch.keepBytes)
	}
}

// inChunk turns the row of a block, of which an error speaks, into that of the
// chunk.
func (ch *Chain) inChunk(err error) error {
	var staged *stages.RowError
	var computed *expr.RowError
	switch {
	case errors.As(err, &staged):
		return &stages.RowError{Row: ch.block.ChunkRow(staged.Row), Err: staged.Err}
	case errors.As(err, &computed):
		return &stages.RowError{Row: ch.block.ChunkRow(computed.Row), Err: computed.Err}
	}
	return err
}

// TakeRows appends the rows collected since the last call. There are none when
// the chain aggregates.
func (ch *Chain) TakeRows(dst []byte) []byte {
	dst = append(dst, ch.rows...)
	ch.rows = ch.rows[:0]
	return dst
}

// TakePartial appends the encoded partial of the chunks since the last call.
// It is empty when the chain collects rows.
func (ch *Chain) TakePartial(dst []byte) []byte {
	if ch.plan == nil {
		return dst
	}
	ch.partial.Settle()
	dst = ch.partial.AppendBinary(dst)
	ch.partial.Reset()
	return dst
}

// Settle says that no chunks follow: what is not likely to be needed of them is
// given up.
func (ch *Chain) Settle() {
	if ch.plan != nil {
		ch.partial.Settle()
	}
}

// Merge adds what other, a chain of the same spec, has aggregated.
func (ch *Chain) Merge(other *Chain) error {
	if ch.plan == nil {
		return nil
	}
	if err := ch.partial.Merge(other.partial); err != nil {
		return err
	}
	ch.shed()
	return nil
}

// MergeBytes adds what TakePartial of a chain of the same spec appended. The
// bytes are not trusted.
func (ch *Chain) MergeBytes(encoded []byte) error {
	if ch.plan == nil {
		return nil
	}
	other, err := ch.plan.Decode(encoded)
	if err != nil {
		return err
	}
	if err := ch.partial.Merge(other); err != nil {
		return err
	}
	ch.shed()
	return nil
}

// Refine says which values the result lacks, because they have been shed: nil
// if it lacks none. before is what the passes before this one have found, nil
// for the first.
func (ch *Chain) Refine(before *agg.Refinement) (*agg.Refinement, error) {
	if ch.plan == nil {
		return nil, nil
	}
	return ch.partial.Refine(before)
}

// Complete adds the values that had been shed, after which there is a Result.
func (ch *Chain) Complete(r *agg.Refinement) error { return ch.partial.Complete(r) }

// Aggregates tells whether the result is aggregates, not rows.
func (ch *Chain) Aggregates() bool { return ch.plan != nil }

// Columns are the columns of the result.
func (ch *Chain) Columns() []result.Column {
	if ch.plan != nil {
		return ch.plan.Columns()
	}
	columns := make([]result.Column, len(ch.program.chosen))
	for i, at := range ch.program.chosen {
		columns[i] = result.Column{Name: ch.program.out[at].Name, Type: ch.program.out[at].Type}
	}
	return columns
}

// Result finishes the aggregates.
func (ch *Chain) Result() (*result.Table, error) { return ch.partial.Result() }

// SizeBytes is the memory that the partial holds.
func (ch *Chain) SizeBytes() int64 {
	if ch.plan == nil {
		return int64(cap(ch.rows))
	}
	return ch.partial.SizeBytes()
}

// CheckSize is a *SizeError if the groups take more than limitBytes; 0 is no
// limit.
func (ch *Chain) CheckSize(limitBytes int64) error {
	if limitBytes <= 0 || ch.plan == nil {
		return nil
	}
	if size := ch.SizeBytes(); size > limitBytes {
		heavy, lighter := ch.plan.Lighter()
		return &SizeError{SizeBytes: size, LimitBytes: limitBytes, Heavy: heavy, Lighter: lighter}
	}
	return nil
}

// SizeError says that there are too many groups for the memory, or that their
// aggregates keep too much.
type SizeError struct {
	SizeBytes, LimitBytes int64
	Heavy, Lighter        string // an aggregate, and one that takes less memory; may be empty
}

func (e *SizeError) Error() string {
	text := fmt.Sprintf("the groups of one lane take %d MiB, of %d MiB that the memory limit leaves it: ", e.SizeBytes>>20, e.LimitBytes>>20)
	if e.Lighter != "" {
		text += fmt.Sprintf("use %s instead of %s, ", e.Lighter, e.Heavy)
	}
	return text + "raise --memory-limit, use fewer --workers, or group by less"
}

// planAggregates shares the arguments of calls that are written alike and
// checks the calls. With a refinement, only the calls that it needs are planned.
func (p *program) planAggregates(catalog agg.Catalog, calls []expr.Call, refine *agg.Refinement) error {
	var spec agg.Spec
	for _, i := range p.by {
		spec.Keys = append(spec.Keys, block.Field{Name: p.out[i].Name, Type: p.out[i].Type})
	}
	var texts []string
	for i, c := range calls {
		if refine != nil && !refine.Needs(i) {
			spec.Calls = append(spec.Calls, agg.Call{Skip: true})
			continue
		}
		call := agg.Call{Name: c.Name, Func: c.Func}
		f, err := catalog.Lookup(c.Func)
		if err != nil {
			return c.Errorf("%v", err)
		}
		if f.Usage != "" && len(c.Args) < f.MinArgs+f.Params {
			return c.Errorf("%s is called as %s", c.Func, f.Usage)
		}
		values := c.Args[:f.Split(len(c.Args))]
		for _, a := range c.Args[len(values):] {
			number, err := strconv.ParseFloat(a.Text, 64)
			if err != nil {
				return a.Errorf("%s needs a number here, such as 0.5", c.Func)
			}
			call.Params = append(call.Params, number)
		}
		for _, a := range values {
			at := slices.Index(texts, a.Text)
			if at < 0 {
				e, err := a.Compile(p.out)
				if err != nil {
					return err
				}
				at = len(texts)
				texts = append(texts, a.Text)
				p.inputs = append(p.inputs, e)
				p.uses = append(p.uses, e.Columns()...)
				spec.Args = append(spec.Args, e.Type())
			}
			call.Args = append(call.Args, at)
		}
		one := spec
		one.Calls = []agg.Call{call}
		if _, err := agg.NewPlan(catalog, one); err != nil {
			return c.Errorf("%v", err)
		}
		spec.Calls = append(spec.Calls, call)
	}
	plan, err := agg.NewPlan(catalog, spec)
	if err == nil && refine != nil {
		plan, err = plan.Narrow(refine)
	}
	p.plan = plan
	return err
}
