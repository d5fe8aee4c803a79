package agg

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
)

func TestFirstAndLastSemantics(t *testing.T) {
	for _, tt := range []struct {
		name string
		arg  *block.Vector
		want string // first, last
	}{
		{"no rows", floats(), "null null"},
		{"nulls only", withNulls(ints(intType, 1, 2), 0, 1), "null null"},
		{"the literal null", &block.Vector{Len: 2, Null: []bool{true, true}}, "null null"},
		{"one", ints(intType, 7), "7 7"},
		{"nulls are skipped", withNulls(ints(intType, 1, 2, 3, 4), 0, 3), "2 3"},
		{"the ends of int64", ints(intType, math.MinInt64, 0, math.MaxInt64), "-9223372036854775808 9223372036854775807"},
		{"unsigned", uints(math.MaxUint64, 3), "18446744073709551615 3"},
		{"NaN is a value", floats(math.NaN(), 1, math.Inf(-1)), `"NaN" "-Infinity"`},
		{"zeros keep their sign", floats(math.Copysign(0, -1), 0), "-0 0"},
		{"bools", bools(true, false), "true false"},
		{"dates", ints(dateType, 0, -1), `"1970-01-01" "1969-12-31"`},
		{"timestamps", ints(timeType, 1, -1), `"1970-01-01T00:00:00.000001Z" "1969-12-31T23:59:59.999999Z"`},
		{"texts", withNulls(texts("", "b", "", "c"), 3), `"" ""`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := answer(t, Call{Func: "first"}, tt.arg) + " " + answer(t, Call{Func: "last"}, tt.arg)
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// The rows of splits, of which a filter left some, arrive in any order at several
// partials; first and last are those of the dataset's order.
func TestFirstAndLastGoByPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(81, 82))
	for _, typ := range []block.Type{floatType, intType, uintType, boolType, dateType, timeType, stringType} {
		for _, keyed := range []bool{false, true} {
			spec := Spec{Args: []block.Type{typ}, Calls: []Call{
				{Name: "first", Func: "first", Args: []int{0}}, {Name: "last", Func: "last", Args: []int{0}}, {Name: "n", Func: "count"},
			}}
			if keyed {
				spec.Keys = []block.Field{{Name: "k", Type: stringType}}
			}
			plan := mustPlan(t, spec)
			for range 20 {
				partials := []*Partial{plan.NewPartial(), plan.NewPartial(), plan.NewPartial()}
				type piece struct {
					rows
					place Place
				}
				var pieces []piece
				firsts, lasts := map[string]string{}, map[string]string{}
				for split := range 4 {
					next := int64(0)
					for range rng.IntN(5) {
						data := randomRowsOf(rng, 3, typ, 1+rng.IntN(20), true)
						place := Place{Split: split, First: next}
						next += int64(data.arg.Len)
						if rng.IntN(2) == 0 { // as after a filter
							at := int32(rng.IntN(3))
							for range data.arg.Len {
								place.Rows = append(place.Rows, at)
								at += 1 + int32(rng.IntN(3))
							}
							next = place.First + int64(at)
						}
						pieces = append(pieces, piece{data, place})
						for i := range data.arg.Len {
							key := ""
							if keyed {
								key = string(result.AppendJSON(nil, result.At(data.key, i)))
							}
							if v := result.At(data.arg, i); !v.IsNull() {
								text := string(result.AppendJSON(nil, v))
								if _, ok := firsts[key]; !ok {
									firsts[key] = text
								}
								lasts[key] = text
							}
						}
					}
				}
				rng.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
				for _, piece := range pieces {
					p := partials[rng.IntN(len(partials))]
					var keys []*block.Vector
					if keyed {
						keys = append(keys, piece.key)
					}
					p.At(piece.place)
					update(t, p, keys, []*block.Vector{piece.arg}, piece.arg.Len)
				}
				merge(t, partials[1], partials[2])
				merge(t, partials[1], partials[0])
				table, err := partials[1].Result()
				if err != nil {
					t.Fatal(err)
				}
				for _, row := range table.Rows {
					key := ""
					if keyed {
						key = string(result.AppendJSON(nil, row[0]))
						row = row[1:]
					}
					want := []string{firsts[key], lasts[key]}
					for i := range want {
						if want[i] == "" {
							want[i] = "null"
						}
						if got := string(result.AppendJSON(nil, row[i])); got != want[i] {
							t.Fatalf("%s by %q: %s is %s, want %s", typ.Kind, key, table.Columns[i].Name, got, want[i])
						}
					}
				}
			}
		}
	}
}

func TestRowsThatAreNotPlacedFollowThoseBefore(t *testing.T) {
	p := mustPlan(t, Spec{Args: []block.Type{intType}, Calls: []Call{{Name: "f", Func: "first", Args: []int{0}}, {Name: "l", Func: "last", Args: []int{0}}}}).NewPartial()
	add := func(v ...int64) { update(t, p, nil, []*block.Vector{ints(intType, v...)}, len(v)) }
	add(1, 2)
	add(3, 4)
	if got := rowsOf(t, p); got != "[1,4]\n" {
		t.Errorf("got %s", got)
	}
	p.At(Place{Split: 2, First: 10, Rows: []int32{0, 5}})
	add(5, 6)
	add(7)
	p.At(Place{Split: 2, First: 15})
	add(8) // at the place of 6, before 7
	if got := rowsOf(t, p); got != "[1,7]\n" {
		t.Errorf("got %s", got)
	}
	p.Reset()
	add(9)
	if got := rowsOf(t, p); got != "[9,9]\n" {
		t.Errorf("after a reset: %s", got)
	}
}

// A sum beside a first is still added up in runs.
func TestPlacedStatesLeaveStagingToTheOthers(t *testing.T) {
	spec := Spec{Keys: []block.Field{{Name: "k", Type: intType}}, Args: []block.Type{floatType}, Calls: []Call{
		{Name: "f", Func: "first", Args: []int{0}}, {Name: "s", Func: "sum", Args: []int{0}}, {Name: "d", Func: "count_distinct", Args: []int{0}},
	}}
	p := mustPlan(t, spec).NewPartial()
	if p.inputs[0].staged == nil {
		t.Fatal("the sum is not staged")
	}
	update(t, p, []*block.Vector{ints(intType, 1, 2, 1)}, []*block.Vector{floats(5, 6, 7)}, 3)
	if got, want := rowsOf(t, p), "[1,5,12,2]\n[2,6,6,1]\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEndsRefuseWhatCannotBe(t *testing.T) {
	for _, tt := range []struct {
		name string
		kind block.Type
		src  string
	}{
		{"nothing", intType, ""},
		{"no row", intType, "\x01"},
		{"a row beyond int64", intType, "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" + strings.Repeat("\x00", 8)},
		{"a split beyond int32", intType, "\xff\xff\xff\xff\x7f\x00" + strings.Repeat("\x00", 8)},
		{"half a value", intType, "\x01\x00\x00\x00"},
		{"another NaN", floatType, "\x01\x00\x01\x00\x00\x00\x00\x00\xf8\x7f"},
		{"a bool of two", boolType, "\x01\x00\x02\x00\x00\x00\x00\x00\x00\x00"},
		{"half a text", stringType, "\x01\x00\x05abc"},
		{"a needless byte", intType, "\x81\x00\x00" + strings.Repeat("\x00", 8)},
	} {
		e := &ends{kind: tt.kind}
		e.Resize(1)
		if _, err := e.Decode([]byte(tt.src), 0); err == nil {
			t.Errorf("%s: no error", tt.name)
		}
	}
}
