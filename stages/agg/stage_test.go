package agg

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
)

// Inputs that share a stage, get a stage of their own at their first null, or give
// staging up there come to the same as without any.
func TestInputsThatShareAStage(t *testing.T) {
	spec := Spec{
		Keys: []block.Field{{Name: "k", Type: intType}},
		Args: []block.Type{floatType, intType, uintType},
		Calls: []Call{
			{Name: "n", Func: "count"},
			{Name: "mean", Func: "mean", Args: []int{0}}, {Name: "max", Func: "max", Args: []int{0}},
			{Name: "least", Func: "min", Args: []int{1}},
			{Name: "sum", Func: "sum", Args: []int{2}}, {Name: "var", Func: "var", Args: []int{2}},
			{Name: "low", Func: "min", Args: []int{2}}, {Name: "first", Func: "first", Args: []int{2}},
		},
	}
	plan := mustPlan(t, spec)
	for _, tt := range []struct {
		name   string
		key    func(rng *rand.Rand, i int) int64
		blocks int
		nulls  [3]int // the block from which an argument has nulls; 0 is never
		all    bool   // they are nothing but nulls
	}{
		{"no nulls", func(rng *rand.Rand, i int) int64 { return rng.Int64N(9) }, 9, [3]int{}, false},
		{"runs that get full at once", func(_ *rand.Rand, i int) int64 { return int64(i) % 500 }, 70, [3]int{}, false},
		{"a null in one input", func(rng *rand.Rand, i int) int64 { return rng.Int64N(9) }, 9, [3]int{3, 0, 0}, false},
		{"a null in an input that is not staged alone", func(rng *rand.Rand, i int) int64 { return rng.Int64N(9) }, 9, [3]int{0, 2, 0}, false},
		{"nulls in all", func(_ *rand.Rand, i int) int64 { return int64(i) % 300 }, 30, [3]int{1, 5, 9}, false},
		{"a block of nulls", func(rng *rand.Rand, i int) int64 { return rng.Int64N(20) }, 9, [3]int{2, 4, 6}, true},
		{"too many groups on the way", func(_ *rand.Rand, i int) int64 { return int64(i) / 8 }, 9, [3]int{1, 0, 0}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(71, 72))
			shared, direct := plan.NewPartial(), plan.NewPartial()
			for round := range 2 {
				unstaged(direct)
				for at := range tt.blocks {
					n := block.Rows - rng.IntN(3)
					k, x, i, u := make([]int64, n), make([]float64, n), make([]int64, n), make([]uint64, n)
					for r := range n {
						k[r] = tt.key(rng, at*block.Rows+r)
						x[r], i[r], u[r] = rng.NormFloat64(), rng.Int64()-1<<62, rng.Uint64()
					}
					args := []*block.Vector{floats(x...), ints(intType, i...), uints(u...)}
					for a, from := range tt.nulls {
						switch {
						case from == 0 || at < from || at%2 == 0 && at > from:
						case tt.all:
							args[a].Null = make([]bool, n)
							for r := range n {
								args[a].Null[r] = true
							}
						default:
							args[a] = withNulls(args[a], 1, rng.IntN(n), n-1)
						}
					}
					keys := []*block.Vector{ints(intType, k...)}
					update(t, shared, keys, args, n)
					update(t, direct, keys, args, n)
					if at == tt.blocks/2 && (shared.Rows() != direct.Rows() || shared.Groups() != direct.Groups()) {
						t.Fatalf("%d rows in %d groups, want %d in %d", shared.Rows(), shared.Groups(), direct.Rows(), direct.Groups())
					}
				}
				if got, want := rowsOf(t, shared), rowsOf(t, direct); got != want {
					t.Fatalf("round %d: got\n%s\nwant\n%s", round, got, want)
				}
				if !bytes.Equal(shared.AppendBinary(nil), direct.AppendBinary(nil)) {
					t.Fatalf("round %d: bytes differ", round)
				}
				shared.Reset()
				direct.Reset()
			}
		})
	}
}

// A block of nulls now and then costs no memory, and staging goes on.
func TestStagingWithNullsDoesNotAllocate(t *testing.T) {
	spec := Spec{Keys: []block.Field{{Name: "k", Type: intType}}, Args: []block.Type{floatType, floatType}, Calls: []Call{
		{Name: "sum", Func: "sum", Args: []int{0}}, {Name: "mean", Func: "mean", Args: []int{1}},
	}}
	p := mustPlan(t, spec).NewPartial()
	k, x := make([]int64, block.Rows), make([]float64, block.Rows)
	for i := range k {
		k[i], x[i] = int64(i)%90, float64(i)
	}
	keys, args := []*block.Vector{ints(intType, k...)}, []*block.Vector{floats(x...), withNulls(floats(x...), 5, 700)}
	update(t, p, keys, args, block.Rows)
	if p.inputs[0].sparse || !p.inputs[1].sparse {
		t.Errorf("stages of their own: %v, %v; want that of the second alone", p.inputs[0].sparse, p.inputs[1].sparse)
	}
	if allocs := testing.AllocsPerRun(20, func() { update(t, p, keys, args, block.Rows) }); allocs != 0 {
		t.Errorf("%v allocations a block", allocs)
	}
}
