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
// counts are 0, also those of a histogram, and everything else is null.
//
//	count()              rows, whatever they hold
//	count(x)             values of x that are not null
//	sum(x)               integers: exact, 128 bits wide, which no data overflows: an
//	                     int64 (of a column of unsigned 64 bits a uint64), and where
//	                     that does not hold it a [block.Int128];
//	                     floats: the exact sum, rounded once; bools: how many are true
//	mean(x), avg(x)      the exact sum divided by the count, rounded once; of bools the
//	                     share that is true
//	var(x), stddev(x)    of the sample (n-1), from the exact sums of x and x*x, rounded
//	                     once; null for fewer than two values
//	var_pop(x),
//	stddev_pop(x)        of the population (n); null for no values
//	min(x), max(x)       of numbers, bools (false < true), dates, timestamps and strings
//	                     (by bytes)
//	first(x), last(x)    the first and the last value that is not null, of any type, in the
//	                     order of the dataset: by input, split and row, whatever was
//	                     filtered; NaN is a value, and -0 stays -0
//	corr(x, y)           Pearson's coefficient, from exact sums, rounded once; of the rows
//	                     in which neither is null; null for fewer than two of them, and
//	                     where x or y is constant
//	covar(x, y),
//	covar_pop(x, y)      covariance of the sample (n-1) and of the population (n), likewise
//	count_distinct(x)    distinct values, exactly; -0 is 0, and all NaNs are one value. It
//	                     keeps every one of them, about 30 bytes of a number
//	approx_count_distinct(x)
//	                     the same within a standard error of 0.81 %, in 16 kB a group at
//	                     most; the estimate is the same on every machine
//	histogram(x, low, high, bins)
//	                     a list of as many counts as there are bins, 1 to 10000 of equal width.
//	                     Their edges are the floats nearest to low + i*(high-low)/bins;
//	                     a bin has its lower edge, the last one its upper edge too.
//	                     Values outside and NaN are in none: count(if(x < low, x, null))
//	                     counts those below
//	quantile(x, p)       the value at position p*(n-1) of n in ascending order, counted
//	                     from 0, for p from 0 to 1; between two positions the point that
//	                     far on the line between their values ("type 7", the default of
//	                     numpy and R). p is the decimal that is written, and the point is
//	                     rounded once: to a float for numbers and bools, which count as 0
//	                     and 1; down to a day or tick for dates and timestamps
//	median(x)            quantile(x, 0.5)
//	approx_quantile(x, p), approx_quantile(x, p, alpha)
//	                     of numbers and bools, what the value at position ⌊p*(n-1)⌋ is up
//	                     to a relative error of alpha, 0.01 if it is not given: DDSketch,
//	                     which takes the more memory the more magnitudes the values
//	                     have, but not more for more rows
//
// NaN is a value: it is counted, and the sum, mean, variance, minimum, maximum and
// quantiles of values with a NaN are NaN, as are correlation and covariance if it is in a pair.
// Infinities add as in IEEE 754: both signs together are NaN; the variance of an
// infinity is NaN, and so is the covariance. Minimum and maximum take -0 to be
// less than +0, so that the answer does not depend on the order of the rows. A
// sum or quantile that is 0 is +0. Between an infinity and a number a quantile is
// the infinity, between two infinities of different sign NaN.
//
// # Values that take too much memory
//
// A quantile needs all values of its argument. Equal ones are kept once where that
// saves memory. Without keys to group by, a partial of many rows keeps only those
// near the ranks that will be asked for, which it estimates: see [Seeker] and
// [order.Values.Seek]. Where it cannot, [Partial.Shed] gives values up for counts.
// Then, and where an estimate was wrong because later values are others than the
// first, the rows have to be read again: see [Refinement].
//
// # Sharing
//
// What an aggregate has to keep is divided into a count of rows, which a Partial
// keeps for all of them, a count of nulls for each argument, and [State]s. States of
// the same kind over the same arguments exist once: count(x), sum(x), mean(x) and
// stddev(x) together keep one sum and one sum of squares, and all quantiles of x
// keep its values once.
package agg
