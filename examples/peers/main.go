// Command peers times weir beside what else is on the machine for the same job:
// DuckDB and Polars, through their bindings for Node.
//
//	make bench-peers                                       all tasks, CSV and Parquet of 10M rows, Arrow of 50M
//	go run ./examples/peers -weir bin/weir -rows 1000000   smaller files
//	go run ./examples/peers -weir bin/weir -install        npm install the peers into -dir first, and nowhere else
//
// Every way does a task once to warm up, then -trials times in rounds of random
// order, each time in a process of its own, with the files in the page cache;
// then once more with its memory watched. Figures are medians. Answers are
// compared with weir's, and differences are said.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/weir-pipeline/weir/pipeline/environment"
)

// options are the flags.
type options struct {
	weir    string
	dir     string
	data    string
	rows    int64
	trials  int
	tasks   string
	formats string
	format  string
	seed    uint64
	install bool
}

func main() {
	var o options
	flag.StringVar(&o.weir, "weir", "bin/weir", "the program to measure")
	flag.StringVar(&o.dir, "dir", "peers-data", "where the peers' node_modules are, and the data unless -data says otherwise")
	flag.StringVar(&o.data, "data", "", "directory of the files t10M.csv, t10M.parquet, t50M.arrow; those that are missing are made")
	flag.Int64Var(&o.rows, "rows", 0, "rows of every file, instead of 10M and, for Arrow, 50M")
	flag.IntVar(&o.trials, "trials", 5, "runs of each way that count")
	flag.StringVar(&o.tasks, "tasks", "T1,T2,T3,T4,T5", "which tasks")
	flag.StringVar(&o.formats, "formats", "csv,parquet,arrow", "which formats")
	flag.StringVar(&o.format, "format", "table", "of the output: table, markdown, or json with every run")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of the order of the runs")
	flag.BoolVar(&o.install, "install", false, "npm install the peers into -dir first")
	flag.Parse()
	if err := o.run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func (o options) run(ctx context.Context, out io.Writer) error {
	if o.trials < 1 {
		return fmt.Errorf("-trials %d: at least one run has to count", o.trials)
	}
	if !slices.Contains([]string{"table", "markdown", "json"}, o.format) {
		return fmt.Errorf("-format %s: it is table, markdown or json", o.format)
	}
	chosen, err := choose(tasks(), o.tasks, "task", func(t task) string { return t.name })
	if err != nil {
		return err
	}
	files, err := choose(inputs(o.rows), o.formats, "format", func(in input) string { return in.format })
	if err != nil {
		return err
	}
	if o.data == "" {
		o.data = o.dir
	}
	if o.install {
		if err := install(o.dir); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "weir-peers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ways, err := weirs(o.weir)
	if err != nil {
		return err
	}
	others, missing, err := peers(o.dir, dir)
	if err != nil {
		return err
	}
	ways = append(ways, others...)
	head := heading(o, ways, missing)
	fmt.Fprint(os.Stderr, head)

	var cells []*cell
	rng := rand.New(rand.NewPCG(o.seed, 0))
	for _, in := range files {
		path, err := prepare(ctx, o.data, in)
		if err != nil {
			return err
		}
		for _, t := range chosen {
			c, err := measure(t, in, path, ways, o.trials, rng)
			if err != nil {
				return err
			}
			cells = append(cells, c)
		}
	}
	if o.format == "json" {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			About []string `json:"about"`
			Cells []*cell  `json:"cells"`
		}{strings.Split(strings.TrimSpace(head), "\n"), cells})
	}
	fmt.Fprint(out, head)
	write(out, cells, o.format == "markdown")
	return nil
}

// heading says what was measured, with what, and where.
func heading(o options, ways []way, missing []string) string {
	var b strings.Builder
	env := environment.Read()
	fmt.Fprintf(&b, "%s\n", env)
	fmt.Fprintf(&b, "go run ./examples/peers %s\n", strings.Join(os.Args[1:], " "))
	fmt.Fprintf(&b, "%d threads or workers; medians of %d runs in random order, seed %d\n", threads, o.trials, o.seed)
	for _, w := range ways {
		fmt.Fprintf(&b, "%s: %s\n", w.name, w.version)
	}
	for _, m := range missing {
		fmt.Fprintf(&b, "missing: %s\n", m)
	}
	return b.String()
}

// install brings the peers into dir.
func install(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	// With a package.json of its own npm does not look for one further up.
	own := filepath.Join(dir, "package.json")
	if _, err := os.Stat(own); errors.Is(err, os.ErrNotExist) {
		if err := os.WriteFile(own, []byte("{\"private\": true}\n"), 0o644); err != nil {
			return err
		}
	}
	args := installCommand(dir)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// choose picks those of all whose names are in a list with commas.
func choose[T any](all []T, list, what string, name func(T) string) ([]T, error) {
	var names []string
	for _, a := range all {
		names = append(names, name(a))
	}
	var chosen []T
	for _, n := range strings.Split(list, ",") {
		i := slices.Index(names, strings.TrimSpace(n))
		if i < 0 {
			return nil, fmt.Errorf("there is no %s %q; there are %s", what, n, strings.Join(names, ", "))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}
