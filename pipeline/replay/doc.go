// Package replay simulates a run of weir, and answers how long it would have
// taken if something had been different.
package replay
