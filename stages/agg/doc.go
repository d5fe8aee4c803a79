// Package agg reduces rows to aggregates: a [Plan] says which aggregates of
// which arguments, by which keys, and a [Partial] is what they have come to
// after some rows. Partials merge in any order and any grouping to the same
// bytes, so the result does not depend on how the rows were spread over workers.
//
//	catalog, calls, types -> Plan -> Partial --Update--> Partial --Merge--> Partial -> Result
//	                                    |                   ^
//	                                    +-- AppendBinary -> Decode   (another process, a checkpoint)
//
// # What the aggregates mean
//
// Nulls are skipped. Over no values at all (an empty input, or nulls only) the
// count is 0 and everything else is null.
//
//	count()              rows, whatever they hold
//	count(x)             values of x that are not null
//	sum(x)               integers: exact, and an error, never a wrap, if the result is
//	                     beyond int64 (uint64 for a column of unsigned 64 bits);
//	                     floats: the exact sum, rounded once; bools: how many are true
//	mean(x), avg(x)      the exact sum divided by the count, rounded once; of bools the
//	                     share that is true
//	var(x), stddev(x)    of the sample (n-1), from the exact sums of x and x*x, rounded
//	                     once; null for fewer than two values
//	var_pop(x),
//	stddev_pop(x)        of the population (n); null for no values
//	min(x), max(x)       of numbers, bools (false < true), dates, timestamps and strings
//	                     (by bytes)
//
// NaN is a value: it is counted, and the sum, mean, variance, minimum and maximum
// of values with a NaN are NaN. Infinities add as in IEEE 754: both signs
// together are NaN; the variance of an infinity is NaN. Minimum and maximum take -0 to be
// less than +0, so that the answer does not depend on the order of the rows. A
// sum that is 0 is +0.
//
// # Sharing
//
// What an aggregate has to keep is divided into a count of rows, which a Partial
// keeps for all of them, a count of nulls for each argument, and [State]s. States of
// the same kind over the same arguments exist once: count(x), sum(x), mean(x) and
// stddev(x) together keep one sum and one sum of squares.
package agg
