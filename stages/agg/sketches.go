package agg

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/order"
	"github.com/weir-pipeline/weir/stages/result"
)

// defaultRelativeError is that of approx_quantile without a third argument.
const defaultRelativeError = 0.01

func planApproxQuantile(args []block.Type, params []float64) (Recipe, error) {
	p, err := newFraction(params[0])
	if err != nil {
		return Recipe{}, err
	}
	alpha := defaultRelativeError
	if len(params) > 1 {
		alpha = params[1]
	}
	accuracy, err := order.NewAccuracy(alpha)
	if err != nil {
		return Recipe{}, fmt.Errorf("takes a relative error from %v to %v, not %v", order.LeastError, order.MostError, alpha)
	}
	switch k := args[0].Kind; k {
	case block.Null:
		return alwaysNull(), nil
	case block.Date, block.Timestamp:
		return Recipe{}, fmt.Errorf("does not take a %s: a point in time has no relative error; quantile takes it", k)
	case block.String:
		return Recipe{}, fmt.Errorf("does not take a string; min, max and count do")
	}
	return Recipe{
		Type:   block.Type{Kind: block.Float},
		States: []Kept{{ID: fmt.Sprint("sketch ", alpha), New: func() State { return &sketches{accuracy: accuracy} }}},
		Finish: func(n int64, s []State, g int) (result.Value, error) {
			if n == 0 {
				return result.Null(), nil
			}
			sketch := &s[0].(*sketches).groups[g]
			if sketch.NaN() {
				return result.Float(math.NaN()), nil
			}
			rank, _ := p.position(n)
			x, err := sketch.At(rank)
			return result.Float(x), err
		},
	}, nil
}

// sketches is a sketch of each group.
type sketches struct {
	accuracy  order.Accuracy
	groups    []order.Sketch
	sizeBytes int64 // of what groups point to
	floats    []float64
}

// Resize makes room for groups.
func (s *sketches) Resize(groups int) {
	from := len(s.groups)
	s.groups = grow(s.groups, groups)
	for i := from; i < len(s.groups); i++ {
		s.groups[i].Accuracy = s.accuracy
	}
}

// Update adds rows.
func (s *sketches) Update(ids []uint32, args []*block.Vector, n int) error {
	if ids == nil {
		s.UpdateRun(0, args, n)
		return nil
	}
	for i, x := range s.values(args[0], n) {
		g := &s.groups[ids[i]]
		before := g.SizeBytes()
		g.Add(x)
		s.sizeBytes += g.SizeBytes() - before
	}
	return nil
}

// UpdateRun adds rows of one group.
func (s *sketches) UpdateRun(group int, args []*block.Vector, n int) {
	g := &s.groups[group]
	before := g.SizeBytes()
	g.AddSlice(s.values(args[0], n))
	s.sizeBytes += g.SizeBytes() - before
}

// values is the first n values of v as floats.
func (s *sketches) values(v *block.Vector, n int) []float64 {
	if v.Type.Kind == block.Float {
		return v.Float[:n]
	}
	s.floats = s.floats[:0]
	switch v.Type.Kind {
	case block.Uint:
		for _, u := range v.Uint[:n] {
			s.floats = append(s.floats, float64(u))
		}
	case block.Bool:
		for _, b := range v.Bool[:n] {
			s.floats = append(s.floats, float64(boolRank(b)))
		}
	default:
		for _, i := range v.Int[:n] {
			s.floats = append(s.floats, float64(i))
		}
	}
	return s.floats
}

// Merge adds the groups of from.
func (s *sketches) Merge(from State, ids []uint32) error {
	other, ok := from.(*sketches)
	if !ok || other.accuracy != s.accuracy {
		return errOtherState
	}
	for g := range other.groups {
		at := g
		if ids != nil {
			at = int(ids[g])
		}
		before := s.groups[at].SizeBytes()
		s.groups[at].Merge(&other.groups[g])
		s.sizeBytes += s.groups[at].SizeBytes() - before
	}
	return nil
}

// AppendBinary appends a group.
func (s *sketches) AppendBinary(dst []byte, group int) []byte {
	return s.groups[group].AppendBinary(dst)
}

// Decode reads a group.
func (s *sketches) Decode(src []byte, group int) ([]byte, error) {
	rest, err := s.groups[group].Decode(src)
	s.sizeBytes += s.groups[group].SizeBytes()
	return rest, err
}

// SizeBytes is the memory that the state holds.
func (s *sketches) SizeBytes() int64 {
	return s.sizeBytes + int64(cap(s.groups))*int64(unsafe.Sizeof(order.Sketch{})) + int64(cap(s.floats))*8
}
