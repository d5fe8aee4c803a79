package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// startPython is a program of directory python, to be killed after a minute; the
// test is skipped where there is no Python.
func startPython(t *testing.T, name string, args ...string) (c *exec.Cmd, out, messages *bytes.Buffer, version string) {
	t.Helper()
	python, version, err := findPython(context.Background())
	if err != nil {
		t.Skip(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	out, messages = &bytes.Buffer{}, &bytes.Buffer{}
	c = exec.CommandContext(ctx, python, append([]string{filepath.Join("python", name+".py")}, args...)...)
	c.Stdout, c.Stderr, c.WaitDelay = out, messages, 5*time.Second
	return c, out, messages, version
}

func TestPythonPrograms(t *testing.T) {
	for _, name := range []string{"sequential", "single_futures", "pool_chunks", "shared_array"} {
		for _, items := range []int64{0, 1, 1001} {
			t.Run(fmt.Sprintf("%s %d", name, items), func(t *testing.T) {
				c, out, messages, _ := startPython(t, name, strconv.FormatInt(items, 10))
				if err := c.Run(); err != nil {
					t.Fatalf("%v\n%s", err, messages)
				}
				var sum int64
				var seconds float64
				if _, err := fmt.Sscan(out.String(), &sum, &seconds); err != nil {
					t.Fatalf("%v: %q", err, out)
				}
				if sum != sumOfSquares(items) {
					t.Errorf("the sum is %d, not %d", sum, sumOfSquares(items))
				}
				if messages.Len() > 0 {
					t.Errorf("it complains: %s", messages)
				}
			})
		}
	}
}

var cannotPickle = regexp.MustCompile(`(AttributeError|PicklingError): Can't (pickle|get) .*lambda`)

func TestLambdaCannotBePickled(t *testing.T) {
	c, out, messages, version := startPython(t, "lambda_futures", "100")
	if strings.HasPrefix(version, "Python 3.8.") {
		t.Skip(version + " hangs on it")
	}
	err := c.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() <= 0 {
		t.Fatalf("%v, not an exit status; it printed %q\n%s", err, out, messages)
	}
	if out.Len() > 0 || !cannotPickle.Match(messages.Bytes()) {
		t.Errorf("it printed %q\n%s", out, messages)
	}
}

func TestRunPython(t *testing.T) {
	s := settings{items: 2000, single: 20}
	rows, _, err := runPython(context.Background(), t.TempDir(), s)
	var absent *noPythonError
	if errors.As(err, &absent) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	wants := []row{{way: "sequential", items: 2000}, {way: "pool_chunks", items: 2000}, {way: "shared_array", items: 2000},
		{way: "single_futures", items: 20}, {way: "lambda_futures", items: 20, failed: "some reason"}}
	if len(rows) != len(wants) {
		t.Fatalf("%d rows: %v", len(rows), rows)
	}
	for i, want := range wants {
		got := rows[i]
		if got.way != want.way || got.items != want.items || (got.failed == "") != (want.failed == "") || (got.wall > 0) != (want.failed == "") {
			t.Errorf("row %d is %+v", i, got)
		}
	}
}

func TestRunEndsProgramsThatTakeTooLong(t *testing.T) {
	c, out, messages, _ := startPython(t, "run", "--json", "--items", "30000000", "--single", "1", "--limit", "0.3")
	err := c.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("%v; it printed %s%s", err, out, messages)
	}
	rows, err := parseRows(out)
	if err != nil {
		t.Fatal(err)
	}
	if want := "did not end within 0.3 seconds"; rows[0].way != "sequential" || rows[0].failed != want {
		t.Errorf("the first row is %+v; %q was expected", rows[0], want)
	}
}

func TestParseRowsChecksWhatItReads(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":         {"", "it printed nothing"},
		"no JSON":         {"Traceback", "invalid character"},
		"a wrong sum":     {`{"way": "loop", "items": 3, "wall_s": 1, "sum": 6}`, "loop gave 6 for 3 items, not 5"},
		"no sum":          {`{"way": "loop", "items": 3, "wall_s": 1}`, "loop has no sum"},
		"no items at all": {`{"way": "loop", "items": 0, "wall_s": 1, "sum": 0}`, "loop has no sum"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseRows(strings.NewReader(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; %q was expected", err, c.want)
			}
		})
	}
}
