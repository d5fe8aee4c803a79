package csvfile

import (
	"math/bits"

	"github.com/weir-pipeline/weir/storage/chunk"
)

const (
	daySeconds = 24 * 60 * 60
	maxInt64   = 1<<63 - 1
)

// times decodes dates and timestamps.
func (c *column) times(f fields) *valueError {
	for r := range f.rows {
		text := f.field(r)
		v, ok := int64(0), false
		if !c.strict {
			v, ok = parseTime(text, c.typ)
		}
		if !ok {
			text = trim(text)
			if c.isNull(text) {
				c.null(f.first + r)
			} else if v, ok = parseTime(text, c.typ); !ok {
				return c.fail(&f, r)
			}
		}
		if c.typ.ID == chunk.Date32 {
			chunk.View[int32](c.out.Values)[f.first+r] = int32(v)
		} else {
			chunk.View[int64](c.out.Values)[f.first+r] = v
		}
	}
	return nil
}

// parseTime reads a value of a date or timestamp type. A date is a timestamp of
// midnight, but only where the type has no zone.
func parseTime(text []byte, typ chunk.Type) (int64, bool) {
	if typ.ID != chunk.Timestamp {
		days, ok := parseDate(text)
		if typ.ID == chunk.Date64 {
			days *= daySeconds * 1000
		}
		return days, ok
	}
	i, ok := parseInstant(text)
	if !ok || i.zoned != (typ.Zone != "") {
		return 0, false
	}
	return i.ticks(typ.Unit)
}

// parseDate reads YYYY-MM-DD or YYYY/MM/DD as days since 1970-01-01.
func parseDate(b []byte) (int64, bool) {
	if len(b) != 10 || b[4] != b[7] || b[4] != '-' && b[4] != '/' {
		return 0, false
	}
	century, ok1 := two(b[0], b[1])
	year, ok2 := two(b[2], b[3])
	month, ok3 := two(b[5], b[6])
	day, ok4 := two(b[8], b[9])
	if !(ok1 && ok2 && ok3 && ok4) {
		return 0, false
	}
	year += 100 * century
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	// Howard Hinnant, "chrono-compatible low-level date algorithms",
	// days_from_civil: years begin in March, so that the leap day is the last.
	if month <= 2 {
		year--
		month += 12
	}
	era := year
	if era < 0 {
		era -= 399
	}
	era /= 400
	yearOfEra := year - era*400
	dayOfYear := (153*(month-3)+2)/5 + day - 1
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719468, true
}

// two is the value of two digits.
func two(a, b byte) (int64, bool) {
	return int64(a-'0')*10 + int64(b-'0'), a-'0' <= 9 && b-'0' <= 9
}

func daysIn(year, month int64) int64 {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return int64("\x1f\x1c\x1f\x1e\x1f\x1e\x1f\x1f\x1e\x1f\x1e\x1f"[month-1])
}

// instant is a timestamp before it has a unit.
type instant struct {
	seconds int64 // since 1970-01-01T00:00:00
	nanos   int64
	digits  int // of the fraction
	zoned   bool
}

// parseInstant reads YYYY-MM-DD, then perhaps T or a space and hh:mm, :ss and a
// fraction of up to nine digits, then perhaps Z or ±hh:mm.
func parseInstant(b []byte) (i instant, ok bool) {
	if len(b) < 10 {
		return i, false
	}
	days, ok := parseDate(b[:10])
	if !ok || len(b) == 10 {
		i.seconds = days * daySeconds
		return i, ok
	}
	if len(b) < 16 || b[10] != 'T' && b[10] != ' ' && b[10] != 't' || b[13] != ':' {
		return i, false
	}
	hour, ok1 := two(b[11], b[12])
	minute, ok2 := two(b[14], b[15])
	if !(ok1 && ok2) || hour > 23 || minute > 59 {
		return i, false
	}
	i.seconds = days*daySeconds + hour*3600 + minute*60
	b = b[16:]
	if len(b) >= 3 && b[0] == ':' {
		second, ok := two(b[1], b[2])
		if !ok || second > 59 {
			return i, false
		}
		i.seconds += second
		b = b[3:]
		if len(b) > 0 && b[0] == '.' {
			b = b[1:]
			for len(b) > 0 && b[0]-'0' <= 9 {
				if i.digits++; i.digits > 9 {
					return i, false
				}
				i.nanos = i.nanos*10 + int64(b[0]-'0')
				b = b[1:]
			}
			if i.digits == 0 {
				return i, false
			}
			i.nanos *= int64(pow10int[9-i.digits])
		}
	}
	if len(b) == 0 {
		return i, true
	}
	i.zoned = true
	if len(b) == 1 && (b[0] == 'Z' || b[0] == 'z') {
		return i, true
	}
	if len(b) != 6 || b[0] != '+' && b[0] != '-' || b[3] != ':' {
		return i, false
	}
	hour, ok1 = two(b[1], b[2])
	minute, ok2 = two(b[4], b[5])
	if !(ok1 && ok2) || hour > 23 || minute > 59 {
		return i, false
	}
	if b[0] == '+' {
		i.seconds -= hour*3600 + minute*60
	} else {
		i.seconds += hour*3600 + minute*60
	}
	return i, true
}

// unit is the coarsest unit that holds the instant.
func (i instant) unit() chunk.Unit {
	switch {
	case i.digits == 0:
		return chunk.Second
	case i.digits <= 3:
		return chunk.Millisecond
	case i.digits <= 6:
		return chunk.Microsecond
	}
	return chunk.Nanosecond
}

// ticks is the instant in a unit; ok is false when the unit is too coarse or
// int64 too short.
func (i instant) ticks(unit chunk.Unit) (int64, bool) {
	per := unit.PerSecond()
	width := 1e9 / per
	if i.nanos%width != 0 {
		return 0, false
	}
	negative := i.seconds < 0
	magnitude := uint64(i.seconds)
	if negative {
		magnitude = -magnitude
	}
	over, ticks := bits.Mul64(magnitude, uint64(per))
	if over != 0 || ticks > maxInt64 {
		return 0, false
	}
	fraction := i.nanos / width
	if negative {
		return fraction - int64(ticks), true
	}
	if int64(ticks) > maxInt64-fraction {
		return 0, false
	}
	return int64(ticks) + fraction, true
}
