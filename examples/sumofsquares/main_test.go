package main

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/verdict"
	"github.com/weir-pipeline/weir/stages"
)

// TestMain makes the test binary its own worker.
func TestMain(m *testing.M) {
	pipeline.ServeWorker(stages.Builtin())
	os.Exit(m.Run())
}

// build builds the program as a reader of its source would.
func build(t *testing.T) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "sumofsquares.exe")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

func TestProgramPrintsSumsAndVerdicts(t *testing.T) {
	c := exec.Command(build(t), "-items", "70000", "-single", "200", "-trials", "2")
	c.Env = append(os.Environ(), "PATH=") // no Python there
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wants := []string{
		"70,000 items in chunks of its own size", "sum 114,330,883,345,000", // 69,999 * 70,000 * 139,999 / 6
		"200 items: one task per item (@1)", "sum 2,646,700", // 199 * 200 * 399 / 6
		"~: not measured, but extrapolated", "verdict on sequential, threads @1",
		"Python: not measured, there is no Python of version 3.8 or later (looked for python3, python in PATH)",
	}
	for _, m := range modes() {
		way := string(m)
		if m == pipeline.Pipe {
			way += "/raw"
		}
		wants = append(wants, " "+way+" ", " "+way+" @1 ")
	}
	for _, want := range wants {
		if !strings.Contains(string(out), want) {
			t.Errorf("the output does not have %q:\n%s", want, out)
		}
	}
}

func TestFlagsThatCannotBeMeant(t *testing.T) {
	program := build(t)
	for want, args := range map[string][]string{
		"the squares of 0 numbers":       {"-items", "0"},
		"the squares of 3024618 numbers": {"-single", "3024618"},
		"0 trials: at least 1 is needed": {"-trials", "0"},
		`"12" is no flag`:                {"12"},
	} {
		out, err := exec.Command(program, args...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || !strings.Contains(string(out), want) {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}

// The verdict on single items names what handing them over costs first, for the
// modes that hand over.
func TestVerdictNamesTheHandOverOfSingleItems(t *testing.T) {
	withVerdict(t, 10_000, 333_283_335_000, // 9,999 * 10,000 * 19,999 / 6
		func(m *measurement) (wrong []string) {
			for _, way := range []string{"pipe/raw @1", "mmap @1"} {
				if c := m.causes(way); len(c) == 0 || c[0].Cause != verdict.SmallChunks || c[0].Share < 0.3 {
					wrong = append(wrong, way)
				}
			}
			return wrong
		}, wholeChunks, singleItems)
}

// Chunks of weir's own size are not called too small.
func TestVerdictFindsNoSmallChunksAmongWholeOnes(t *testing.T) {
	withVerdict(t, 1_000_000, 333_332_833_333_500_000, // 999,999 * 1,000,000 * 1,999,999 / 6
		func(m *measurement) (wrong []string) {
			for _, s := range m.verdict.Statements {
				if slices.ContainsFunc(s.Causes, func(c verdict.Found) bool { return c.Cause == verdict.SmallChunks }) {
					wrong = append(wrong, s.Way)
				}
			}
			return wrong
		}, wholeChunks)
}

// withVerdict measures until nothing is wrong with the verdict: a few times,
// because other programs may disturb a measurement.
func withVerdict(t *testing.T, items, sum int64, wrongWays func(*measurement) []string, chunkRows ...int) {
	t.Helper()
	if len(modes()) < 4 {
		t.Skip("this system has no modes with worker processes")
	}
	const tries = 4
	for range tries {
		m, err := measure(context.Background(), filepath.Join(t.TempDir(), "items.arrow"), items, 8, chunkRows...)
		if err != nil {
			t.Fatal(err)
		}
		if m.sum != sum {
			t.Fatalf("the sum is %d, not %d", m.sum, sum)
		}
		wrong := wrongWays(m)
		if len(wrong) == 0 {
			return
		}
		var text bytes.Buffer
		m.write(&text, items)
		t.Logf("wrong of %s:\n%s", strings.Join(wrong, ", "), &text)
	}
	t.Errorf("the verdict was wrong %d times", tries)
}

// causes are those that the verdict gives for a way.
func (m *measurement) causes(way string) (all []verdict.Found) {
	for _, s := range m.verdict.Statements {
		if s.Way == way {
			all = append(all, s.Causes...)
		}
	}
	return all
}

func TestMostItemsFitAnInt64(t *testing.T) {
	var sum big.Int
	for i := int64(0); i < mostItems; i++ {
		sum.Add(&sum, big.NewInt(i*i))
	}
	if !sum.IsInt64() || sum.Int64() != sumOfSquares(mostItems) {
		t.Errorf("the sum of the squares of %d numbers is %v, not %d", mostItems, &sum, sumOfSquares(mostItems))
	}
	if sum.Add(&sum, big.NewInt(mostItems*mostItems)); sum.IsInt64() {
		t.Errorf("one more number fits %d, too", math.MaxInt64)
	}
}
