package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weir-pipeline/weir/pipeline/quantity"
)

// task is a query over the columns of weir gen.
type task struct {
	name  string
	title string
	flags []string // of weir run
}

func tasks() []task {
	return []task{
		{"T1", "sum(x*x)", []string{"--agg", "sum(x*x)"}},
		{"T3", "count, mean, max by k", []string{"--agg", "count(), mean(y), max(price)", "--by", "k"}},
	}
}

func taskNames() (names []string) {
	for _, t := range tasks() {
		names = append(names, t.name)
	}
	return names
}

// modes are those compared.
func modes() []string {
	if runtime.GOOS == "windows" { // has no worker processes
		return []string{"threads"}
	}
	return []string{"threads", "mmap"}
}

// measurement is how long a task takes as one thing changes.
type measurement struct {
	task   task
	format string
	curves []*curve // one for each mode
}

type curve struct {
	mode   string
	points []*point
}

// point is a size and what the runs with it took.
type point struct {
	size  int64 // rows of the file, or of a chunk
	rows  int64 // of the file
	times []time.Duration
}

func (p *point) median() time.Duration {
	times := slices.Clone(p.times)
	slices.Sort(times)
	n := len(times)
	return (times[(n-1)/2] + times[n/2]) / 2
}

// perRow is a time a row, in nanoseconds.
func (p *point) perRow(d time.Duration) float64 { return float64(d) / float64(p.rows) }

// bench runs weir.
type bench struct {
	*settings
	version  string // of weir
	random   *rand.Rand
	messages io.Writer
}

func newBench(ctx context.Context, s *settings, messages io.Writer) (*bench, error) {
	b := &bench{settings: s, random: rand.New(rand.NewPCG(s.seed, 0)), messages: messages}
	out, _, err := b.runWeir(ctx, "--version")
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("there is no %s: build it with \"make build\", or name the program with -weir", s.weir)
	}
	b.version = strings.TrimPrefix(strings.TrimSpace(string(out)), "weir version ")
	return b, err
}

// setting is one way in a measurement.
type setting struct {
	point *point
	args  []string
}

// byRows measures a task on files of different numbers of rows.
func (b *bench) byRows(ctx context.Context, t task, format string) (*measurement, error) {
	m := &measurement{task: t, format: format}
	var ways []setting
	for _, mode := range modes() {
		c := &curve{mode: mode}
		for _, rows := range b.rows {
			if format == "csv" && rows > b.csvRows {
				continue
			}
			path, err := b.file(ctx, rows, format, batchRows)
			if err != nil {
				return nil, err
			}
			p := &point{size: rows, rows: rows}
			c.points = append(c.points, p)
			ways = append(ways, setting{p, append(b.args(mode, t), path)})
		}
		m.curves = append(m.curves, c)
	}
	fmt.Fprintf(b.messages, "%s on %s by rows\n", t.name, format)
	return m, b.rounds(ctx, ways)
}

// byChunkRows measures a task on one Arrow file with chunks of different sizes.
// Its record batches are as large as the largest chunk, because a chunk does not
// go beyond a batch.
func (b *bench) byChunkRows(ctx context.Context, t task) (*measurement, error) {
	path, err := b.file(ctx, b.chunkedRows, "arrow", slices.Max(b.chunkRows))
	if err != nil {
		return nil, err
	}
	m := &measurement{task: t, format: "arrow"}
	var ways []setting
	for _, mode := range modes() {
		c := &curve{mode: mode}
		for _, chunkRows := range b.chunkRows {
			p := &point{size: chunkRows, rows: b.chunkedRows}
			c.points = append(c.points, p)
			ways = append(ways, setting{p, append(b.args(mode, t), "--chunk-rows", strconv.FormatInt(chunkRows, 10), path)})
		}
		m.curves = append(m.curves, c)
	}
	fmt.Fprintf(b.messages, "%s by rows in a chunk\n", t.name)
	return m, b.rounds(ctx, ways)
}

func (b *bench) args(mode string, t task) []string {
	return append([]string{"run", "--mode", mode, "--workers", strconv.Itoa(b.workers), "--format", "json", "--timings", "json", "--progress", "off"}, t.flags...)
}

// rounds runs every way once to warm up and then in every round.
func (b *bench) rounds(ctx context.Context, ways []setting) error {
	order := slices.Clone(ways)
	digests := map[string]string{} // of the results, by file
	for round := -1; round < b.trials; round++ {
		b.random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, w := range order {
			out, timings, err := b.runWeir(ctx, w.args...)
			if err != nil {
				return err
			}
			var result struct{ Digest string }
			if err := json.Unmarshal(out, &result); err != nil {
				return fmt.Errorf("the result of weir: %w", err)
			}
			path := w.args[len(w.args)-1]
			if digests[path] == "" {
				digests[path] = result.Digest
			}
			if result.Digest == "" || result.Digest != digests[path] {
				return fmt.Errorf("%s: the results of two runs have the digests %s and %s", path, digests[path], result.Digest)
			}
			var took struct {
				WallS float64 `json:"wall_s"`
			}
			lines := bytes.Split(bytes.TrimSpace(timings), []byte("\n"))
			if err := json.Unmarshal(lines[len(lines)-1], &took); err != nil || took.WallS <= 0 {
				return fmt.Errorf("the timings of weir say no time: %w", err)
			}
			if round >= 0 {
				w.point.times = append(w.point.times, time.Duration(took.WallS*float64(time.Second)))
			}
		}
	}
	return nil
}

// runWeir returns what weir writes to standard output and to standard error.
func (b *bench) runWeir(ctx context.Context, args ...string) (stdout, stderr []byte, err error) {
	var out, messages bytes.Buffer
	c := exec.CommandContext(ctx, b.weir, args...)
	c.Stdout, c.Stderr, c.WaitDelay = &out, &messages, 5*time.Second
	switch err := c.Run(); {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case err != nil:
		return nil, nil, fmt.Errorf("%s %s: %w\n%s", b.weir, strings.Join(args, " "), err, messages.Bytes())
	}
	return out.Bytes(), messages.Bytes(), nil
}

// batchRows is the size of the record batches and row groups of files.
const batchRows = 1_000_000

// file is the path of a file of rows, which is made if it is missing and brought
// into the page cache.
func (b *bench) file(ctx context.Context, rows int64, format string, batch int64) (string, error) {
	name := "t" + shortCount(rows)
	if batch != batchRows {
		name += "-batches-" + shortCount(batch)
	}
	path := filepath.Join(b.data, name+"."+format)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := os.MkdirAll(b.data, 0o755); err != nil {
			return "", err
		}
		fmt.Fprintf(b.messages, "making %s: %s\n", path, quantity.Count(rows, "row"))
		if _, _, err := b.runWeir(ctx, "gen", "--rows", strconv.FormatInt(rows, 10), "--batch-rows", strconv.FormatInt(batch, 10), "--progress", "off", path); err != nil {
			return "", err
		}
	}
	out, _, err := b.runWeir(ctx, "run", "--agg", "count()", "--format", "json", "--timings", "none", "--progress", "off", path)
	if err != nil {
		return "", err
	}
	var found struct{ Rows [][]int64 }
	if err := json.Unmarshal(out, &found); err != nil {
		return "", fmt.Errorf("%s: its number of rows: %w", path, err)
	}
	if found.Rows[0][0] != rows {
		return "", fmt.Errorf("%s: it has %s, but by its name it should have %s: remove it", path, quantity.Count(found.Rows[0][0], "row"), quantity.Thousands(rows))
	}
	return path, bringToCache(path)
}

func bringToCache(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{f}, make([]byte, 1<<20))
	return err
}
