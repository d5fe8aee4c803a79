// Package costmodel predicts how long a job would take in each mode, from a
// sample of its own chunks ([pipeline.Probe]) and from what handing work to
// processes costs on the machine ([machine.Measure]).
//
// A [Model] makes the workload that a run in some [Way] would have, a cost for
// each step of each chunk, and lets package replay simulate it. Nothing in it is
// fitted to runs.
//
// # Where the costs come from
//
//	open, read, decode, compute  the sample: so much for each row, so much for each chunk
//	 .. with several lanes       between the sample's figures for one lane and for all of them
//	 .. at a place of the input  as they differ over the places that were sampled, if they do
//	encode, copy, take           the machine: for each byte in the codec, for each chunk
//	start of a lane              the machine for a process; the sample for what a lane's first chunk takes longer
//	merge, combine, finish       the sample's partial, which grows with the rows as it did in the sample
//
// # Pages
//
// What touches memory for the first time pays for the faults, and each page is
// paid for once by each process:
//
//   - A mapped input (Arrow, not compressed, in mode mmap): the sample has read it
//     into memory, as the other modes do. Here nothing is read, and workers touch
//     the pages at the machine's price.
//   - A sample whose chunks were mapped themselves has touched them for the first
//     time, so that the faults are in its compute. In mode pipe the coordinator
//     touches the pages as it copies, at the machine's price, and workers compute on
//     copies, at the sample's price for memory that is warm. Who has touched pages
//     unmaps them, at the sample's price.
//   - An arena: chunks in flight use the same memory over and over. The first
//     chunks pay for memory that is reserved and filled for the first time, and the
//     first chunks of each worker for touching it. The sample's own arena was warm.
//   - What another core has written comes from memory: workers pay the machine's
//     price of reading it once.
//
// # What is left out
//
// Programs that use the processors at the same time: the sample's CPUShare tells
// of them, and where it is low, of the machine's figures the least that was
// measured counts in place of the median. Also garbage collection, writing the result, and groups that make a table
// outgrow a cache which it fitted in the sample.
package costmodel
