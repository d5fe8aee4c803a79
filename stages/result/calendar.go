package result

import (
	"strconv"

	"github.com/weir-pipeline/weir/storage/chunk"
)

const secondsPerDay = 86400

// appendDate appends the proleptic Gregorian date of a day number.
func appendDate(dst []byte, days int64) []byte {
	year, month, day := civil(days)
	switch {
	case year >= 0 && year <= 9999:
		dst = appendPadded(dst, uint64(year), 4)
	case year > 9999:
		dst = append(dst, '+')
		dst = strconv.AppendInt(dst, year, 10)
	default:
		dst = append(dst, '-')
		dst = appendPadded(dst, uint64(-year), 4)
	}
	dst = append(dst, '-')
	dst = appendPadded(dst, month, 2)
	dst = append(dst, '-')
	return appendPadded(dst, day, 2)
}

// appendTimestamp appends ISO 8601 with as few groups of three fraction digits
// as are exact, so that the unit of the file does not show.
func appendTimestamp(dst []byte, ticks int64, unit chunk.Unit, zoned bool) []byte {
	perSecond := unit.PerSecond()
	seconds, fraction := floorDiv(ticks, perSecond)
	days, second := floorDiv(seconds, secondsPerDay)
	dst = appendDate(dst, days)
	dst = append(dst, 'T')
	dst = appendPadded(dst, uint64(second/3600), 2)
	dst = append(dst, ':')
	dst = appendPadded(dst, uint64(second/60%60), 2)
	dst = append(dst, ':')
	dst = appendPadded(dst, uint64(second%60), 2)
	if fraction != 0 {
		digits := 3 * int(unit)
		for fraction%1000 == 0 {
			fraction /= 1000
			digits -= 3
		}
		dst = append(dst, '.')
		dst = appendPadded(dst, uint64(fraction), digits)
	}
	if zoned {
		dst = append(dst, 'Z')
	}
	return dst
}

// civil is the date of a day number, after Howard Hinnant, "chrono-Compatible
// Low-Level Date Algorithms" (civil_from_days), for all of int64.
func civil(days int64) (year int64, month, day uint64) {
	const daysPerEra = 146097 // 400 years
	era, dayOfEra := floorDiv(days, daysPerEra)
	// The algorithm counts from 0000-03-01, which is 719468 = 4 eras + 135080 days earlier.
	era, dayOfEra = era+4, dayOfEra+135080
	if dayOfEra >= daysPerEra {
		era, dayOfEra = era+1, dayOfEra-daysPerEra
	}
	doe := uint64(dayOfEra)
	yearOfEra := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	dayOfYear := doe - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	shifted := (5*dayOfYear + 2) / 153 // months since March
	day = dayOfYear - (153*shifted+2)/5 + 1
	month = shifted + 3
	year = int64(yearOfEra) + era*400
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}

func floorDiv(a, b int64) (quotient, remainder int64) {
	quotient, remainder = a/b, a%b
	if remainder < 0 {
		quotient, remainder = quotient-1, remainder+b
	}
	return quotient, remainder
}

// appendPadded appends n with zeros before it up to width digits.
func appendPadded(dst []byte, n uint64, width int) []byte {
	var buf [20]byte
	i := len(buf)
	for n > 0 || width > 0 {
		quotient, digit := n/10, n%10
		i--
		buf[i] = '0' + byte(digit)
		n = quotient
		width--
	}
	return append(dst, buf[i:]...)
}
