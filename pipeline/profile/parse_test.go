package profile

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"

	pprof "github.com/google/pprof/profile"
)

// What a worker sends is checked before anything is made of it.
func TestAMalformedProfileIsRefused(t *testing.T) {
	good := compressed(t, made(CPU, 1, "f"))
	with := func(change func(p *pprof.Profile)) []byte {
		p := made(CPU, 1, "f", "other")
		change(p)
		return compressed(t, p)
	}
	for _, tt := range []struct {
		name    string
		profile []byte
		want    string
	}{
		{"nothing", nil, "EOF"},
		{"garbage", []byte("Traceback (most recent call last)"), "invalid header"},
		{"half of one", good[:len(good)/2], "unexpected EOF"},
		{"one not compressed", []byte("\x0a\x04\x08\x01\x10\x02"), "EOF"},
		{"compressed garbage", zipped([]byte("\xff\xff\xff garbage")), "malformed"},
		{"compressed nothing", zipped(nil), "empty"},
		{"a bomb", zipped(make([]byte, MaxBytes+1)), "more than 16777216 bytes"},
		{"a profile of another kind", compressed(t, made(Heap, 1, "f")), "4 values a sample"},
		{"values of another unit", with(func(p *pprof.Profile) { p.SampleType[1].Unit = "hours" }), "value 2 of its samples is not in cpu/nanoseconds"},
		{"no period", with(func(p *pprof.Profile) { p.PeriodType = nil }), "period"},
		{"another period", with(func(p *pprof.Profile) { p.PeriodType.Unit = "hours" }), "period"},
		{"negative values", with(func(p *pprof.Profile) { p.Sample[0].Value[1] = -1 }), "out of range"},
		{"values that overflow", with(func(p *pprof.Profile) { p.Sample[0].Value[0], p.Sample[1].Value[0] = maxTotal, 1 }), "out of range"},
		{"a negative duration", with(func(p *pprof.Profile) { p.DurationNanos = -5 }), "lasted -5 ns"},
		{"a long label again and again", with(func(p *pprof.Profile) {
			p.Sample[0].Label = map[string][]string{"a": slices.Repeat([]string{strings.Repeat("long", 1<<17)}, 200)}
		}), "more than 67108864 bytes"},
		{"a long unit again and again", with(func(p *pprof.Profile) {
			unit := slices.Repeat([]string{strings.Repeat("long", 1<<17)}, 200)
			p.Sample[0].NumLabel, p.Sample[0].NumUnit = map[string][]int64{"a": make([]int64, 200)}, map[string][]string{"a": unit}
		}), "more than 67108864 bytes"},
		{"a long name again and again", with(func(p *pprof.Profile) {
			for i := range 200 {
				p.Function = append(p.Function, &pprof.Function{ID: uint64(i + 3), Name: strings.Repeat("long", 1<<17)})
			}
		}), "more than 67108864 bytes"},
		{"a sample without values", zipped([]byte("\x0a\x04\x08\x01\x10\x02\x12\x00\x32\x00\x32\x01a\x32\x01b")), "value"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse(CPU, tt.profile)
			if err == nil {
				t.Fatal("it is taken")
			}
			if text := err.Error(); !strings.HasPrefix(text, "malformed cpu profile: ") || !strings.Contains(text, tt.want) {
				t.Errorf("error is %q, want %q in it", text, tt.want)
			}
		})
	}
	if _, err := parse(CPU, good); err != nil {
		t.Error(err)
	}
}

func zipped(text []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.NoCompression) // the fastest
	_, _ = z.Write(text)
	_ = z.Close()
	return b.Bytes()
}

// FuzzParse: what is taken from a worker can be merged with others, written, and
// read again; nothing panics.
func FuzzParse(f *testing.F) {
	for _, k := range []Kind{CPU, Heap} {
		var text bytes.Buffer
		if err := made(k, 7, "f", "other").WriteUncompressed(&text); err != nil {
			f.Fatal(err)
		}
		f.Add(k == CPU, text.Bytes())
	}
	f.Fuzz(func(t *testing.T, cpu bool, text []byte) {
		k := Heap
		if cpu {
			k = CPU
		}
		c := New(Options{})
		for range 2 {
			p, err := parse(k, zipped(text))
			if err != nil {
				return
			}
			p.SetLabel("process", []string{"worker 1"})
			if err := c.taken.add(k, "worker 1", p); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.taken.add(k, Coordinator, made(k, 1, "f")); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := c.Write(&out, k); err != nil {
			t.Fatal(err)
		}
		if _, err := pprof.ParseData(out.Bytes()); err != nil {
			t.Fatal(err)
		}
	})
}
