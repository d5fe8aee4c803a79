// Command weir runs batch jobs over large numeric files and says where the time
// went. See weir --help.
package main

import (
	"os"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/stages"
)

func main() {
	pipeline.ServeWorker(stages.Builtin())
	os.Exit(run(os.Args, os.Stdin, os.Stdout, os.Stderr))
}
