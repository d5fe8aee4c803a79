// Package verdict says in words why a run took as long as it did, what of
// several ways to run a job is the fastest and why the others are not, and what
// to change.
//
// It does not guess: a run is recorded (timing.Trace), turned into a workload
// (package replay), and replayed without one of its costs. What is gone then is
// what that cost was worth. What a change would give is predicted in the same
// way, and can be verified by making it.
package verdict
