package result

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
)

// Integers of 128 bits agree with math/big in value, text and order, and are of
// kind Int wherever int64 holds them.
func TestWideIntegersAgreeWithBigIntegers(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	random := func() (int64, uint64) {
		if shift := rng.IntN(128); shift < 64 {
			return int64(rng.Uint64()) >> shift, rng.Uint64()
		} else if lo := int64(rng.Uint64()) >> (shift - 64); rng.IntN(4) > 0 {
			return lo >> 63, uint64(lo)
		}
		return int64(rng.IntN(3) - 1), []uint64{0, 1, 1<<63 - 1, 1 << 63, 1e19 - 1, 1e19, math.MaxUint64}[rng.IntN(7)]
	}
	last := Int(0)
	for range 50000 {
		hi, lo := random()
		v, want := Int128(hi, lo), new(big.Int).SetUint64(lo)
		want.Add(want, new(big.Int).Lsh(big.NewInt(hi), 64))
		if got := string(AppendJSON(nil, v)); got != want.String() {
			t.Fatalf("%d*2^64+%d is %s, want %s", hi, lo, got, want)
		}
		if v.Big().Cmp(want) != 0 {
			t.Fatalf("Big is %s, want %s", v.Big(), want)
		}
		if (v.Kind() == block.Int) != want.IsInt64() || v.Kind() == block.Int && v != Int(want.Int64()) {
			t.Fatalf("%s is of kind %s", want, v.Kind())
		}
		if h, l := v.Int128(); h != hi || l != lo {
			t.Fatalf("%s is %d*2^64+%d", want, h, l)
		}
		if got := Compare(v, last); got != want.Cmp(last.Big()) {
			t.Fatalf("Compare(%s, %s) is %d", want, last.Big(), got)
		}
		last = v
	}
	if got := Uint(math.MaxUint64).Big().String(); got != "18446744073709551615" {
		t.Errorf("the greatest uint64 is %s", got)
	}
	for _, v := range []Value{Null(), Float(1), String("1"), Date(1), Bool(true), List([]int64{1})} {
		if v.Big() != nil {
			t.Errorf("the %s is the integer %s", v.Kind(), v.Big())
		}
	}
}

// A column of integers with one beyond 64 bits stays a column of integers.
func TestAWideIntegerInATable(t *testing.T) {
	table := &Table{
		Columns: []Column{{Name: "k", Type: block.Type{Kind: block.String}}, {Name: "sum", Type: block.Type{Kind: block.Int}}, {Name: "n", Type: block.Type{Kind: block.Int}}},
		Rows:    [][]Value{{String("a"), Int(-5), Int(1)}, {String("b"), Int128(0, 17002025676457239054), Int(2)}, {String("c"), Int128(-1, 1<<63-1), Int(30)}},
	}
	var out bytes.Buffer
	if err := WriteTable(&out, table); err != nil {
		t.Fatal(err)
	}
	want := `
k                   sum   n
-  --------------------  --
a                    -5   1
b  17002025676457239054   2
c  -9223372036854775809  30
`
	if got := "\n" + out.String(); got != want {
		t.Errorf("the table is%swant%s", got, want)
	}
	out.Reset()
	WriteCSV(&out, table)
	if want := "k,sum,n\na,-5,1\nb,17002025676457239054,2\nc,-9223372036854775809,30\n"; out.String() != want {
		t.Errorf("CSV is\n%swant\n%s", &out, want)
	}
	lines := `[["k","string"],["sum","integer"],["n","integer"]]
["a",-5,1]
["b",17002025676457239054,2]
["c",-9223372036854775809,30]
`
	sum := sha256.Sum256([]byte(lines))
	if got, want := table.Digest(), hex.EncodeToString(sum[:]); got != want {
		t.Errorf("digest is %s, want %s", got, want)
	}
	out.Reset()
	WriteJSON(&out, table, table.Digest())
	var back struct{ Rows [][]any }
	d := json.NewDecoder(&out)
	d.UseNumber()
	if err := d.Decode(&back); err != nil {
		t.Fatal(err)
	}
	for i, row := range table.Rows {
		n, ok := back.Rows[i][1].(json.Number)
		if v, whole := new(big.Int).SetString(string(n), 10); !ok || !whole || v.Cmp(row[1].Big()) != 0 {
			t.Errorf("row %d reads back from JSON as %v, want %s", i+1, back.Rows[i][1], row[1].Big())
		}
	}
}
