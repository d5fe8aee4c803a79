package agg

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/order"
)

// Values in order take memory that grows with the rows. Without keys to group
// by, a [Partial] can be told to shed them for counts, which do not grow; the
// rows are then read again, for the values in those ranges alone in which the
// counts say that the wanted ranks are:
//
//	Plan --> Partials, merged --Refine--> Refinement --Narrow--> Plan of the next pass
//	             ^                            |
//	             +---------Complete-----------+  once it is Known
//
// Two passes are enough for most values. Each narrows a range to a part of 2^16, or
// less if there is little memory, so that a few are enough for any.

// Refinement is what is known of the values that the aggregates of a plan need,
// after one pass over the rows or more. It travels to workers as JSON.
type Refinement struct {
	States []RefinedState `json:"states"`
}

// RefinedState is where the wanted values of one state are.
type RefinedState struct {
	Calls  []int         `json:"calls"` // that have the state, by position in Spec.Calls
	State  int           `json:"state"` // among the states of the first of them
	Ranges []order.Range `json:"ranges"`
}

// Needs tells whether the rows have to be read again for a call.
func (r *Refinement) Needs(call int) bool {
	return slices.ContainsFunc(r.States, func(s RefinedState) bool { return !s.known() && slices.Contains(s.Calls, call) })
}

// Known tells whether the rows need not be read again.
func (r *Refinement) Known() bool {
	return !slices.ContainsFunc(r.States, func(s RefinedState) bool { return !s.known() })
}

func (s RefinedState) known() bool {
	return !slices.ContainsFunc(s.Ranges, func(r order.Range) bool { return !r.Known() })
}

// Shed makes the partial give up values in order for counts if they take more
// than limitBytes. It does nothing if there are keys. Merging sheds too if one of
// the two partials has.
func (p *Partial) Shed(limitBytes int64) {
	if !p.plan.ranked || len(p.plan.types) > 0 {
		return
	}
	var sizeBytes, states int64
	p.eachRanked(func(r Ranked) { sizeBytes, states = sizeBytes+r.SizeBytes(), states+1 })
	if sizeBytes > limitBytes {
		p.eachRanked(func(r Ranked) { r.Shed(limitBytes / 2 / states) })
	}
}

func (p *Partial) eachRanked(f func(Ranked)) {
	for i := range p.inputs {
		for _, s := range p.inputs[i].states {
			if r, ok := s.(Ranked); ok {
				f(r)
			}
		}
	}
}

// Refine says what Result lacks: nil if it lacks nothing, because nothing was
// shed. before is what the passes before this one have found; nil for the first.
func (p *Partial) Refine(before *Refinement) (*Refinement, error) {
	if !p.plan.ranked || len(p.plan.types) > 0 {
		return nil, nil
	}
	r := &Refinement{}
	if before != nil {
		r.States = slices.Clone(before.States)
	}
	for i := range p.inputs {
		for j := range p.inputs[i].states {
			ranges, err := p.locate(i, j, 0)
			if err != nil {
				return nil, err
			}
			if ranges == nil {
				continue
			}
			found := RefinedState{Ranges: ranges}
			found.Calls, found.State = p.plan.calling(i, j)
			at := slices.IndexFunc(r.States, func(s RefinedState) bool { return s.Calls[0] == found.Calls[0] && s.State == found.State })
			if at < 0 {
				at = len(r.States)
				r.States = append(r.States, found)
			}
			r.States[at] = found
		}
	}
	if before == nil && r.Known() {
		return nil, nil
	}
	return r, nil
}

// locate finds the values of a group of a state that any of the calls needs.
func (p *Partial) locate(input, state, group int) ([]order.Range, error) {
	s, ok := p.inputs[input].states[state].(Ranked)
	n := p.rows[group] - p.inputs[input].nulls[group]
	if !ok || n == 0 {
		return nil, nil
	}
	return s.Locate(group, p.plan.ranks(input, state, n))
}

// ranks is those of n values of a state that any of the calls needs; they ascend.
func (p *Plan) ranks(input, state int, n int64) (ranks []int64) {
	for i := range p.calls {
		c := &p.calls[i]
		if c.input == input && c.recipe.Ranks != nil && slices.Contains(c.states, state) {
			ranks = append(ranks, c.recipe.Ranks(n)...)
		}
	}
	slices.Sort(ranks)
	return slices.Compact(ranks)
}

// Settle says that no rows will be added to the partial any more, so that it can
// give up values in order that are not likely to be needed. It does nothing if
// there are keys.
func (p *Partial) Settle() {
	if !p.plan.ranked || len(p.plan.types) > 0 {
		return
	}
	p.eachRanked(func(r Ranked) {
		if s, ok := r.(Seeker); ok {
			s.Settle()
		}
	})
}

// calling is the calls that have a state of an input, and its position among the
// states of the first of them.
func (p *Plan) calling(input, state int) (calls []int, at int) {
	for i := range p.calls {
		c := &p.calls[i]
		if k := slices.Index(c.states, state); c.input == input && k >= 0 {
			if calls == nil {
				at = k
			}
			calls = append(calls, i)
		}
	}
	return calls, at
}

// refined is the place of a state.
func (p *Plan) refined(s RefinedState) (input, state int, err error) {
	if len(s.Calls) > 0 && s.Calls[0] >= 0 && s.Calls[0] < len(p.calls) {
		if c := &p.calls[s.Calls[0]]; s.State >= 0 && s.State < len(c.states) {
			return c.input, c.states[s.State], nil
		}
	}
	return 0, 0, fmt.Errorf("state %d of call %v is to be refined, which is not there", s.State, s.Calls)
}

// Complete gives the partial the values that it has shed, of a refinement of its
// plan that is known. Only Result makes sense after.
func (p *Partial) Complete(r *Refinement) error {
	for _, s := range r.States {
		i, j, err := p.plan.refined(s)
		if err != nil {
			return err
		}
		states := p.inputs[i].states
		states[j] = states[j].(Ranked).Narrow(s.Ranges)
	}
	p.shareOut()
	return nil
}

// Narrow is the plan of the next pass. p is of the calls that r needs; the others
// have been skipped. Of its states, those that r has to know more of look for it,
// and the others keep nothing: its partials have no Result.
func (p *Plan) Narrow(r *Refinement) (*Plan, error) {
	if len(p.types) > 0 {
		return nil, errors.New("groups cannot be refined")
	}
	q := *p
	q.inputs = slices.Clone(p.inputs)
	for i := range q.inputs {
		q.inputs[i].kept = slices.Repeat([]Kept{{ID: "idle", New: func() State { return idle{} }}}, len(p.inputs[i].kept))
	}
	for _, s := range r.States {
		if s.known() {
			continue
		}
		i, j, err := p.refined(s)
		if err != nil {
			return nil, err
		}
		kept := p.inputs[i].kept[j]
		ranked, ok := kept.New().(Ranked)
		if !ok {
			return nil, fmt.Errorf("state %s cannot be refined", kept.ID)
		}
		q.inputs[i].kept[j] = Kept{ID: kept.ID, New: func() State { return ranked.Narrow(s.Ranges) }}
	}
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "narrowed %d ", p.print)
	h.Write(text)
	q.print = h.Sum64()
	return &q, nil
}

// idle is a state that keeps nothing.
type idle struct{}

func (idle) Resize(int)                                  {}
func (idle) Update([]uint32, []*block.Vector, int) error { return nil }
func (idle) Merge(State, []uint32) error                 { return nil }
func (idle) AppendBinary(dst []byte, _ int) []byte       { return dst }
func (idle) Decode(src []byte, _ int) ([]byte, error)    { return src, nil }
func (idle) SizeBytes() int64                            { return 0 }
