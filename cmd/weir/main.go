// Command weir runs batch jobs over large numeric files and says where the time
// went. See weir --help.
package main

import (
	"os"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/garbage"
	"github.com/weir-pipeline/weir/stages"
)

// collectFromBytes is how large the heap gets before it is collected.
const collectFromBytes = 32 << 20

func main() {
	pipeline.ServeWorker(stages.Builtin())
	garbage.CollectFrom(collectFromBytes)
	os.Exit(run(os.Args, os.Stdin, os.Stdout, os.Stderr))
}
