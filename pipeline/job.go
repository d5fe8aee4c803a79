package pipeline

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/weir-pipeline/weir/pipeline/codec"
	"github.com/weir-pipeline/weir/pipeline/profile"
	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// Job says what to compute. Stages run in the order of the fields.
type Job struct {
	// Inputs are files, directories, globs, or "-" for standard input. They make
	// one dataset.
	Inputs []string

	// Derive adds computed columns, each "NAME=EXPR". They can be used by all
	// that follows, and by Derive entries after them.
	Derive []string

	// Where keeps the rows for which the expression is true. Default: all.
	Where string

	// Stages are further stages, after Where: kinds of a program's own. A panic in
	// one is an error of the run.
	Stages []stages.Spec

	// Aggregate is a list such as "count(), sum(x*x) as s". Default: none, the
	// result is rows.
	Aggregate string

	// By is a list of columns whose values make the groups of Aggregate.
	// Default: one group of all rows.
	By string

	// Select is a list of columns when the result is rows. Default: all.
	Select string
}

// Options say how to run a Job. The zero value works.
type Options struct {
	// Mode is how chunks reach the stages. Default: Auto.
	Mode Mode

	// Codec is how mode pipe writes a chunk: raw, arrow, gob or json.
	// Default: raw.
	Codec string

	// Workers is the number of goroutines (threads) or processes (pipe, mmap).
	// Default: the number of processors that this process may use.
	Workers int

	// ChunkRows is the most rows in a chunk. Default: what fits the processor's
	// caches in the mode (2,048 to 65,536; where workers map the input up to
	// 1,048,576), less if the memory limit asks for it.
	ChunkRows int

	// Pin keeps each thread or worker on one processor of its own, which takes
	// the scheduler's choices out of a measurement. Linux only. Default: the
	// scheduler decides.
	Pin bool

	// MemoryLimitBytes bounds the memory of the whole process tree, mapped files
	// not counted. Default: no limit; chunks in flight then take at most a
	// quarter of the memory that is available, and 1 GiB.
	MemoryLimitBytes int64

	// StrictZeroCopy makes it an error when a value has to be copied after it
	// was decoded. Mode pipe, which copies by design, refuses it.
	StrictZeroCopy bool

	// Types overrides what is inferred for columns of CSV files, by name.
	Types map[string]chunk.Type

	// Comma separates fields of CSV files. Default: found in the file.
	Comma byte

	// Catalog is the kinds of stages and aggregates. Default: stages.Builtin().
	// Worker processes must have been given the same one by ServeWorker.
	Catalog *stages.Catalog

	// Trace records when each lane did what, for Report.Trace. Default: only the
	// sums are kept.
	Trace bool

	// Rows takes the result as it comes, when it is rows: in the order of the
	// dataset. Default: they are kept in Result.Table. Rows is not closed.
	Rows result.RowWriter

	// Progress is called about ten times a second from a goroutine of its own,
	// and not after Run has returned. Default: nobody is told.
	Progress func(Progress)

	// Profile gathers profiles of all processes of the run, if it succeeds.
	// Default: none is taken. A profile makes a run slower.
	Profile *profile.Collector

	// Logger takes what a run has to say and what workers print. Default: it is
	// dropped.
	Logger *slog.Logger

	// Stdin is what the input "-" reads. Default: os.Stdin.
	Stdin *os.File
}

// Progress is how far a run is.
type Progress struct {
	Rows, Chunks          int64
	BytesDone, BytesTotal int64 // of the input, as far as the requested columns need it
}

// UsageError says that a job or its options cannot be meant.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }

// Validate reports everything that is wrong with the job and the options, as
// far as it can be told without opening the inputs. The error is a *UsageError.
func Validate(job Job, o Options) error {
	var wrong []error
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if len(job.Inputs) == 0 {
		add("no input: name files, directories or globs, or - for standard input")
	}
	if n := countOf(job.Inputs, "-"); n > 1 {
		add("standard input (-) is named %d times, but can be read once", n)
	}
	if _, err := ParseMode(string(o.Mode)); err != nil {
		wrong = append(wrong, err)
	}
	if o.Codec != "" && !slices.Contains(codec.Names(), o.Codec) {
		add("unknown codec %q: use one of %s", o.Codec, strings.Join(codec.Names(), ", "))
	}
	if o.Codec != "" && o.Codec != "raw" && o.Mode != Pipe {
		add("codec %s is for mode pipe, but the mode is %s", o.Codec, cmpOr(o.Mode, Auto))
	}
	if o.Workers < 0 || o.Workers > maxWorkers {
		add("%d workers: use 1 to %d", o.Workers, maxWorkers)
	}
	if o.ChunkRows < 0 || o.ChunkRows > maxChunkRows {
		add("chunks of %d rows: use 1 to %d", o.ChunkRows, maxChunkRows)
	}
	if o.MemoryLimitBytes < 0 || o.MemoryLimitBytes > 0 && o.MemoryLimitBytes < minMemoryLimit {
		add("a memory limit of %d bytes: at least %d MiB are needed", o.MemoryLimitBytes, minMemoryLimit>>20)
	}
	if o.Pin && runtime.GOOS != "linux" {
		add("workers can be pinned to processors on Linux only, this is %s: leave it out", runtime.GOOS)
	}
	if o.StrictZeroCopy && o.Mode == Pipe {
		add("mode pipe copies every chunk, so zero copy cannot be asked of it: use mode mmap")
	}
	if job.Aggregate == "" && job.By != "" {
		add("groups (by %s) need aggregates, such as count()", job.By)
	}
	if job.Aggregate != "" && job.Select != "" {
		add("columns are selected (%s) and aggregates asked for: leave one of the two out", job.Select)
	}
	if len(wrong) == 0 {
		return nil
	}
	return &UsageError{errors.Join(wrong...)}
}

const (
	maxWorkers     = 1024
	maxChunkRows   = 1 << 30
	minMemoryLimit = 64 << 20
)

func countOf(list []string, s string) (n int) {
	for _, x := range list {
		if x == s {
			n++
		}
	}
	return n
}

func cmpOr(m, otherwise Mode) Mode {
	if m == "" {
		return otherwise
	}
	return m
}

// withDefaults fills in what the zero value leaves open.
func (o Options) withDefaults() Options {
	o.Mode = cmpOr(o.Mode, Auto)
	if o.Codec == "" {
		o.Codec = "raw"
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Catalog == nil {
		builtin := stages.Builtin()
		o.Catalog = &builtin
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.Stdin == nil {
		o.Stdin = os.Stdin
	}
	return o
}
