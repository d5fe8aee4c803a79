package main

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/stages/agg"
	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
)

// mergeTakes is how long slow_merge takes to combine two partials.
const mergeTakes = 40 * time.Millisecond

// withSlowMerge is weir's catalog with two aggregates that give the largest
// value: slow_merge, whose partials are slow to combine, and quick_merge.
func withSlowMerge() stages.Catalog {
	c := stages.Builtin()
	aggs := c.Aggregates()
	for name, takes := range map[string]time.Duration{"slow_merge": mergeTakes, "quick_merge": 0} {
		var err error
		if aggs, err = aggs.With(largestFunc(name, takes)); err != nil {
			panic(err) // the names are free
		}
	}
	return c.WithAggregates(aggs)
}

func largestFunc(name string, takes time.Duration) agg.Func {
	return agg.Func{
		Name: name, Doc: "the largest value", MinArgs: 1, MaxArgs: 1,
		Plan: func(args []block.Type, _ []float64) (agg.Recipe, error) {
			return agg.Recipe{
				Type:   block.Type{Kind: block.Float},
				States: []agg.Kept{{ID: name, New: func() agg.State { return &largest{takes: takes} }}},
				Finish: func(_ int64, states []agg.State, group int) (result.Value, error) {
					return result.Float(states[0].(*largest).of[group]), nil
				},
			}, nil
		},
	}
}

// largest keeps the largest value of each group.
type largest struct {
	of    []float64
	takes time.Duration // to merge
}

func (s *largest) Resize(groups int) {
	for len(s.of) < groups {
		s.of = append(s.of, math.Inf(-1))
	}
}

func (s *largest) Update(ids []uint32, args []*block.Vector, n int) error {
	for i, v := range args[0].Float[:n] {
		group := 0
		if ids != nil {
			group = int(ids[i])
		}
		s.of[group] = max(s.of[group], v)
	}
	return nil
}

func (s *largest) Merge(from agg.State, ids []uint32) error {
	spin(s.takes)
	for g, v := range from.(*largest).of {
		to := g
		if ids != nil {
			to = int(ids[g])
		}
		s.of[to] = max(s.of[to], v)
	}
	return nil
}

func (s *largest) AppendBinary(dst []byte, group int) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(s.of[group]))
}

func (s *largest) Decode(src []byte, group int) ([]byte, error) {
	if len(src) < 8 {
		return nil, errors.New("a value is cut off")
	}
	s.of[group] = math.Float64frombits(binary.LittleEndian.Uint64(src))
	return src[8:], nil
}

func (s *largest) SizeBytes() int64 { return int64(cap(s.of)) * 8 }
