// Package exact adds numbers without rounding: sums, sums of squares and sums
// of products of floats and integers, whose result is rounded once, at the end.
//
// A sum is a fixed-point number wide enough for every value that it can be
// given, as in Neal, "Fast exact summation using small and large
// superaccumulators" (arXiv:1505.05571). Integers add associatively, so a sum
// does not depend on the order of its values nor on how they were split
// between partials: whatever adds the same values ends with the same bits, in
// Float64 and in AppendBinary.
//
// Means, variances and standard deviations are computed from these sums as
// exact rationals and rounded once, so they carry no cancellation.
//
// None of the types may be used by two goroutines at once. Adding to a copy of
// a Sum, Squares or Products may change the original; use Merge on a zero
// value to copy one.
package exact
