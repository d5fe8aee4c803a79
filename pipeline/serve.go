package pipeline

import (
	"errors"

	"github.com/weir-pipeline/weir/pipeline/worker"
	"github.com/weir-pipeline/weir/stages"
)

// ServeWorker makes this program its own worker. Call it at the top of main,
// before flags are read or anything is printed: in a process that weir started
// as a worker it serves and does not return; in any other it returns at once.
// catalog has to be the one that Options.Catalog names.
func ServeWorker(catalog stages.Catalog) {
	if worker.Is() {
		worker.Main(catalog)
	}
}

// errNotServed guards against a program that would start itself for ever.
var errNotServed = errors.New("this process was started as a weir worker, but main did not call pipeline.ServeWorker first")
