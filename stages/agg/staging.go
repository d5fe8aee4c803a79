package agg

import "github.com/weir-pipeline/weir/stages/block"

// setStage makes the stages, if there are keys and it pays: for one input that it
// pays for, or because several states share the finding of the slots.
func (p *Partial) setStage() {
	pays, runners := false, 0
	for i := range p.inputs {
		k, in := &p.inputs[i], &p.plan.inputs[i]
		old, own := k.staged, k.own
		k.unstage()
		k.own = own
		if len(p.plan.types) == 0 || !in.stageable() {
			continue
		}
		if old == nil {
			old = newStaged(in.kinds[0])
		}
		if k.stageRunners(old) {
			pays = pays || old.pays()
			runners += len(old.runners)
		}
	}
	if !pays && runners < 2 {
		p.stage = nil
		for i := range p.inputs {
			p.inputs[i].unstage()
		}
		return
	}
	if p.stage == nil {
		p.stage = newStage()
	}
	p.stage.reset()
	for i := range p.inputs {
		if k := &p.inputs[i]; k.staged != nil {
			p.stage.join(k.staged)
		}
	}
}

// stageRunners makes s that of the states that are a Runner, if there are any.
func (k *kept) stageRunners(s *staged) bool {
	s.runners = s.runners[:0]
	var others []State
	for _, state := range k.states {
		if r, ok := state.(Runner); ok {
			s.runners = append(s.runners, r)
		} else {
			others = append(others, state)
		}
	}
	if len(s.runners) == 0 {
		return false
	}
	k.staged, k.others = s, others
	return true
}

// leave takes an input that has a null from a stage to its own, or to none.
func (k *kept) leave(shared *stage, groups int) {
	shared.leave(k.staged)
	if !k.staged.pays() {
		k.unstage()
		return
	}
	if k.own == nil {
		k.own = newStage()
	}
	k.own.reset()
	k.own.resize(groups)
	k.own.join(k.staged)
	k.sparse = true
}

// unstage gives staging up; nothing is staged.
func (k *kept) unstage() { k.staged, k.own, k.others, k.sparse = nil, nil, k.states, false }

// settle brings the states up to date with what has been added.
func (p *Partial) settle() {
	if p.stage != nil {
		p.stage.settle(p.rows)
	}
	for i := range p.inputs {
		if k := &p.inputs[i]; k.sparse {
			k.own.settle(nil)
		}
	}
}

// stageable tells whether the input can be staged.
func (in *input) stageable() bool {
	if len(in.kinds) != 1 {
		return false
	}
	switch in.kinds[0].Kind {
	case block.Null, block.Bool, block.String:
		return false
	}
	return true
}

// pays tells whether it is worth while to stage an input by itself.
func (s *staged) pays() bool {
	for _, r := range s.runners {
		switch r.(type) {
		case *floatSums, *floatSquares, *ordered, *sketches:
			return true
		}
	}
	return len(s.runners) >= 3
}
