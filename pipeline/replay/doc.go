// Package replay simulates a run of weir, and answers how long it would have
// taken if something had been different: a step free, chunks equal, lanes more,
// memory less.
//
// A [Workload] says what there is to do and what it costs, [Run] gives the time
// it takes and who waits for what, and the methods of Workload make the run that
// might have been: compare the outcomes of both.
//
//	before, after := replay.Run(w).Wall, replay.Run(w.Free(replay.StepCopy)).Wall
//
// # The model
//
// Without Handover (sequential, threads) each lane does everything:
//
//	plan | start | open  lease read decode compute  return  emit .. | merge  combine | finish
//	              \_____ split by split, chunk by chunk __________/
//	              the lease ends here: ............^
//	              under one lock with other lanes: ........ ^^^^ ........... ^^^^^^^
//
// With Handover (pipe, mmap) chunks pass through readers, a queue, the feeder of
// a worker and the worker, and what it returns goes to the coordinator:
//
//	reader --+           +- feeder: encode, copy -> worker: take, compute, return, merge -+
//	reader --+-- queue --+                                                                +- emit, combine
//	reader --+           +- feeder: encode, copy -> worker: take, compute, return, merge -+
//	open, lease, read, decode                                      ^ the lease ends before return
//
// Readers and feeders begin after the plan, worker processes start beside it. A
// feeder takes a chunk when its worker has fewer than Ahead, which it has until
// it has returned it, and does not wait for a worker to have started. When no
// reader has splits left and the queue is empty, workers make their partials.
// Emit and combine are done in order of arrival, one at a time; however much of
// it is waiting, no worker waits for it.
//
// Cores are shared evenly: when n activities need one of c cores, each goes on
// at rate min(1, c/n). What blocks needs no core. Whoever waits is served in
// order of arrival, and holds no core. Between two points where an activity can
// wait, it is blocked for the sum of what its costs block, and then needs a core
// for the sum of what they compute. An emit or combine that costs nothing takes
// no lock.
//
// What the model leaves out: disks and memory do not become slower when more
// lanes use them, rows do not wait for rows of earlier splits, a pipe holds
// whatever is written to it, and switching between activities costs nothing.
package replay
