package parquetfile

import (
	"encoding/binary"
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// encodeHybrid writes runs of either kind, as a legal writer might.
func encodeHybrid(rng *rand.Rand, values []uint32, width int) []byte {
	var out []byte
	for at := 0; at < len(values); {
		if rng.Intn(2) == 0 {
			end := at + 1
			for end < len(values) && values[end] == values[at] {
				end++
			}
			out = binary.AppendUvarint(out, uint64(end-at)<<1)
			var v [4]byte
			binary.LittleEndian.PutUint32(v[:], values[at])
			out = append(out, v[:(width+7)/8]...)
			at = end
			continue
		}
		n := min(8*(1+rng.Intn(40)), len(values)-at)
		if n%8 != 0 && at+n < len(values) {
			continue
		}
		out = appendPacked(out, values[at:at+n], width)
		at += n
	}
	return out
}

func TestHybridGivesBackEveryWidth(t *testing.T) {
	rng := rand.New(rand.NewSource(2))
	for width := 0; width <= 32; width++ {
		t.Run(fmt.Sprint(width, " bits"), func(t *testing.T) {
			values := make([]uint32, 3000)
			for i := range values {
				if i > 0 && rng.Intn(3) == 0 {
					values[i] = values[i-1]
				} else {
					values[i] = uint32(rng.Uint64() & (1<<width - 1))
				}
			}
			coded := encodeHybrid(rng, values, width)
			h := newHybrid(coded, width)
			for at := 0; at < len(values); {
				got := make([]uint32, min(1+rng.Intn(200), len(values)-at))
				largest, err := h.decode(got)
				want := values[at : at+len(got)]
				if err != nil || !slices.Equal(got, want) || largest != slices.Max(want) {
					t.Fatalf("values from %d: %v, got %v (largest %d), want %v", at, err, got, largest, want)
				}
				at += len(got)
			}
			if _, err := h.decode(make([]uint32, 9)); err == nil {
				t.Error("there are no more values")
			}
		})
	}
}

// TestUnpackGroupsGivesWhatItsTwinGives compares what this processor runs with
// what others run, in sources that end anywhere.
func TestUnpackGroupsGivesWhatItsTwinGives(t *testing.T) {
	rng := rand.New(rand.NewSource(5))
	for width := 1; width <= 32; width++ {
		for range 200 {
			src := make([]byte, rng.Intn(60*width))
			rng.Read(src)
			have := len(src) * 8 / width
			got := make([]uint32, rng.Intn(have+1))
			n, largest := unpackGroups(got, src, width)
			if n%8 != 0 || n > len(got) || width <= 16 && n == 0 && len(got) >= 8 && len(src) >= width+32 {
				t.Fatalf("%d bits: %d values of %d in %d bytes", width, n, len(got), len(src))
			}
			if want := twin(src, n, width); !slices.Equal(got[:n], want) || n > 0 && largest != slices.Max(want) {
				t.Fatalf("%d bits: got %v (largest %d), want %v", width, got[:n], largest, want)
			}
			if m, top := unpackGroupsGo(got, src, width); !slices.Equal(got[:m], twin(src, m, width)) || m > 0 && top != slices.Max(got[:m]) {
				t.Fatalf("%d bits in plain Go: got %v (largest %d)", width, got[:m], top)
			}
		}
	}
}

func twin(src []byte, n, width int) []uint32 {
	values := make([]uint32, n)
	for i := range values {
		values[i] = uint32(loadBits(src, i*width, width))
	}
	return values
}

func TestGatherGivesWhatItsTwinGives(t *testing.T) {
	rng := rand.New(rand.NewSource(5))
	for n := range 100 {
		dict, indices := make([]uint64, 1+rng.Intn(3000)), make([]uint32, n)
		for i := range dict {
			dict[i] = rng.Uint64()
		}
		for i := range indices {
			indices[i] = uint32(rng.Intn(len(dict)))
		}
		got, want := make([]uint64, n+1), make([]uint64, n+1)
		gather64(got[:n], dict, indices)
		gatherGo(want[:n], dict, indices)
		if !slices.Equal(got, want) {
			t.Fatalf("%d values: got %v, want %v", n, got, want)
		}
	}
}

func TestBitsGivesWhatDecodeGives(t *testing.T) {
	rng := rand.New(rand.NewSource(3))
	values := make([]uint32, 5000)
	for i := range values {
		values[i] = uint32(i / 70 % 2)
		if i > 2000 {
			values[i] = uint32(rng.Intn(2))
		}
	}
	coded := encodeHybrid(rng, values, 1)
	for range 50 {
		h := newHybrid(coded, 1)
		bitmap := make([]byte, 700)
		rng.Read(bitmap)
		start := rng.Intn(8)
		for at := 0; at < len(values); {
			n := min(rng.Intn(300), len(values)-at)
			ones, err := h.bits(bitmap, start+at, n)
			want := 0
			for _, v := range values[at : at+n] {
				want += int(v)
			}
			if err != nil || ones != want {
				t.Fatalf("%d ones, want %d, %v", ones, want, err)
			}
			at += n
		}
		for i, v := range values {
			if bit := start + i; uint32(bitmap[bit>>3]>>(bit&7)&1) != v {
				t.Fatalf("bit %d is not %d", i, v)
			}
		}
	}
}

func TestHybridRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		coded []byte
		width int
	}{
		"nothing":                {nil, 3},
		"a value cut off":        {[]byte{10 << 1}, 9},
		"a value too wide":       {[]byte{10 << 1, 0xff}, 3},
		"an endless length":      {[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 3},
		"a length beyond 2^31":   {[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 3},
		"empty runs":             {make([]byte, 100), 0},
		"packed values cut off":  {[]byte{2<<1 | 1, 0xaa}, 8},
		"a level too high":       {[]byte{12 << 1, 2, 12 << 1, 1, 12 << 1, 1}, 1},
		"packed values too few":  {[]byte{1<<1 | 1, 0xaa}, 1},
		"empty packed runs":      {[]byte{1, 1, 1, 1}, 7},
		"packed of nothing left": {[]byte{4<<1 | 1}, 20},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHybrid(c.coded, c.width)
			if _, err := h.decode(make([]uint32, 12)); err == nil {
				t.Error("no error")
			}
			if c.width != 1 {
				return
			}
			h = newHybrid(c.coded, c.width)
			all, err := h.ones(12)
			if err == nil && !all {
				_, err = h.bits(make([]byte, 2), 0, 12)
			}
			if err == nil {
				t.Error("no error as levels")
			}
		})
	}
}

func TestSpreadPutsValuesInTheValidRows(t *testing.T) {
	rng := rand.New(rand.NewSource(4))
	for range 300 {
		n, from := rng.Intn(200), rng.Intn(20)
		validity := make([]byte, chunk.BitmapBytes(from+n))
		rng.Read(validity)
		values, offsets := make([]int32, n), make([]int32, n+1)
		k := chunk.CountBits(validity, from, n)
		for i := range k {
			values[i] = int32(100 + i)
			offsets[i+1] = offsets[i] + int32(rng.Intn(5))
		}
		packed := slices.Clone(offsets[:k+1])
		spread(values, k, validity, from)
		spreadOffsets(offsets, k, validity, from)
		next := 0
		for r := range n {
			if validity[(from+r)>>3]>>((from+r)&7)&1 == 0 {
				if offsets[r] != offsets[r+1] {
					t.Fatalf("row %d is null and has text", r)
				}
				continue
			}
			if values[r] != int32(100+next) || offsets[r] != packed[next] || offsets[r+1] != packed[next+1] {
				t.Fatalf("row %d: value %d, text at %d to %d", r, values[r], offsets[r], offsets[r+1])
			}
			next++
		}
	}
}

func TestDelta(t *testing.T) {
	// The example of the specification: 1 to 5, and 7 5 3 1 2 3 4 5 in blocks of 8 (made 8 values of 1 miniblock here).
	header := func(block, minis, total uint64, first int64) []byte {
		b := binary.AppendUvarint(nil, block)
		b = binary.AppendUvarint(b, minis)
		b = binary.AppendUvarint(b, total)
		return binary.AppendVarint(b, first)
	}
	ascending := binary.AppendVarint(header(128, 4, 5, 1), 1)
	ascending = append(ascending, 0, 0, 0, 0)
	mixed := binary.AppendVarint(header(8, 1, 8, 7), -2)
	mixed = append(mixed, 2, 0b11_00_00_00, 0b00_11_11_11) // deltas -2 -2 -2 1 1 1 1, less the least: 0 0 0 3 3 3 3
	for _, c := range []struct {
		name  string
		coded []byte
		want  []int64
	}{
		{"one to five", ascending, []int64{1, 2, 3, 4, 5}},
		{"up and down", mixed, []int64{7, 5, 3, 1, 2, 3, 4, 5}},
		{"no values", header(128, 4, 0, 0), nil},
		{"one value", header(128, 4, 1, -9), []int64{-9}},
		{"blocks of nothing", header(0, 1, 5, 1), nil},
		{"too many values", header(128, 4, 1<<40, 1), nil},
		{"cut off", ascending[:len(ascending)-1], nil},
		{"wide values cut off", append(binary.AppendVarint(header(128, 4, 5, 1), 1), 64, 0, 0, 0, 1, 2), nil},
		{"of 65 bits", append(binary.AppendVarint(header(128, 4, 5, 1), 1), 65, 0, 0, 0), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, err := decodeDelta(nil, c.coded, 8, len(c.want), 100)
			if c.want == nil && c.name != "no values" {
				if err == nil {
					t.Error("no error")
				}
				return
			}
			if err != nil || !slices.Equal(chunk.View[int64](got), c.want) {
				t.Errorf("got %v, %v", chunk.View[int64](got), err)
			}
		})
	}
}

func BenchmarkUnpack(b *testing.B) {
	for _, width := range []int{1, 4, 7, 8, 11, 16, 20} {
		b.Run(fmt.Sprint(width), func(b *testing.B) {
			src := make([]byte, 1024*width/8+16)
			dst := make([]uint32, 1024)
			b.SetBytes(4096)
			for range b.N {
				unpack(dst, src, 0, width)
			}
		})
	}
}
