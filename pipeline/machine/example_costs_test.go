package machine_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/weir-pipeline/weir/pipeline/machine"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n")); !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// example is costs of every kind, some known and some not.
func example() machine.Costs {
	figure := func(median float64) machine.Figure {
		return machine.Figure{Median: median, Low: median / 2, High: median * 2, Samples: 5}
	}
	known := func(median float64) *machine.Figure { f := figure(median); return &f }
	return machine.Costs{
		Processors: 2, TookSeconds: 0.0521,
		Spawn: &machine.Spawn{
			WallSeconds: figure(3.1e-3), CoordinatorCPUSeconds: known(980e-6), WorkerCPUSeconds: figure(4.44e-3), EndSeconds: figure(1.2e-3),
			AtOnce: 2, AtOnceWallSeconds: known(4.5e-3),
		},
		Handovers: []machine.Handover{
			{Mode: "mmap", RoundTripSeconds: figure(14e-6), PerChunkSeconds: figure(9e-6), Ahead: 8, CoordinatorCPUSeconds: known(5e-6), WorkerCPUSeconds: known(7e-6)},
			{Mode: "pipe", RoundTripSeconds: figure(15.4e-6), PerChunkSeconds: figure(9.96e-6), Ahead: 8},
		},
		Copies: []machine.Copy{
			{Codec: "raw", Values: machine.Doubles, ChunkBytes: 262144, PayloadBytes: 262144, EncodeSecondsPerByte: figure(9e-12), WriteSecondsPerByte: known(0.1e-9), ReadSecondsPerByte: known(0.125e-9), DecodeSecondsPerByte: figure(7e-12)},
			{Codec: "json", Values: machine.Doubles, ChunkBytes: 8192, PayloadBytes: 18600, EncodeSecondsPerByte: figure(11.5e-9), DecodeSecondsPerByte: figure(58e-9)},
		},
		InputFault: &machine.Fault{SecondsPerFault: figure(0.25e-6), SecondsPerByte: figure(4e-12), PagesPerFault: 16, PageBytes: 4096, Faults: 288, Bytes: 288 << 16},
		Arena: &machine.ArenaFault{
			ReserveSecondsPerByte: figure(0.3e-9),
			Fill:                  machine.Fault{SecondsPerFault: figure(0.5e-6), SecondsPerByte: figure(0.12e-9), PagesPerFault: 1, PageBytes: 4096, Faults: 512, Bytes: 2 << 20},
			Read:                  machine.Fault{SecondsPerFault: figure(2e-6), SecondsPerByte: figure(1e-12), PagesPerFault: 512, PageBytes: 4096, Faults: 1, Bytes: 2 << 20},
		},
		Scan: &machine.Scan{SizeBytes: 8 << 20, Rates: []machine.ScanRate{
			{Cores: 1, BytesPerSecond: figure(18e9), Speedup: 1}, {Cores: 2, BytesPerSecond: figure(25e9), Speedup: 25. / 18},
		}},
		Switch:  &machine.Switch{WakeSeconds: figure(4.2e-6), ClockSeconds: figure(45e-9), UsageSeconds: known(0.75e-6)},
		Missing: []machine.Missing{{Figure: "scan", Why: "there was no time left in the budget"}},
	}
}
