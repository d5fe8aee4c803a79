package exact

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"testing"
)

func TestEncodings(t *testing.T) {
	tests := []struct {
		name   string
		values []float64
		want   string
	}{
		{"zero", []float64{0}, "00"},
		{"one", []float64{1}, "040001"},
		{"minus one", []float64{-1}, "0400ff"},
		{"128 needs a byte for its sign", []float64{128}, "08008000"},
		{"-128 does not", []float64{-128}, "040080"},
		{"256", []float64{256}, "040201"},
		{"a half", []float64{0.5}, "08018000"},
		{"+Inf", []float64{math.Inf(1), 3}, "01"},
		{"-Inf", []float64{math.Inf(-1)}, "02"},
		{"NaN", []float64{math.NaN(), math.Inf(-1)}, "03"},
		{"the smallest float", []float64{5e-324}, "048d0240"},
	}
	for _, test := range tests {
		var s Sum
		s.AddSlice(test.values)
		got := fmt.Sprintf("%x", s.AppendBinary(nil))
		if got != test.want {
			t.Errorf("%s is %s, want %s", test.name, got, test.want)
		}
	}
}

func TestDecodeRejects(t *testing.T) {
	varint := func(v int64) []byte { return binary.AppendVarint(nil, v) }
	join := bytes.Join
	tests := []struct {
		name string
		src  []byte
		want error
	}{
		{"nothing", nil, errShort},
		{"a head that ends early", []byte{0x80}, errShort},
		{"no exponent", []byte{4}, errShort},
		{"no digits", []byte{4, 0}, errShort},
		{"too few digits", []byte{8, 0, 1}, errShort},
		{"a number that is infinite", []byte{5, 0, 1}, errCanonical},
		{"a long varint", []byte{0x84, 0, 0, 1}, errCanonical},
		{"a low zero", []byte{8, 0, 0, 1}, errCanonical},
		{"a number that is zero", []byte{4, 0, 0}, errCanonical},
		{"a needless sign", []byte{8, 0, 1, 0}, errCanonical},
		{"a needless negative sign", []byte{8, 0, 0x81, 0xff}, errCanonical},
		{"a length beyond all", append(binary.AppendUvarint(nil, 1<<62), 0), errRange},
		{"a varint beyond 64 bits", bytes.Repeat([]byte{0xff}, 11), errRange},
		{"a bit below the smallest float", join([][]byte{{4}, varint(-135), {0x20}}, nil), errRange},
		{"more than 2^64 of the largest", join([][]byte{{4}, varint(136), {0x01}}, nil), errRange},
		{"an exponent beyond all", join([][]byte{{4}, varint(math.MinInt64), {1}}, nil), errRange},
	}
	for _, test := range tests {
		var s Sum
		s.Add(42)
		if _, err := s.Decode(test.src); err == nil || !bytes.Contains([]byte(err.Error()), []byte(test.want.Error())) {
			t.Errorf("%s: error %v, want %v", test.name, err, test.want)
		}
		if got := s.Float64(); got != 42 {
			t.Errorf("%s: the sum became %v", test.name, got)
		}
	}
	var q Squares
	for name, src := range map[string][]byte{"a negative sum of squares": {4, 0, 0xff}, "one that is -Inf": {2}} {
		if _, err := q.Decode(src); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	var s Int
	for _, src := range [][]byte{nil, {17}, {1}, {1, 0}, {2, 1, 0}, {2, 0xff, 0xff}, {2, 1}} {
		if _, err := s.Decode(src); err == nil {
			t.Errorf("an Int of %x is accepted", src)
		}
	}
	var r IntSquares
	for _, src := range [][]byte{nil, {25}, {1}, {1, 0}, {2, 1, 0}, {2, 1}} {
		if _, err := r.Decode(src); err == nil {
			t.Errorf("an IntSquares of %x is accepted", src)
		}
	}
}
