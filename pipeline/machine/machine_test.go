package machine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline/codec"
	"github.com/weir-pipeline/weir/pipeline/machine"
	"github.com/weir-pipeline/weir/pipeline/procs"
)

// ample is a budget in which every figure gets its samples on any machine.
const ample = 30 * time.Second

// TestMeasure: on Linux nothing is missing, and every figure is one.
func TestMeasure(t *testing.T) {
	c, err := machine.Measure(context.Background(), machine.Options{Budget: ample, Input: input(t, 8<<20)})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + c.String())
	if runtime.GOOS == "linux" && len(c.Missing) > 0 {
		t.Errorf("missing: %v", c.Missing)
	}
	if c.Processors != runtime.GOMAXPROCS(0) || c.TookSeconds <= 0 {
		t.Errorf("%d processors, took %v s", c.Processors, c.TookSeconds)
	}
	figures := 0
	eachFigure(reflect.ValueOf(c), "Costs", func(name string, f machine.Figure) {
		figures++
		if f.Samples < 1 || f.Low > f.Median || f.Median > f.High {
			t.Errorf("%s is %+v", name, f)
		}
		// A difference of two passes may be nothing, and a rusage 0 between two ticks.
		if f.High <= 0 && !strings.Contains(name, "Fault") && !strings.Contains(name, "CPU") {
			t.Errorf("%s took no time: %+v", name, f)
		}
	})
	if runtime.GOOS == "linux" && figures < 40 {
		t.Errorf("%d figures", figures)
	}
}

// eachFigure calls f with all figures that v holds.
func eachFigure(v reflect.Value, name string, f func(name string, figure machine.Figure)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			eachFigure(v.Elem(), name, f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachFigure(v.Index(i), name, f)
		}
	case reflect.Struct:
		if figure, ok := v.Interface().(machine.Figure); ok {
			f(name, figure)
			return
		}
		for i := range v.NumField() {
			eachFigure(v.Field(i), name+"."+v.Type().Field(i).Name, f)
		}
	}
}

// TestNoTimeIsNoFigure: nothing is made up where there was no time to measure.
func TestNoTimeIsNoFigure(t *testing.T) {
	c, err := machine.Measure(context.Background(), machine.Options{Budget: 1, Input: input(t, 1<<20)})
	if err != nil {
		t.Fatal(err)
	}
	eachFigure(reflect.ValueOf(c), "Costs", func(name string, f machine.Figure) { t.Errorf("%s is %+v", name, f) })
	if len(c.Missing) != 7 {
		t.Errorf("missing: %v", c.Missing)
	}
	if text := c.String(); runtime.GOOS == "linux" && !strings.Contains(text, "not measured: spawn: there was no time left in the budget") {
		t.Error(text)
	}
}

func TestACancelledMeasurementIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if c, err := machine.Measure(ctx, machine.Options{Budget: ample}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v of %v", err, c)
	}
}

func TestAWorkerStartsNoWorkers(t *testing.T) {
	t.Setenv(procs.Env, "1")
	_, err := machine.Measure(context.Background(), machine.Options{})
	_, errSpawn := machine.MeasureSpawn(context.Background(), machine.Options{})
	_, errHandovers := machine.MeasureHandovers(context.Background(), machine.Options{})
	for _, err := range []error{err, errSpawn, errHandovers} {
		if err == nil || !strings.Contains(err.Error(), "pipeline.ServeWorker") {
			t.Errorf("error is %v", err)
		}
	}
}

// TestCopies: to make a chunk text and back costs more than to point at it.
func TestCopies(t *testing.T) {
	copies, err := machine.MeasureCopies(context.Background(), machine.Options{Budget: ample})
	if err != nil {
		t.Fatal(err)
	}
	perByte := map[string]float64{}
	for _, c := range copies {
		perByte[c.Codec+" "+c.Values] = c.EncodeSecondsPerByte.Median + c.DecodeSecondsPerByte.Median
		if (c.WriteSecondsPerByte == nil) != (c.ReadSecondsPerByte == nil) {
			t.Errorf("%s %s: written %v, read %v", c.Codec, c.Values, c.WriteSecondsPerByte, c.ReadSecondsPerByte)
		}
		if c.Codec == "raw" && c.Values == machine.Doubles && c.PayloadBytes != c.ChunkBytes {
			t.Errorf("raw sends %d bytes of a chunk of %d", c.PayloadBytes, c.ChunkBytes)
		}
		if c.Codec == "json" && c.Values == machine.Doubles && c.PayloadBytes <= c.ChunkBytes {
			t.Errorf("json sends %d bytes of a chunk of %d", c.PayloadBytes, c.ChunkBytes)
		}
	}
	if want := 2 * len(codec.Names()); len(copies) != want || len(perByte) != want {
		t.Fatalf("%d copies, want %d", len(copies), want)
	}
	for _, values := range []string{machine.Doubles, machine.Texts} {
		if raw, json := perByte["raw "+values], perByte["json "+values]; json <= raw {
			t.Errorf("%s: json takes %v s a byte, raw %v", values, json, raw)
		}
	}
}

func TestScan(t *testing.T) {
	s, err := machine.MeasureScan(context.Background(), machine.Options{Budget: ample})
	if err != nil {
		t.Fatal(err)
	}
	first, last := s.Rates[0], s.Rates[len(s.Rates)-1]
	if first.Cores != 1 || first.Speedup != 1 || last.Cores != runtime.GOMAXPROCS(0) {
		t.Errorf("rates from %+v to %+v", first, last)
	}
	if s.SizeBytes != 64<<20 {
		t.Errorf("%d bytes with time for more", s.SizeBytes)
	}
}

func TestSwitch(t *testing.T) {
	s, err := machine.MeasureSwitch(context.Background(), machine.Options{Budget: ample})
	if err != nil {
		t.Fatal(err)
	}
	if s.WakeSeconds.Median <= s.ClockSeconds.Median {
		t.Errorf("waking a thread takes %v s, less than a look at the clock, %v", s.WakeSeconds.Median, s.ClockSeconds.Median)
	}
}

// TestJSONHasTheUnits pins what reports keep.
func TestJSONHasTheUnits(t *testing.T) {
	text, err := json.MarshalIndent(example(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "costs.json", append(text, '\n'))
	var back machine.Costs
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, example()) {
		t.Errorf("read back %+v, %v", back, err)
	}
}

func TestString(t *testing.T) { golden(t, "costs.txt", []byte(example().String())) }

// input is a file of sizeBytes that has just been written.
func input(t *testing.T, sizeBytes int) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(path, bytes.Repeat([]byte{1}, sizeBytes), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
