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

// withSlowMerge is weir's catalog with an aggregate whose partials are slow to
// combine: slow_merge(x), the largest x.
func withSlowMerge() stages.Catalog {
	c := stages.Builtin()
	aggs, err := c.Aggregates().With(agg.Func{
		Name: "slow_merge", Doc: "the largest value, slow to combine", MinArgs: 1, MaxArgs: 1,
		Plan: func(args []block.Type, _ []float64) (agg.Recipe, error) {
			return agg.Recipe{
				Type:   block.Type{Kind: block.Float},
				States: []agg.Kept{{ID: "slow_merge", New: func() agg.State { return new(largest) }}},
				Finish: func(_ int64, states []agg.State, group int) (result.Value, error) {
					return result.Float(states[0].(*largest).of[group]), nil
				},
			}, nil
		},
	})
	if err != nil {
		panic(err) // the name is free
	}
	return c.WithAggregates(aggs)
}

// largest keeps the largest value of each group.
type largest struct{ of []float64 }

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
	spin(mergeTakes)
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
