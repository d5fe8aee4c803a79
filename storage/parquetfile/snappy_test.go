package parquetfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/golang/snappy"

	"github.com/weir-pipeline/weir/storage/format"
)

// snappySamples are contents whose blocks have elements of all kinds.
func snappySamples() map[string][]byte {
	rng := rand.New(rand.NewSource(6))
	noise := make([]byte, 300_000)
	rng.Read(noise)
	counter := make([]byte, 0, 400_000)
	for i := range 50_000 {
		counter = binary.LittleEndian.AppendUint64(counter, uint64(i))
	}
	times := make([]byte, 0, 400_000)
	at := uint64(1_700_000_000_000)
	for range 50_000 {
		at += uint64(rng.Intn(2000))
		times = binary.LittleEndian.AppendUint64(times, at)
	}
	var text []byte
	for len(text) < 200_000 {
		text = append(text, []string{"weir ", "a", "batch processor, ", "large numeric files "}[rng.Intn(4)]...)
		text = append(text, bytes.Repeat([]byte{'x'}, rng.Intn(70)*rng.Intn(2))...)
	}
	return map[string][]byte{
		"noise": noise, "counter": counter, "times": times, "text": text,
		"zeros": make([]byte, 200_000), "three bytes": bytes.Repeat([]byte("abc"), 50_000), "short": []byte("short"), "nothing": nil,
	}
}

func BenchmarkSnappy(b *testing.B) {
	for name, content := range snappySamples() {
		block := snappy.Encode(nil, content)
		out := make([]byte, len(content))
		_, head := binary.Uvarint(block)
		b.Run(name+"/ours", func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			for range b.N {
				if err := decodeSnappy(out, block[head:]); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/library", func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			for range b.N {
				if _, err := snappy.Decode(out, block); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestSnappyGivesBackSamples(t *testing.T) {
	for name, content := range snappySamples() {
		t.Run(name, func(t *testing.T) {
			sameAsLibrary(t, snappy.Encode(nil, content), len(content), 1<<20)
		})
	}
}

// TestSnappyElementsOfAllKinds decodes blocks that no compressor would write:
// copies that overlap, reach back to any distance and cross slots of the ring.
func TestSnappyElementsOfAllKinds(t *testing.T) {
	for name, farthest := range map[string]int{"near": 100, "within a slot": slotBytes - 1, "beyond the ring": 3 * slotBytes} {
		t.Run(name, func(t *testing.T) {
			for seed := range int64(20) {
				rng := rand.New(rand.NewSource(seed))
				block, size := randomSnappy(rng, 1+rng.Intn(6*slotBytes), farthest)
				sameAsLibrary(t, block, size, 1+rng.Intn(300_000))
			}
		})
	}
}

// randomSnappy is a valid block of about so many bytes.
func randomSnappy(rng *rand.Rand, about, farthest int) (block []byte, size int) {
	var elements []byte
	for size < about {
		if n := 1 + rng.Intn(8); size == 0 || rng.Intn(3) == 0 {
			if rng.Intn(20) == 0 {
				n = 1 + rng.Intn(100_000>>rng.Intn(12))
			}
			size += n
			switch {
			case n <= 60:
				elements = append(elements, byte(n-1)<<2)
			case n <= 1<<16:
				elements = append(elements, 61<<2, byte(n-1), byte((n-1)>>8))
			default:
				elements = append(elements, 63<<2, byte(n-1), byte((n-1)>>8), byte((n-1)>>16), 0)
			}
			literal := make([]byte, n)
			rng.Read(literal)
			elements = append(elements, literal...)
			continue
		}
		offset, n := 1+rng.Intn(min(farthest, size)), 4+rng.Intn(8)
		if rng.Intn(2) == 0 {
			offset = min(8, size)
		}
		switch {
		case offset < 1<<11 && rng.Intn(2) == 0:
			elements = append(elements, byte(offset>>8)<<5|byte(n-4)<<2|1, byte(offset))
		case offset < 1<<16 && rng.Intn(8) > 0:
			n = 1 + rng.Intn(64)
			elements = append(elements, byte(n-1)<<2|2, byte(offset), byte(offset>>8))
		default:
			n = 1 + rng.Intn(64)
			elements = append(elements, byte(n-1)<<2|3, byte(offset), byte(offset>>8), byte(offset>>16), byte(offset>>24))
		}
		size += n
	}
	return append(binary.AppendUvarint(nil, uint64(size)), elements...), size
}

// sameAsLibrary decodes a block that says size in one piece and on the way, in
// steps of up to most bytes, and compares with the library.
func sameAsLibrary(t *testing.T, block []byte, size, most int) {
	t.Helper()
	want, wantErr := snappy.Decode(nil, block)
	if n, used := binary.Uvarint(block); used > 0 && n == uint64(size) {
		got := make([]byte, size)
		err := decodeSnappy(got, block[used:])
		if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Errorf("in one piece: %v, library: %v", err, wantErr)
		}
		sameAsTwin(t, block[used:], want, most)
	}
	got, err := readBody(block, size, most)
	if (err == nil) != (wantErr == nil && len(want) == size) || err == nil && !bytes.Equal(got, want) {
		t.Errorf("on the way: %v, library: %v", err, wantErr)
	}
}

// sameAsTwin compares what this processor runs with what others run, from an
// element at about byte from on.
func sameAsTwin(t *testing.T, elements, want []byte, from int) {
	t.Helper()
	d, s := 0, 0
	for s < len(elements) && (d < 8 || d < from) {
		e, ok := parseSnappyElement(elements[s:])
		if !ok || d+e.literal+e.copy > len(want) {
			return
		}
		d, s = d+e.literal+e.copy, s+e.tag+e.literal
	}
	if d > len(want) || s > len(elements) {
		return
	}
	got, twin := bytes.Clone(want), bytes.Clone(want)
	clear(got[d:])
	clear(twin[d:])
	end, used := snappyElements(got, d, elements[s:])
	twinEnd, twinUsed := snappyElementsGo(twin, d, elements[s:])
	if n := min(end, twinEnd); !bytes.Equal(got[:n], twin[:n]) || !bytes.Equal(got[:n], want[:n]) {
		t.Errorf("from byte %d to %d and %d the twins differ", d, end, twinEnd)
	}
	if max(end-twinEnd, twinEnd-end) > snappyMargin || max(used-twinUsed, twinUsed-used) > snappySource {
		t.Errorf("from byte %d one comes to %d, the other to %d of %d", d, end, twinEnd, len(want))
	}
}

// readBody reads a snappy block as a page of size bytes, in steps of up to most
// bytes. Other bytes lie around it.
func readBody(block []byte, size, most int) ([]byte, error) {
	around := bytes.Repeat([]byte{0xab}, 100)
	file := append(append(bytes.Clone(around), block...), around...)
	c := &column{codecs: new(decompressor), meta: &columnChunk{codec: snappyCodec}, limit: 1 << 30}
	c.in.reset(bytes.NewReader(file), format.NoMeter{}, 100, int64(len(file)), 1000)
	b := &c.page.in
	if err := b.stream(c, snappyBody, len(block), size); err != nil {
		return nil, err
	}
	var got []byte
	for b.remaining() > 0 {
		before := b.remaining()
		if err := b.more(min(most, headBytes)); err != nil {
			return got, err
		}
		if b.remaining() != before || len(b.window) < min(most, headBytes, before) {
			return got, fmt.Errorf("of %d bytes the window has %d and %d are left", before, len(b.window), b.left)
		}
		got = append(got, b.take(min(most, len(b.window)))...)
	}
	if err := b.finish(); err != nil {
		return got, err
	}
	if rest, err := c.in.peek(200); err != nil || !bytes.Equal(rest, around) {
		return got, fmt.Errorf("the stream is at %d after the page: %v", c.in.offset(), err)
	}
	return got, nil
}

func TestSnappyRefuses(t *testing.T) {
	literal := append([]byte{60 << 2, 99}, make([]byte, 100)...)
	for name, c := range map[string]struct {
		elements []byte
		size     int
		want     string
	}{
		"nothing":                {nil, 100, "smaller than its page says"},
		"too few bytes":          {literal, 101, "smaller than its page says"},
		"too many bytes":         {literal, 99, "larger than its page says"},
		"a literal cut off":      {literal[:50], 100, "cut off"},
		"a tag cut off":          {append(bytes.Clone(literal), 2, 1), 164, "cut off"},
		"a copy of nothing":      {[]byte{1, 1}, 4, "before its page"},
		"a copy of no offset":    {append(bytes.Clone(literal), 1, 0), 104, "before its page"},
		"a copy too far":         {append(bytes.Clone(literal), 1, 101), 104, "before its page"},
		"a copy far too far":     {append(bytes.Clone(literal), 3, 0, 0, 0, 0xff), 101, "before its page"},
		"an element too many":    {append(bytes.Clone(literal), 0, 0), 100, "larger than its page says"},
		"an endless literal":     {[]byte{63 << 2, 0xff, 0xff, 0xff, 0xff, 1, 2, 3}, 100, "cut off"},
		"a literal to the limit": {append([]byte{62 << 2, 0xff, 0xff, 0xff}, literal...), 1 << 24, "cut off"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := decodeSnappy(make([]byte, c.size), c.elements); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("in one piece: %v", err)
			}
			_, err := readBody(append(binary.AppendUvarint(nil, uint64(c.size)), c.elements...), c.size, 1000)
			if err == nil || !strings.Contains(err.Error(), "snappy data is corrupted: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("on the way: %v", err)
			}
		})
	}
}

// FuzzSnappy compares with the library: the same bytes, or an error of both.
func FuzzSnappy(f *testing.F) {
	for _, content := range snappySamples() {
		f.Add(snappy.Encode(nil, content[:min(len(content), 2000)]), uint16(1000))
	}
	for seed := range int64(4) {
		rng := rand.New(rand.NewSource(seed))
		block, _ := randomSnappy(rng, 5000, 300)
		f.Add(block, uint16(rng.Intn(5000)))
	}
	f.Fuzz(func(t *testing.T, block []byte, most uint16) {
		size, used := binary.Uvarint(block)
		if used <= 0 || used > 5 || size > 1<<20 {
			return
		}
		sameAsLibrary(t, block, int(size), 1+int(most))
	})
}
