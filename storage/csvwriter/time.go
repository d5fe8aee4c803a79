package csvwriter

import "strconv"

// appendTime appends ticks since 1970 as 2006-01-02T15:04:05.000Z.
func (x *cells) appendTime(dst []byte, ticks int64) []byte {
	seconds, fraction := floorDiv(ticks, x.perSec)
	days, second := floorDiv(seconds, 24*3600)
	dst = appendDate(dst, days)
	dst = append(dst, 'T')
	dst = appendPadded(dst, uint64(second/3600), 2)
	dst = append(dst, ':')
	dst = appendPadded(dst, uint64(second/60%60), 2)
	dst = append(dst, ':')
	dst = appendPadded(dst, uint64(second%60), 2)
	if x.decimals > 0 {
		dst = append(dst, '.')
		dst = appendPadded(dst, uint64(fraction), x.decimals)
	}
	if x.zoned {
		dst = append(dst, 'Z')
	}
	return dst
}

// appendDate appends days since 1970-01-01 as 2006-01-02; years before 0 have
// a minus, years beyond 9999 more digits. The calendar is the proleptic
// Gregorian; the arithmetic follows Howard Hinnant, "chrono-compatible
// low-level date algorithms" (civil_from_days): years begin in March, so that
// the leap day is the last of a year.
func appendDate(dst []byte, days int64) []byte {
	era, day := floorDiv(days+719468, 146097) // eras of 400 years from 0000-03-01
	year := (day - day/1460 + day/36524 - day/146096) / 365
	day -= 365*year + year/4 - year/100
	month := (5*day + 2) / 153 // 0 is March
	day -= (153*month+2)/5 - 1
	year += 400 * era
	if month < 10 {
		month += 3
	} else {
		month -= 9
		year++
	}
	if year < 0 {
		dst = append(dst, '-')
		year = -year
	}
	if year > 9999 {
		dst = strconv.AppendInt(dst, year, 10)
	} else {
		dst = appendPadded(dst, uint64(year), 4)
	}
	dst = append(dst, '-')
	dst = appendPadded(dst, uint64(month), 2)
	dst = append(dst, '-')
	return appendPadded(dst, uint64(day), 2)
}

// floorDiv divides rounding down, so that the remainder is never negative.
func floorDiv(a, b int64) (quotient, remainder int64) {
	quotient, remainder = a/b, a%b
	if remainder < 0 {
		quotient--
		remainder += b
	}
	return quotient, remainder
}
