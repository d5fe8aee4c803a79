// Package order finds values by their rank, exactly with [Values] and with a
// bounded relative error with [Sketch]. Neither depends on the order in which
// values are added or merged.
//
// Values are kept as keys: unsigned integers in the order of the values.
//
//	float    its bits, the upper one inverted, or all of them if it is negative;
//	         -0 has the key of 0, and NaN has none
//	int64    the value plus 2^63
//	uint64   the value
package order
