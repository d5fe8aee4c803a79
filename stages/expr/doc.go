// Package expr is weir's expression language: what --where, --derive and the
// arguments of --agg are written in. An expression is compiled once for the
// columns at hand and then computed block by block over whole vectors.
//
//	delay > 15 and origin in ('ORD', 'ATL')
//	sqrt(x*x + y*y)
//	if(distance > 0, delay / distance, null)
//	date >= '2001-03-01' and hour(date) < 6
//
// # Names and literals
//
// A column is written by its name: a letter or underscore, then letters, digits
// and underscores of any script. Upper and lower case differ. Any other name,
// and one that is a keyword, is written in backticks: `Cost Total`, `a.b`, `in`;
// a backtick within it is doubled.
//
//	12  0xff             int64; from 2^63 to 2^64-1 uint64, and an error beyond
//	1.5  .5  5.  2e-3    float64
//	'text'  "text"       string; its own quote is doubled within it: 'it''s'.
//	                     A backslash is just a backslash.
//	true  false  null
//
// The keywords are and, or, not, in, is, null, true, false, between and as.
// They and the names of functions may be written in upper case.
//
// # Operators
//
// From loose to tight; all are left-associative except ** and the prefixes:
//
//	or  ||
//	and  &&
//	not
//	=  ==  !=  <>  <  <=  >  >=        these do not chain: write a < b and b < c
//	is null, is not null
//	in (1, 2, ...), not in (...)       the list holds constants
//	between a and b, not between       both ends are included
//	+  -
//	*  /  //  %
//	-x  !x                             ! is not, binding tightly
//	**                                 power; -2 ** 2 is -4, 2 ** 3 ** 2 is 512, 2 ** -1 is allowed
//
// # Types
//
// Columns of all widths compute as one of these:
//
//	bool
//	int64       int8 to int64, uint8 to uint32
//	uint64      uint64
//	float64     float16, float32, float64, all exactly
//	string      UTF-8
//	date        days; date32 and date64
//	timestamp   ticks of the column's unit (s, ms, us or ns), with a zone or without
//
// Where numbers of different types meet, an int64 or uint64 next to a float64
// becomes a float64 (rounded to the nearest one beyond 2^53). An int64 next to a
// uint64 makes an int64, and a uint64 beyond int64 is then an error; but an
// integer constant that is not negative becomes a uint64, so u % 10 works for
// all of them. Comparisons do none of this: they compare the exact values, so
// 9007199254740993 is above 9007199254740992.0, and a negative int64 is below
// every uint64.
//
// A truth value is no number: int(b) is 1 or 0.
//
// # Arithmetic
//
//   - - *   of integers are integers. A result that does not fit is an error,
//     never a wrapped number; float(x) + y computes with float64 instead.
//     /       is always a float64. 1/0 is infinity, -1/0 minus infinity, 0/0 NaN.
//     //      is the quotient rounded down, % the remainder with the sign of the
//     divisor: a = (a // b) * b + a % b.   -7 // 2 is -4, -7 % 2 is 1.
//     They stay integer on integers, where dividing by zero is an error.
//     On floats they are exact as far as a float64 can be; 1.0 // 0 is
//     infinity, and 1.0 % 0 NaN.
//     **      of integers is an integer: an error if it does not fit or the exponent
//     is negative. Of floats it is pow(x, y).
//
// Floats follow IEEE 754: NaN equals nothing, itself included, and NaN != NaN is
// true. isnan(x) finds it.
//
// date - date is a number of days, date + n and date - n are dates, and
// timestamp - timestamp is the seconds between as a float64.
//
// # Null
//
// Null is a value not known. What is computed from it is null, comparisons
// included: x = null is refused, x is null asks. and, or and not follow Kleene's
// three-valued logic: false and null is false, true and null is null, true or
// null is true. --where keeps the rows where its expression is true, neither
// false nor null. x in (1, null) is true for 1 and null for everything else.
//
// # Errors on a row
//
// An overflow, a division of an integer by zero and a conversion that does not
// fit are errors of the row they happen on, and end the run. They count only
// where their value does:
//
//   - if(c, a, b) has the error of a only where c is true, that of b only where
//     c is false or null.
//   - coalesce(a, b) has the error of b only where a is null.
//   - a and b has the error of one operand only where the other is true (or has
//     no value either), a or b only where the other is false. The order does not
//     matter, and a null decides as well: null and 1 // 0 = 1 is null.
//
// So if(n != 0, x // n, 0) and n != 0 and x // n > 3 are safe. A constant part
// without a value, such as 1 // 0, is refused before anything is read.
//
// # Texts, dates and times
//
// Strings compare by their bytes, which is the order of Unicode code points. A
// string literal next to a date or timestamp is read as one:
//
//	'2001-03-31'  '2001-03-31 18:30'  '2001-03-31T18:30:00.25'  '2001-03-31T18:30:00+02:00'
//
// Dates and timestamps of all units compare exactly with each other, a date
// being its midnight; at < '2001-03-31 18:30:00.5' is right for a column of
// seconds too. Timestamps with a zone are instants: literals without an offset,
// date(t) and hour(t) mean UTC. To compare one with a zone to one without is an
// error.
//
// # Functions
//
// All are null where an argument is, except the first four.
//
//	if(c, a, b)             a where c is true, b where it is false or null
//	coalesce(x, y, ...)     the first that is not null
//	nullif(x, y)            null where x = y, else x
//	isnull(x)               x is null
//	isnan(x) isinf(x) isfinite(x)
//
//	int(x)                  of a float: cut towards zero, an error for NaN and beyond int64;
//	                        of a bool: 1 or 0; of a date: days; of a timestamp: ticks
//	float(x)                of a number or bool
//	abs(x) sign(x)          of the type of x; abs of the least int64 is an error
//	floor(x) ceil(x) trunc(x)
//	round(x)  round(x, n)   halves away from zero, to n digits after the point (before it if
//	                        negative); computed as round(x * 10^n) / 10^n.
//	                        Rounded integers stay integers.
//	least(x, y, ...) greatest(x, y, ...)   of one row; NaN if any is NaN
//	clip(x, low, high)      least(greatest(x, low), high); also clamp
//	mod(x, y)               x % y
//	pow(x, y)               of floats; pow(x, 2) is x*x
//	sqrt cbrt exp exp2 expm1 ln (or log) log2 log10 log1p
//	sin cos tan asin acos atan sinh cosh tanh  atan2(y, x)  hypot(x, y)
//	pi() e() inf() nan()
//
//	date('2001-03-31')      a date; date(t) the day of a timestamp
//	timestamp('...')        a timestamp of the coarsest unit that holds it; timestamp(d) midnight
//	epoch(t)                seconds since 1970-01-01 as a float64
//	year(t) quarter(t) month(t) day(t) yearday(t)
//	weekday(t)              1 for Monday to 7 for Sunday
//	hour(t) minute(t) second(t)   of a timestamp
//
//	length(s)               characters (code points)
//	contains(s, 'part') starts_with(s, 'start') ends_with(s, 'end')
//
// # Same bits
//
// The operators, sqrt and the roundings give the same bits on every machine. The
// other functions of floats are Go's, and give the same bits on machines of one
// architecture and kind; between architectures the last bit may differ, and exp
// and what builds on it (sinh, cosh, tanh, pow) may differ on amd64 processors
// without FMA, older than 2013.
//
// # Evaluation
//
// [Compile] types the tree, folds constants, finds common subexpressions, and
// turns every node into a loop over vectors of one type. An [Evaluator] runs the
// loops one after the other on the rows of a block; in the steady state it does
// not allocate. Failures travel beside the values as masks and surface at the
// end, so that no loop branches on them.
package expr
