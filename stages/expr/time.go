package expr

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

const daySeconds = 24 * 60 * 60

// maxDays bounds dates on both sides, so that the arithmetic of the calendar
// cannot overflow. It is some three billion years.
const maxDays = 1 << 40

// instant is a point in time as a literal gives it.
type instant struct {
	seconds int64 // since 1970-01-01
	nanos   int64 // 0 to 999999999
	zoned   bool  // an offset from UTC was given, and taken off
	clock   bool  // a time of day was given
}

var errDate = errors.New("write it like 2001-03-31, 2001-03-31 18:30:00 or 2001-03-31T18:30:00.25Z")

// parseInstant reads an ISO 8601 date, or date and time of day:
//
//	YYYY-MM-DD [T| ] HH:MM[:SS[.fraction]] [Z|+HH:MM|-HH:MM]
func parseInstant(text string) (instant, error) {
	layouts := [...]string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00"}
	s := text
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + s[11:]
	}
	if len(s) > 40 {
		return instant{}, errDate
	}
	if dot := strings.IndexAny(s, ".,"); dot >= 0 {
		digits := 0
		for dot+1+digits < len(s) && isDigit(s, dot+1+digits) {
			digits++
		}
		if digits == 0 || digits > 9 || s[dot] == ',' {
			return instant{}, fmt.Errorf("a second has 1 to 9 digits after a point; %w", errDate)
		}
	}
	for i, layout := range layouts {
		t, err := time.Parse(layout, s)
		if err == nil {
			return instant{seconds: t.Unix(), nanos: int64(t.Nanosecond()), zoned: i >= 3, clock: i > 0}, nil
		}
		var parse *time.ParseError
		if errors.As(err, &parse) && strings.Contains(parse.Message, "out of range") {
			return instant{}, fmt.Errorf("no such day or time%s", parse.Message)
		}
	}
	return instant{}, errDate
}

// in is where the instant lies among the ticks of a unit.
func (t instant) in(unit chunk.Unit) cut {
	per := unit.PerSecond()
	hi, lo := bits.Mul64(uint64(t.seconds), uint64(per))
	signed := int64(hi) - t.seconds>>63&per
	tick := 1_000_000_000 / per
	lo, carry := bits.Add64(lo, uint64(t.nanos/tick), 0)
	signed += int64(carry)
	switch {
	case signed != int64(lo)>>63 && signed < 0:
		return cut{side: -1}
	case signed != int64(lo)>>63:
		return cut{side: 1}
	}
	return cut{floor: int64(lo), exact: t.nanos%tick == 0}
}

// day is where the instant lies among the days.
func (t instant) day() cut {
	return cut{floor: floorDiv(t.seconds, daySeconds), exact: t.nanos == 0 && floorMod(t.seconds, daySeconds) == 0}
}

// among is where the instant lies among the values of a type, Date or Timestamp.
func (t instant) among(typ block.Type) cut {
	if typ.Kind == block.Date {
		return t.day()
	}
	return t.in(typ.Unit)
}

// instantOf is the point in time of a Date or Timestamp value.
func instantOf(v Value) instant {
	if v.Type.Kind == block.Date {
		return instant{seconds: v.Int * daySeconds}
	}
	per := v.Type.Unit.PerSecond()
	return instant{
		seconds: floorDiv(v.Int, per), nanos: floorMod(v.Int, per) * (1_000_000_000 / per),
		zoned: v.Type.Zone != "", clock: true,
	}
}

// scale is how many nanoseconds a value of the type has.
func scale(t block.Type) int64 {
	if t.Kind == block.Date {
		return daySeconds * 1_000_000_000
	}
	return 1_000_000_000 / t.Unit.PerSecond()
}

// coarsest is the coarsest unit that holds nanos exactly.
func coarsest(nanos int64) chunk.Unit {
	for _, u := range []chunk.Unit{chunk.Second, chunk.Millisecond, chunk.Microsecond} {
		if nanos%(1_000_000_000/u.PerSecond()) == 0 {
			return u
		}
	}
	return chunk.Nanosecond
}

func formatDate(days int64) string {
	y, m, d := civil(days)
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
}

func formatTimestamp(ticks int64, unit chunk.Unit) string {
	per := unit.PerSecond()
	seconds, rest := floorDiv(ticks, per), floorMod(ticks, per)
	s := floorMod(seconds, daySeconds)
	text := fmt.Sprintf("%sT%02d:%02d:%02d", formatDate(floorDiv(seconds, daySeconds)), s/3600, s/60%60, s%60)
	if rest != 0 {
		text += strings.TrimRight(fmt.Sprintf(".%09d", rest*(1_000_000_000/per)), "0")
	}
	return text
}

// civil is the year, month and day of the proleptic Gregorian calendar, after
// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in
// March, so that the leap day is a year's last, and eras of 400 years are alike.
func civil(days int64) (year, month, day int64) {
	days += 719468 // to 0000-03-01
	era := floorDiv(days, 146097)
	doe := days - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = mp + 3
	if mp >= 10 {
		month = mp - 9
	}
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

// calendar is a map1 loop for a part of the date; perDay is how many ticks the
// argument has a day, 1 for a date.
func calendar(perDay int64, part func(days int64) int64) func(dst, a []int64) {
	return func(dst, a []int64) {
		// Rows of a day tend to follow each other, and so does the answer.
		lastDay := int64(0)
		lastPart := part(0)
		for i, t := range a {
			day := t
			if perDay > 1 {
				day = floorDiv(t, perDay)
			}
			if day != lastDay {
				// A null row may hold any value.
				lastDay, lastPart = day, part(max(min(day, maxDays), -maxDays))
			}
			dst[i] = lastPart
		}
	}
}

// clock is a map1 loop for a part of the time of day: the ticks since midnight
// divided by size, modulo count.
func clock(perSecond, sizeSeconds, count int64) func(dst, a []int64) {
	size := perSecond * sizeSeconds
	return func(dst, a []int64) {
		for i, t := range a {
			dst[i] = floorMod(floorDiv(t, size), count)
		}
	}
}

func yearOf(days int64) int64    { y, _, _ := civil(days); return y }
func monthOf(days int64) int64   { _, m, _ := civil(days); return m }
func dayOf(days int64) int64     { _, _, d := civil(days); return d }
func quarterOf(days int64) int64 { return (monthOf(days) + 2) / 3 }

// weekdayOf is 1 for Monday to 7 for Sunday; 1970-01-01 was a Thursday.
func weekdayOf(days int64) int64 { return floorMod(days+3, 7) + 1 }

// yeardayOf is 1 for the first of January.
func yeardayOf(days int64) int64 {
	y, _, _ := civil(days)
	y-- // days before the year, from 0001-01-01
	first := 365*y + floorDiv(y, 4) - floorDiv(y, 100) + floorDiv(y, 400) - 719162
	return days - first + 1
}
