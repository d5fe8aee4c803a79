package storagetest

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// listener is a testing.TB that only listens.
type listener struct {
	testing.TB
	said []string
}

func (l *listener) Helper()                      {}
func (l *listener) Errorf(form string, a ...any) { l.said = append(l.said, fmt.Sprintf(form, a...)) }

func (l *listener) expect(t *testing.T, part string) {
	t.Helper()
	if len(l.said) != 1 || !strings.Contains(l.said[0], part) {
		t.Errorf("reported %q, want one %q", l.said, part)
	}
}

func TestCheckColumnFindsWhatKernelsRelyOn(t *testing.T) {
	i64 := chunk.Type{ID: chunk.Int64}
	str := chunk.Type{ID: chunk.String}
	good := chunk.Column{Type: str, Len: 2, Offsets: chunk.Bytes([]int32{0, 1, 2}), Values: []byte("ab")}
	odd := chunk.Bytes(make([]uint64, 4))[1:]
	for _, c := range []struct {
		name string
		col  chunk.Column
		want string
	}{
		{"good text", good, ""},
		{"good dictionary", chunk.Column{Type: str, Len: 1, Values: chunk.Bytes([]int32{1}), Dict: &good}, ""},
		{"too few values", chunk.Column{Type: i64, Len: 2, Values: make([]byte, 8)}, "8 bytes for 2 rows"},
		{"values not aligned", chunk.Column{Type: i64, Len: 2, Values: odd}, "not aligned"},
		{"too few bits", chunk.Column{Type: chunk.Type{ID: chunk.Bool}, Len: 8, BitOffset: 1, Values: make([]byte, 1)}, "8 bits from bit 1"},
		{"validity without nulls", chunk.Column{Type: i64, Len: 1, Values: make([]byte, 8), Validity: []byte{1}}, "0 nulls, but"},
		{"a wrong number of nulls", chunk.Column{Type: i64, Len: 1, Values: make([]byte, 8), Validity: []byte{1}, Nulls: 1}, "1 nulls declared, 0 found"},
		{"falling offsets", chunk.Column{Type: str, Len: 2, Offsets: chunk.Bytes([]int32{1, 0, 2}), Values: []byte("ab")}, "offset 1 is 0"},
		{"offsets beyond the data", chunk.Column{Type: str, Len: 1, Offsets: chunk.Bytes([]int32{0, 3}), Values: []byte("ab")}, "offset 1 is 3"},
		{"an index outside", chunk.Column{Type: str, Len: 1, Values: chunk.Bytes([]int32{2}), Dict: &good}, "index 2"},
		{"an unsupported type", chunk.Column{Type: chunk.Type{Name: "list"}}, "unsupported type list"},
	} {
		err := CheckColumn(&c.col)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func TestMemoryReportsMisuse(t *testing.T) {
	lease := func(m *Memory) chunk.Lease {
		l, err := m.Lease(context.Background(), 128)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	panics := func(name string, f func()) {
		defer func() {
			if recover() == nil {
				t.Errorf("%s: no panic", name)
			}
		}()
		f()
	}
	t.Run("a leak", func(t *testing.T) {
		l := &listener{TB: t}
		m := NewMemory(l)
		kept := lease(m)
		lease(m).Release()
		m.Done()
		l.expect(t, "1 of 2 leases were never released")
		kept.Release()
	})
	t.Run("a second lease while the first is unused", func(t *testing.T) {
		l := &listener{TB: t}
		m := NewMemory(l)
		m.OneReader = true
		lease(m)
		lease(m)
		l.expect(t, "deadlock")
	})
	t.Run("use after release", func(t *testing.T) {
		m := NewMemory(t)
		one := lease(m)
		b := one.Alloc(10)
		one.Retain()
		one.Release()
		if b[0] != fresh {
			t.Error("overwritten although still retained")
		}
		one.Release()
		if b[0] != poison {
			t.Error("not overwritten by its release")
		}
		panics("release too many", one.Release)
	})
	panics("alloc beyond the lease", func() { lease(NewMemory(t)).Alloc(129) })
	panics("alloc after trim", func() { l := lease(NewMemory(t)); l.Trim(); l.Alloc(1) })
}

func TestEqualSeesDifferences(t *testing.T) {
	tab := Generate([]chunk.Type{{ID: chunk.Float64}}, 3, NullPatterns()[0], 1)
	with := func(v any) Table {
		other := tab.Slice(0, 3)
		other.Columns[1] = []any{v, tab.Columns[1][1], tab.Columns[1][2]}
		return other
	}
	for _, c := range []struct {
		name string
		a, b any
		same bool
	}{
		{"zeros of other sign", 0.0, math.Copysign(0, -1), false},
		{"two NaN", math.NaN(), math.Float64frombits(0x7ff8000000000123), true},
		{"null and zero", nil, 0.0, false},
		{"two nulls", nil, nil, true},
		{"neighbours", 1.0, math.Nextafter(1, 2), false},
	} {
		l := &listener{TB: t}
		Equal(l, with(c.a), with(c.b))
		if (len(l.said) == 0) != c.same {
			t.Errorf("%s: %q", c.name, l.said)
		}
	}
}

func TestGenerateHasTheNullsItWasAskedFor(t *testing.T) {
	for _, nulls := range NullPatterns() {
		tab := Generate(AllTypes(), 200, nulls, 1)
		for i := 1; i < len(tab.Schema); i++ {
			for r, v := range tab.Columns[i] {
				if (v == nil) != nulls.At(r, 200) {
					t.Fatalf("%s, column %s, row %d: %v", nulls.Name, tab.Schema[i].Name, r, v)
				}
			}
		}
	}
}
