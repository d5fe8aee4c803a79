// Package pipeline declares and runs batch jobs over large numeric files.
//
// A [Job] says what to compute of which inputs, [Options] how: in which mode,
// with how many workers, within how much memory. [Run] does it and returns a
// [Result] with the values, which are the same bit for bit in every mode, and a
// [Report] of where the time went.
//
// Modes pipe and mmap use worker processes, which are this very program started
// again. A program that runs them makes one call at the top of its main:
//
//	func main() {
//		pipeline.ServeWorker(stages.Builtin())
//		...
//	}
package pipeline
