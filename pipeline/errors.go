package pipeline

import (
	"context"
	"errors"

	"github.com/weir-pipeline/weir/pipeline/chain"
	"github.com/weir-pipeline/weir/pipeline/exec"
	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/worker"
	"github.com/weir-pipeline/weir/stages/agg"
	"github.com/weir-pipeline/weir/stages/expr"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/shm"
)

// Class sorts errors by what the user can do about them. Its value is the
// command line's exit code.
type Class int

// The classes.
const (
	Done        Class = 0   // no error
	Failed      Class = 1   // anything else: a file that cannot be opened, a full disk
	Usage       Class = 2   // the job or the options cannot be meant
	BadData     Class = 3   // the input is damaged, or not what the job takes it for
	WorkerLost  Class = 4   // a worker died or broke the protocol
	Limit       Class = 5   // memory or space is not enough
	Interrupted Class = 130 // the context ended
)

// Classify sorts an error that Run or Validate returned.
func Classify(err error) Class {
	var (
		usage   *UsageError
		option  *format.OptionError
		ours    *exec.PanicError
		text    *expr.Error
		bad     *format.Error
		data    *DataError
		strict  *exec.ZeroCopyError
		lost    *procs.DeathError
		from    *exec.WorkerError
		limit   *LimitError
		tooBig  *shm.TooLargeError
		noSpace *shm.NoSpaceError
		partial *chain.SizeError
	)
	switch {
	case err == nil:
		return Done
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Interrupted
	case errors.As(err, &limit), errors.As(err, &tooBig), errors.As(err, &noSpace), errors.As(err, &partial), errors.Is(err, format.ErrMemory):
		return Limit
	case errors.As(err, &usage), errors.As(err, &option):
		return Usage
	case errors.As(err, &from):
		switch from.Kind {
		case worker.KindData, worker.KindStage:
			return BadData
		case worker.KindLimit:
			return Limit
		}
		return WorkerLost
	case errors.As(err, &lost):
		return WorkerLost
	case errors.As(err, &strict), errors.As(err, &ours):
		return Failed
	case errors.As(err, &bad), errors.As(err, &data), errors.Is(err, shm.ErrFault), errors.As(err, &text), errors.Is(err, agg.ErrInputChanged):
		return BadData
	}
	return Failed
}
