package agg

import (
	"errors"
	"fmt"
	"slices"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/group"
	"github.com/weir-pipeline/weir/stages/result"
)

// Partial is what the aggregates of a plan have come to after some rows. It
// belongs to one goroutine.
type Partial struct {
	plan   *Plan
	groups *group.Table
	rows   []int64 // by group, without those that are staged; one group if there are no keys
	inputs []kept
	finish [][]State // by call: the states it finishes from
	ids    []uint32  // of the rows of one block
	place  Place     // of the rows of the next Update
	stage  *stage    // of inputs that have a value in every row
}

// kept is what a partial keeps for one input.
type kept struct {
	nulls  []int64 // by group: rows in which an argument was null
	states []State
	placed []Placed // those of states that are told where rows are

	staged *staged // values on their way to the runners; nil where it does not pay
	others []State // those of states that are not among its runners
	own    *stage  // of this input alone, from its first null on
	sparse bool    // it has had one: own is its stage

	// Of the rows of one block without a null:
	vectors  []*block.Vector
	dense    []block.Vector // copies, where rows had to be left out
	denseIDs []uint32
	rows     []int32
}

// maxRows bounds the count of a group, far from where int64 wraps.
const maxRows = 1 << 60

var errTooManyRows = errors.New("a group has more than 2^60 rows")

// Update adds n rows. keys has a vector per key, args one per distinct argument.
// The vectors stay the caller's; it may change them after. After an error, here
// or of Merge, the partial is only fit for being dropped.
func (p *Partial) Update(keys, args []*block.Vector, n int) error {
	if n == 0 {
		return nil
	}
	var ids []uint32
	if len(p.plan.types) == 0 {
		p.rows[0] += int64(n)
	} else {
		ids = slices.Grow(p.ids[:0], n)[:n]
		p.ids = ids
		if err := p.groups.Assign(keys, n, ids); err != nil {
			return err
		}
		p.resize(p.groups.Len())
	}
	for i := range p.inputs {
		if err := p.inputs[i].update(p, &p.plan.inputs[i], ids, args, n); err != nil {
			return err
		}
	}
	switch {
	case ids == nil:
	case p.stage != nil && len(p.stage.members) > 0:
		p.stage.add(ids, p.rows)
	default:
		count(p.rows, ids)
	}
	p.place = p.place.after(n)
	return nil
}

func count(rows []int64, ids []uint32) {
	for _, id := range ids {
		rows[id]++
	}
}

func (k *kept) update(p *Partial, in *input, ids []uint32, args []*block.Vector, n int) error {
	nulls, place, all := false, p.place, n
	for i, a := range in.args {
		v := args[a]
		k.vectors[i] = v
		if v.Len < n || v.Type.Kind != in.kinds[i].Kind {
			return fmt.Errorf("argument %d is %d rows of %s, want %d of %s", a+1, v.Len, v.Type.Kind, n, in.kinds[i].Kind)
		}
		nulls = nulls || v.Null != nil || v.Type.Kind == block.Null
	}
	if nulls {
		ids, n = k.compact(ids, n)
		if n < all && k.staged != nil && !k.sparse {
			k.leave(p.stage, len(k.nulls))
		}
		if n == 0 {
			return nil
		}
		if n < all && len(k.placed) > 0 {
			place = place.of(k.rows[:n])
		}
	}
	for _, s := range k.placed {
		s.Place(place)
	}
	states := k.states
	if k.staged != nil {
		states = k.others
		k.staged.source = values8(k.vectors[0], n)
		if k.sparse {
			k.own.add(ids, nil)
		}
	}
	for _, s := range states {
		if err := s.Update(ids, k.vectors, n); err != nil {
			return err
		}
	}
	return nil
}

// resize makes room for groups.
func (p *Partial) resize(groups int) {
	if groups <= len(p.rows) {
		return
	}
	p.rows = grow(p.rows, groups)
	for i := range p.inputs {
		k := &p.inputs[i]
		k.nulls = grow(k.nulls, groups)
		for _, s := range k.states {
			s.Resize(groups)
		}
		if k.sparse && groups <= stageGroups {
			k.own.resize(groups)
		}
	}
	switch {
	case p.stage == nil:
	case groups <= stageGroups:
		p.stage.resize(groups)
	default:
		p.settle()
		p.stage = nil
		for i := range p.inputs {
			p.inputs[i].unstage()
		}
	}
}

// begin makes the partial one of no rows, with room for the groups of a table.
func (p *Partial) begin(groups *group.Table) {
	p.groups, p.place = groups, Place{}
	clear(p.rows)
	p.rows = p.rows[:0]
	for i, in := range p.plan.inputs {
		k := &p.inputs[i]
		clear(k.nulls)
		k.nulls = k.nulls[:0]
		k.states = make([]State, len(in.kept))
		k.placed = k.placed[:0]
		for j, kept := range in.kept {
			s := kept.New()
			k.states[j] = s
			if s, ok := s.(Seeker); ok && len(p.plan.types) == 0 {
				s.Seek(func(n int64) []int64 { return p.plan.ranks(i, j, n) })
			}
			if s, ok := s.(Placed); ok {
				k.placed = append(k.placed, s)
			}
		}
		pair(k.states)
	}
	p.shareOut()
	p.setStage()
	if len(p.plan.types) == 0 {
		p.resize(1)
		return
	}
	p.resize(groups.Len())
}

// shareOut gives every call the states that it finishes from.
func (p *Partial) shareOut() {
	p.finish = p.finish[:0]
	for _, c := range p.plan.calls {
		states := make([]State, len(c.states))
		for i, s := range c.states {
			states[i] = p.inputs[c.input].states[s]
		}
		p.finish = append(p.finish, states)
	}
}

// Reset makes the partial one of no rows. It keeps memory, and the numbers of
// its groups if they are not many, for the rows to come: a worker that sends a
// partial for each chunk does better to reset one than to make new ones.
func (p *Partial) Reset() {
	if p.groups.Len() <= stageGroups {
		p.begin(p.groups)
		return
	}
	p.begin(group.New(p.plan.types))
}

// order is the groups that have rows, in key order; without keys the one group.
// A group that is left from before a Reset has none.
func (p *Partial) order() []uint32 {
	p.settle()
	if len(p.plan.types) == 0 {
		return []uint32{0}
	}
	return slices.DeleteFunc(p.groups.Order(), func(g uint32) bool { return p.rows[g] == 0 })
}

// grow is s with zeros up to length n.
func grow[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	if n <= cap(s) {
		return s[:n]
	}
	wide := make([]T, n, max(n, 2*cap(s)))
	copy(wide, s)
	return wide
}

// Groups is the number of groups so far; 1 if there are no keys.
func (p *Partial) Groups() int {
	if len(p.plan.types) == 0 {
		return 1
	}
	p.settle()
	n := 0
	for _, r := range p.rows {
		if r > 0 {
			n++
		}
	}
	return n
}

// Rows is the number of rows added.
func (p *Partial) Rows() int64 {
	p.settle()
	var n int64
	for _, r := range p.rows {
		n += r
	}
	return n
}

// Merge adds what from, of the same plan, has added. from means the same after
// as before.
func (p *Partial) Merge(from *Partial) error {
	if p.plan.print != from.plan.print {
		return errOtherPlan
	}
	if p == from {
		return errors.New("a partial cannot be merged into itself")
	}
	from.settle()
	p.settle()
	var ids []uint32
	if len(p.plan.types) > 0 {
		var err error
		if ids, err = p.groups.MergeMap(from.groups); err != nil {
			return err
		}
		p.resize(p.groups.Len())
	}
	for g, n := range from.rows {
		at := g
		if ids != nil {
			at = int(ids[g])
		}
		if p.rows[at]+n > maxRows {
			return errTooManyRows
		}
		p.rows[at] += n
		for i := range p.inputs {
			p.inputs[i].nulls[at] += from.inputs[i].nulls[g]
		}
	}
	for i := range p.inputs {
		for j, s := range p.inputs[i].states {
			if err := s.Merge(from.inputs[i].states[j], ids); err != nil {
				return err
			}
		}
	}
	return nil
}

// Result finishes the aggregates: a row per group in key order; without keys
// always one row, with keys none if there were no rows. The partial may be added
// to after.
func (p *Partial) Result() (*result.Table, error) {
	p.settle()
	table := &result.Table{Columns: p.plan.Columns()}
	order := p.order()
	width := len(table.Columns)
	cells := make([]result.Value, len(order)*width)
	table.Rows = make([][]result.Value, len(order))
	for i, g := range order {
		row := cells[i*width : (i+1)*width : (i+1)*width]
		for k := range p.plan.types {
			row[k] = p.groups.Key(int(g), k)
		}
		if err := p.finishGroup(int(g), row[len(p.plan.types):]); err != nil {
			return nil, err
		}
		table.Rows[i] = row
	}
	return table, nil
}

func (p *Partial) finishGroup(g int, row []result.Value) error {
	if p.plan.ranked {
		for i := range p.inputs {
			for j := range p.inputs[i].states {
				if _, err := p.locate(i, j, g); err != nil {
					return err
				}
			}
		}
	}
	for i := range p.plan.calls {
		c := &p.plan.calls[i]
		n := p.rows[g]
		if c.input >= 0 {
			n -= p.inputs[c.input].nulls[g]
		}
		v, err := c.recipe.Finish(n, p.finish[i], g)
		if err != nil {
			return fmt.Errorf("%s%s: %w", c.name, p.where(g), err)
		}
		row[i] = v
	}
	return nil
}

// where names a group in an error.
func (p *Partial) where(g int) string {
	var text []byte
	for k, key := range p.plan.keys {
		sep := ", "
		if k == 0 {
			sep = " of the group "
		}
		text = append(append(append(text, sep...), key.Name...), " = "...)
		text = result.AppendJSON(text, p.groups.Key(g, k))
	}
	return string(text)
}

// SizeBytes is the memory that the partial holds.
func (p *Partial) SizeBytes() int64 {
	size := p.groups.SizeBytes() + int64(cap(p.rows))*8 + int64(cap(p.ids))*4
	if p.stage != nil {
		size += p.stage.sizeBytes()
	}
	for i := range p.inputs {
		k := &p.inputs[i]
		size += int64(cap(k.nulls))*8 + int64(cap(k.denseIDs))*4 + int64(cap(k.rows))*4
		for _, s := range k.states {
			size += s.SizeBytes()
		}
		if k.staged != nil {
			size += int64(cap(k.staged.values)) * 8
		}
		if k.own != nil {
			size += k.own.sizeBytes()
		}
		for j := range k.dense {
			d := &k.dense[j]
			size += int64(cap(d.Int)+cap(d.Uint)+cap(d.Float))*8 + int64(cap(d.Bool)) + int64(cap(d.Str.Row))*4
		}
	}
	return size
}
