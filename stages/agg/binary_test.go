package agg

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
)

func TestDecodeRefusesDamage(t *testing.T) {
	lawPlans(t, func(name string, plan *Plan, typ block.Type, keyed bool) {
		t.Run(name, func(t *testing.T) {
			p := plan.NewPartial()
			add(t, p, randomRows(rand.New(rand.NewPCG(1, 1)), typ, 30, true), keyed)
			good := p.AppendBinary(nil)
			if _, err := plan.Decode(good); err != nil {
				t.Fatal(err)
			}
			for n := range good {
				if _, err := plan.Decode(good[:n]); !errors.Is(err, ErrMalformed) {
					t.Fatalf("%d of %d bytes: error %v", n, len(good), err)
				}
			}
			if _, err := plan.Decode(append(bytes.Clone(good), 0)); !errors.Is(err, ErrMalformed) {
				t.Errorf("a byte more: error %v", err)
			}
			for i, b := range []byte{0, 1, 2, 3, 4} {
				bad := bytes.Clone(good)
				bad[b] ^= 1
				if _, err := plan.Decode(bad); !errors.Is(err, ErrMalformed) {
					t.Errorf("bad byte %d: error %v", i, err)
				}
			}
		})
	})
}

func TestPartialsOfOtherPlansAreRefused(t *testing.T) {
	sum := Call{Name: "s", Func: "sum", Args: []int{0}}
	base := Spec{Keys: []block.Field{{Name: "k", Type: intType}}, Args: []block.Type{floatType}, Calls: []Call{sum}}
	plan := mustPlan(t, base)
	for name, change := range map[string]func(*Spec){
		"key type":      func(s *Spec) { s.Keys = []block.Field{{Name: "k", Type: dateType}} },
		"no key":        func(s *Spec) { s.Keys = nil },
		"argument type": func(s *Spec) { s.Args = []block.Type{intType} },
		"aggregate":     func(s *Spec) { s.Calls = []Call{{Name: "s", Func: "var", Args: []int{0}}} },
		"name":          func(s *Spec) { s.Calls = []Call{{Name: "t", Func: "sum", Args: []int{0}}} },
	} {
		spec := base
		change(&spec)
		other := mustPlan(t, spec).NewPartial()
		if _, err := plan.Decode(other.AppendBinary(nil)); !errors.Is(err, errOtherPlan) {
			t.Errorf("%s: decoding gives %v", name, err)
		}
		if err := plan.NewPartial().Merge(other); !errors.Is(err, errOtherPlan) {
			t.Errorf("%s: merging gives %v", name, err)
		}
	}
	if again, err := plan.Decode(mustPlan(t, base).NewPartial().AppendBinary(nil)); err != nil || again.Groups() != 0 {
		t.Errorf("an equal plan: %v", err)
	}
	p := plan.NewPartial()
	if err := p.Merge(p); err == nil {
		t.Error("merging a partial into itself: no error")
	}
}

func TestCountsThatCannotBeAreRefused(t *testing.T) {
	plan := mustPlan(t, Spec{Args: []block.Type{intType}, Calls: []Call{{Name: "n", Func: "count", Args: []int{0}}}})
	head := plan.NewPartial().AppendBinary(nil)
	head = head[:len(head)-2] // without rows and nulls
	for name, tail := range map[string][]byte{
		"more nulls than rows": {3, 4},
		"a long varint":        {0x83, 0, 1},
		"2^62 rows":            {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0},
	} {
		if _, err := plan.Decode(append(bytes.Clone(head), tail...)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	most := []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10, 0} // 2^60 rows
	a, err := plan.Decode(append(bytes.Clone(head), most...))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := plan.Decode(append(bytes.Clone(head), most...))
	if err := a.Merge(b); !errors.Is(err, errTooManyRows) {
		t.Errorf("merging twice 2^60 rows: %v", err)
	}
}

// FuzzDecodePartial checks that whatever Decode accepts it writes again, and
// that its result and its merge do not panic.
func FuzzDecodePartial(f *testing.F) {
	var plans []*Plan
	lawPlans(f, func(_ string, plan *Plan, typ block.Type, keyed bool) {
		for _, n := range []int{1, 20} {
			p := plan.NewPartial()
			add(f, p, randomRows(rand.New(rand.NewPCG(1, 1)), typ, n, true), keyed)
			f.Add(uint8(len(plans)), p.AppendBinary(nil)[headBytes:])
		}
		plans = append(plans, plan)
	})
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		plan := plans[int(which)%len(plans)]
		src := append(plan.NewPartial().AppendBinary(nil)[:headBytes:headBytes], body...)
		p, err := plan.Decode(src)
		if err != nil {
			return
		}
		if got := p.AppendBinary(nil); !bytes.Equal(got, src) {
			t.Errorf("%x was read, %x is written", src, got)
		}
		if limit := int64(1000 + 400*len(src)); p.SizeBytes() > limit*4 {
			t.Errorf("%d bytes became %d", len(src), p.SizeBytes())
		}
		p.Result() // an error is an answer
		twice := plan.NewPartial()
		if twice.Merge(p) == nil {
			if got := twice.AppendBinary(nil); !bytes.Equal(got, src) {
				t.Errorf("%x merged into nothing is %x", src, got)
			}
			twice.Merge(p)
			twice.Result()
		}
	})
}
