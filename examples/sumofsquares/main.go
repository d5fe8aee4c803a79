// Command sumofsquares answers "I used multiprocessing and it took longer than
// sequential. Why?" for the job with which the question is mostly asked: the sum
// of i*i for a million i. It runs the job in all of weir's modes, with chunks of
// weir's size and with one task per item, says what weir's verdict is, and runs
// the versions in plain Python beside it, if there is a Python.
//
//	go run ./examples/sumofsquares                    20,000 items where each is a task
//	go run ./examples/sumofsquares -single 1000000    all of them, measured: minutes
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/quantity"
	"github.com/weir-pipeline/weir/stages"
)

func main() {
	// Modes pipe and mmap start this program again as their workers.
	pipeline.ServeWorker(stages.Builtin())

	var s settings
	flag.Int64Var(&s.items, "items", 1_000_000, "numbers to square")
	flag.Int64Var(&s.single, "single", 20_000, "numbers to square with one task each")
	flag.IntVar(&s.trials, "trials", 8, "runs of each way")
	flag.BoolVar(&s.python, "python", true, "run the versions in Python too, 3 times each")
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("%q is no flag, and there are no arguments", flag.Arg(0))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Stdout, s)
	switch {
	case ctx.Err() != nil:
		log.Fatal("interrupted")
	case err != nil:
		log.Fatal(err)
	}
}

type settings struct {
	items, single int64
	trials        int
	python        bool
}

// mostItems is how many squares, from 0 on, have a sum that an int64 holds.
const mostItems = 3_024_617

func (s settings) check() error {
	for _, n := range []int64{s.items, s.single} {
		if n < 1 || n > mostItems {
			return fmt.Errorf("the squares of %d numbers: use 1 to %d, whose sum fits 64 bits", n, mostItems)
		}
	}
	if s.trials < 1 {
		return fmt.Errorf("%d trials: at least 1 is needed", s.trials)
	}
	return nil
}

// run measures everything and prints it as it comes.
func run(ctx context.Context, out io.Writer, s settings) error {
	if err := s.check(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "weir-sumofsquares")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	fmt.Fprintf(out, "weir, %s in chunks of its own size\n", quantity.Count(s.items, "item"))
	all, err := measure(ctx, filepath.Join(dir, "items.arrow"), s.items, s.trials, wholeChunks)
	if err != nil {
		return err
	}
	all.write(out, s.items)

	fmt.Fprintf(out, "\nweir, %s: one task per item (@1) beside chunks of its own size\n", quantity.Count(s.single, "item"))
	single, err := measure(ctx, filepath.Join(dir, "single.arrow"), s.single, s.trials, wholeChunks, singleItems)
	if err != nil {
		return err
	}
	single.write(out, s.items)

	if !s.python {
		return nil
	}
	fmt.Fprintln(out)
	rows, version, err := runPython(ctx, dir, s)
	var absent *noPythonError
	switch {
	case errors.As(err, &absent):
		fmt.Fprintf(out, "Python: not measured, %v\n", absent)
		return nil
	case err != nil:
		return err
	}
	fmt.Fprintln(out, version)
	writeTable(out, rows, rows[0], s.items)
	return nil
}
