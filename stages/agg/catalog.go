package agg

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/spelling"
)

// Func is a kind of aggregate: how it is called and what it keeps.
type Func struct {
	Name    string
	Aliases []string // other names for the same
	Doc     string   // one line for help, without a full stop
	Usage   string   // how it is called, such as quantile(x, 0.9); "" if Params is 0

	MinArgs, MaxArgs int
	Params           int // numbers that follow the arguments, such as the 0.9 of quantile(x, 0.9)
	Optional         int // how many more numbers may follow

	// Plan says what the aggregate needs for arguments of these types, or why
	// it does not take them. The error need not name the function.
	Plan func(args []block.Type, params []float64) (Recipe, error)
}

// Recipe is an aggregate planned for the types of its arguments.
type Recipe struct {
	Type   block.Type // of the result; a result may be null whatever its type
	States []Kept

	// Ranks is which values of n, n > 0, Finish needs, by their rank in ascending
	// order. All States are [Ranked] then, and have been asked to locate them
	// before Finish is called. It is nil for aggregates that need none.
	Ranks func(n int64) []int64

	// Finish is the aggregate of one group: n rows in which no argument was
	// null, and the states in the order of States. It must not depend on
	// anything else.
	Finish func(n int64, states []State, group int) (result.Value, error)

	// Lighter is the aggregate, if any, that an error about memory should offer
	// instead of this one.
	Lighter string
}

// Kept names a state. Two recipes whose ID is the same over the same arguments
// share one state.
type Kept struct {
	ID  string
	New func() State
}

// State is what one aggregate, or several that share it, keeps for every group.
// Groups are numbered from 0; a group that nothing was added to is the identity
// of Merge. A State belongs to one goroutine.
type State interface {
	// Resize makes room for groups; there are never fewer than before.
	Resize(groups int)

	// Update adds n rows: row i of the arguments to group ids[i], or to group 0
	// if ids is nil. No value is null: rows in which an argument was null have
	// been left out. The vectors and ids must neither be kept nor changed.
	Update(ids []uint32, args []*block.Vector, n int) error

	// Merge adds each group g of from, a state of the same ID that stays as it
	// is, to group ids[g], or to group g if ids is nil.
	Merge(from State, ids []uint32) error

	// AppendBinary appends a group. The bytes depend only on what was added,
	// not on its order nor on how it was merged; those of a [Seeker] may.
	AppendBinary(dst []byte, group int) []byte

	// Decode makes an untouched group what AppendBinary has written and gives the bytes
	// that follow. It allocates no more than a small multiple of src and accepts
	// any bytes without a panic.
	Decode(src []byte, group int) (rest []byte, err error)

	// SizeBytes is the memory that the state holds.
	SizeBytes() int64
}

// Catalog is the aggregates that a program knows. It is immutable; the zero
// value is empty.
type Catalog struct {
	byName map[string]*Func
	funcs  []*Func // in the order in which they were added
}

// Builtin is the catalog of weir's own aggregates.
func Builtin() Catalog {
	var c Catalog
	for _, f := range builtin() {
		var err error
		if c, err = c.With(f); err != nil {
			panic(err) // ours are well formed
		}
	}
	return c
}

// With is the catalog with one more kind of aggregate.
func (c Catalog) With(f Func) (Catalog, error) {
	if f.Name == "" || f.Plan == nil || f.MinArgs < 0 || f.MaxArgs < f.MinArgs || f.Params < 0 || f.Optional < 0 {
		return c, fmt.Errorf("aggregate %q is incomplete", f.Name)
	}
	byName := make(map[string]*Func, len(c.byName)+1)
	maps.Copy(byName, c.byName)
	for _, name := range append([]string{f.Name}, f.Aliases...) {
		if byName[name] != nil {
			return c, fmt.Errorf("there is an aggregate %s already", name)
		}
		byName[name] = &f
	}
	return Catalog{byName: byName, funcs: append(c.funcs[:len(c.funcs):len(c.funcs)], &f)}, nil
}

// Lookup finds an aggregate by its name or an alias.
func (c Catalog) Lookup(name string) (*Func, error) {
	if f := c.byName[name]; f != nil {
		return f, nil
	}
	if near := spelling.Nearest(name, c.Names()); near != "" {
		return nil, fmt.Errorf("there is no aggregate %s; did you mean %s? There are %s", name, near, strings.Join(c.Names(), ", "))
	}
	return nil, fmt.Errorf("there is no aggregate %s; there are %s", name, strings.Join(c.Names(), ", "))
}

// Has tells whether name is an aggregate or an alias.
func (c Catalog) Has(name string) bool { return c.byName[name] != nil }

// Names is all names and aliases, sorted.
func (c Catalog) Names() []string { return slices.Sorted(maps.Keys(c.byName)) }

// Funcs is all aggregates in the order in which they were added.
func (c Catalog) Funcs() []*Func { return slices.Clone(c.funcs) }

// plan plans a call for arguments of these types. Its errors name the function.
func (f *Func) plan(args []block.Type, params []float64) (Recipe, error) {
	if len(args) < f.MinArgs || len(args) > f.MaxArgs {
		return Recipe{}, fmt.Errorf("%s takes %s, not %d", f.Name, f.arguments(), len(args))
	}
	if len(params) < f.Params || len(params) > f.Params+f.Optional {
		return Recipe{}, fmt.Errorf("%s takes %s after its arguments, not %d", f.Name, f.numbers(), len(params))
	}
	recipe, err := f.Plan(args, params)
	if err != nil {
		return Recipe{}, fmt.Errorf("%s %w", f.Name, err)
	}
	return recipe, nil
}

// Split says how many of n expressions in a call are arguments; the others are
// numbers.
func (f *Func) Split(n int) (args int) {
	numbers := max(f.Params, min(n-f.MaxArgs, f.Params+f.Optional))
	return max(min(n, f.MinArgs), n-numbers)
}

func (f *Func) numbers() string {
	switch {
	case f.Optional > 0:
		return fmt.Sprintf("%d to %d numbers", f.Params, f.Params+f.Optional)
	case f.Params == 1:
		return "1 number"
	}
	return fmt.Sprintf("%d numbers", f.Params)
}

func (f *Func) arguments() string {
	switch {
	case f.MinArgs != f.MaxArgs:
		return fmt.Sprintf("%d to %d arguments", f.MinArgs, f.MaxArgs)
	case f.MinArgs == 1:
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", f.MinArgs)
}
