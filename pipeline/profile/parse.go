package profile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	pprof "github.com/google/pprof/profile"
)

// MaxBytes is the longest profile that is taken from a worker, compressed or
// not. What a parser makes of it in memory may be some fifty times that, and a
// worker's whole profile is rarely more than one megabyte.
const MaxBytes = 16 << 20

// maxTotal bounds the sum of a worker's values of one type, so that sums over
// workers cannot overflow. It is 52 days of processor time, or 4 PiB.
const maxTotal = 1 << 52

// maxTextBytes bounds the names and labels of a worker's profile, each counted
// as often as it is referred to: merging reads, and copies, all of them, and a
// table of one long text can be referred to a million times.
const maxTextBytes = 64 << 20

// units are the types of the values of a sample, and of the period between two.
var units = map[Kind]struct{ values, period string }{
	CPU:  {"samples/count cpu/nanoseconds", "cpu/nanoseconds"},
	Heap: {"alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes", "space/bytes"},
}

// parse reads a worker's profile and checks that it is what is merged with
// others of its kind.
func parse(k Kind, compressed []byte) (*pprof.Profile, error) {
	fail := func(err error) (*pprof.Profile, error) { return nil, fmt.Errorf("malformed %s profile: %w", k, err) }
	z, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return fail(err)
	}
	text, err := io.ReadAll(io.LimitReader(z, MaxBytes+1))
	if err != nil {
		return fail(err)
	}
	if len(text) > MaxBytes {
		return fail(fmt.Errorf("it has more than %d bytes", MaxBytes))
	}
	p, err := pprof.ParseUncompressed(text)
	if err == nil {
		err = p.CheckValid()
	}
	if err == nil {
		err = check(k, p)
	}
	if err != nil {
		return fail(err)
	}
	p.Comments = nil
	return p, nil
}

func check(k Kind, p *pprof.Profile) error {
	types := strings.Fields(units[k].values)
	if len(p.SampleType) != len(types) {
		return fmt.Errorf("it has %d values a sample instead of %s", len(p.SampleType), units[k].values)
	}
	for i, t := range p.SampleType {
		if t.Type+"/"+t.Unit != types[i] {
			return fmt.Errorf("value %d of its samples is not in %s", i+1, types[i])
		}
	}
	if p.PeriodType == nil || p.PeriodType.Type+"/"+p.PeriodType.Unit != units[k].period {
		return fmt.Errorf("its period is not in %s", units[k].period)
	}
	if p.DurationNanos < 0 || p.DurationNanos > maxTotal {
		return fmt.Errorf("it lasted %d ns", p.DurationNanos)
	}
	totals := make([]int64, len(p.SampleType))
	for _, s := range p.Sample {
		for i, v := range s.Value {
			if v < 0 || v > maxTotal-totals[i] {
				return errors.New("its values are out of range")
			}
			totals[i] += v
		}
	}
	if textBytes(p) > maxTextBytes {
		return fmt.Errorf("its names and labels take more than %d bytes", maxTextBytes)
	}
	return nil
}

// textBytes is the length of all names and labels.
func textBytes(p *pprof.Profile) (n int64) {
	add := func(texts ...string) {
		for _, s := range texts {
			n += int64(len(s))
		}
	}
	for _, s := range p.Sample {
		for key, values := range s.Label {
			add(key)
			add(values...)
		}
		for key := range s.NumLabel {
			add(key)
			add(s.NumUnit[key]...)
		}
	}
	for _, f := range p.Function {
		add(f.Name, f.SystemName, f.Filename)
	}
	for _, m := range p.Mapping {
		add(m.File, m.BuildID, m.KernelRelocationSymbol)
	}
	return n
}

// since is what happened between two heap profiles of one process. What was in
// use before, and is not any more, is not counted.
func since(before, after *pprof.Profile) (*pprof.Profile, error) {
	before.Scale(-1)
	p, err := pprof.Merge([]*pprof.Profile{after, before})
	if err != nil {
		return nil, err
	}
	for _, s := range p.Sample {
		for i, v := range s.Value {
			s.Value[i] = max(v, 0)
		}
	}
	p.TimeNanos = after.TimeNanos
	return p.Compact(), nil
}
