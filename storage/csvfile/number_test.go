package csvfile

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// decodeOne decodes one field as a column of a type, within other text: alone,
// as the one row that is too few for vectors, and at each place among four.
func decodeOne(t testing.TB, field string, typ chunk.Type) (chunk.Column, bool) {
	t.Helper()
	alone, ok := decodeFields(t, typ, field)
	width := typ.ID.Width()
	if width == 0 || typ.ID == chunk.Date32 || typ.ID == chunk.Date64 || typ.ID == chunk.Timestamp {
		return alone, ok // nothing to do with vectors
	}
	others, _ := decodeFields(t, typ, "1", "2", "3", "4", "5")
	for place := range 4 {
		fields := []string{"1", "2", "3", "4", "5"}
		fields[place] = field
		c, among := decodeFields(t, typ, fields...)
		if among != ok {
			t.Fatalf("%v %q: ok %v alone, %v at place %d of 4", typ, field, ok, among, place)
		}
		if !ok {
			continue
		}
		if got, want := c.Values[place*width:][:width], alone.Values; !bytes.Equal(got, want[:width]) {
			t.Fatalf("%v %q: % x at place %d of 4, % x alone", typ, field, got, place, want[:width])
		}
		if c.Valid(place) != alone.Valid(0) || c.Nulls != alone.Nulls {
			t.Fatalf("%v %q: valid %v and %d nulls at place %d of 4, valid %v alone", typ, field, c.Valid(place), c.Nulls, place, alone.Valid(0))
		}
		for other := range fields {
			if got, want := c.Values[other*width:][:width], others.Values[other*width:][:width]; other != place && !bytes.Equal(got, want) {
				t.Fatalf("%v %q at place %d of 4 changes place %d: % x, not % x", typ, field, place, other, got, want)
			}
		}
	}
	return alone, ok
}

// decodeFields decodes fields as the rows of one column.
func decodeFields(t testing.TB, typ chunk.Type, fields ...string) (chunk.Column, bool) {
	t.Helper()
	text := []byte(strings.Repeat("9", padFront))
	at := []uint32{padFront - 1}
	size := int64(0)
	for _, field := range fields {
		text = append(text, field...)
		at = append(at, uint32(len(text)))
		text = append(text, ',')
		size += int64(len(field))
	}
	text = append(text, strings.Repeat("9", padBack)...)
	lease, err := chunk.Heap{}.Lease(context.Background(), 1024+size)
	if err != nil {
		t.Fatal(err)
	}
	c := column{typ: typ}
	c.begin(lease, len(fields), size)
	v := c.decode(&tile{text: text, at: at, stride: 1, rows: len(fields)})
	return c.finish(), v == nil
}

var hardFloats = []string{
	"0", "-0", "0.0", "-0.000", "1", "-1", "1.", ".5", "-.5", "12345678", "123456789", "1234567.8", "0.1234567", "-1.234567",
	"9007199254740991", "9007199254740992", "9007199254740993", "9007199254740993.0", "900719925474099.3", "90071992547409.93",
	"18446744073709551615", "18446744073709551616", "9999999999999999999", "0.9999999999999999999", "1844674407370955161.5",
	"0.1", "0.2", "0.3", "3.14159265358979323846", "2.718281828459045235360287", "0.000000000000000001", "0.0000000000000000000000001",
	"1e22", "1e23", "1e-22", "1.7976931348623157e308", "1.7976931348623159e308", "1e309", "5e-324", "2e-324", "2.2250738585072011e-308",
	"9223372036854775807", "9223372036854775808", "0.30000000000000004", "123456789012345.67", "1234567890.12345678", "00000000000000000000001.5",
	"16777217", "16777216.5", "33554433", "0.000030517578125", "1.1754943508222875e-38", "1e-45", "7e-46", "3.4028235677973366e38", "340282356779733661637539395458142568448",
	"179769313486231570000", "8.41", "8.5e", "e5", "--1", "+1", "-+1", "1..2", ".", "-", "-.", "1.2.3", "12345678.", "123456789.", ".123456789", "..........",
	"nan", "NaN", "-nan", "inf", "-Infinity", "infinit", "0x1p3", "1_000.5", " 1.5", "1.5 ", "1,5", "１", "/", ":", "1:", "1/2", "12345/78", "1234567:", "\xff", "1\x00", "4\xb3",
}

// wantFloat is what a field should be, by strconv.
func wantFloat(field string, bits int) (float64, bool) {
	text := strings.Trim(field, " \t\r")
	v, err := strconv.ParseFloat(text, bits)
	return v, err == nil && !strings.ContainsAny(text, "xX_")
}

func checkFloat(t *testing.T, field string) {
	t.Helper()
	if strings.Trim(field, " \t\r") == "" {
		return
	}
	c, ok := decodeOne(t, field, chunk.Type{ID: chunk.Float64})
	want, wantOK := wantFloat(field, 64)
	if ok != wantOK {
		t.Fatalf("float64 %q: ok %v, expected %v", field, ok, wantOK)
	}
	if got := chunk.View[float64](c.Values)[0]; ok && math.Float64bits(got) != math.Float64bits(want) {
		t.Fatalf("float64 %q: %v, expected %v", field, got, want)
	}
	c, ok = decodeOne(t, field, chunk.Type{ID: chunk.Float32})
	want, wantOK = wantFloat(field, 32)
	if ok != wantOK {
		t.Fatalf("float32 %q: ok %v, expected %v", field, ok, wantOK)
	}
	if got := chunk.View[float32](c.Values)[0]; ok && math.Float32bits(got) != math.Float32bits(float32(want)) {
		t.Fatalf("float32 %q: %v, expected %v", field, got, want)
	}
}

func TestFloatsAreThoseOfStrconv(t *testing.T) {
	for _, field := range hardFloats {
		checkFloat(t, field)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 40_000 {
		var field string
		switch r.IntN(4) {
		case 0: // any decimal with few digits
			field = strconv.FormatFloat(r.NormFloat64()*math.Pow10(r.IntN(8)), 'f', r.IntN(12), 64)
		case 1: // any digits with a point anywhere
			digits := strconv.FormatUint(r.Uint64()>>r.IntN(64), 10)
			at := r.IntN(len(digits) + 1)
			field = digits[:at] + "." + digits[at:]
		case 2: // the shortest text of any float
			field = strconv.FormatFloat(math.Float64frombits(r.Uint64()), 'g', -1, 64)
		case 3: // halfway between two floats, and a little off it
			f := r.Float64()
			field = strconv.FormatFloat(f, 'f', 19, 64)
		}
		checkFloat(t, field)
	}
}

func FuzzFloat(f *testing.F) {
	for _, field := range hardFloats {
		f.Add(field)
	}
	f.Fuzz(func(t *testing.T, field string) { checkFloat(t, field) })
}

// Halves of the last place are what rounding goes wrong with.
func TestDecimalRoundsToNearestEven(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		m := r.Uint64()>>r.IntN(12) | 1
		if m > 1e19-1 {
			m /= 2
		}
		if r.IntN(2) == 0 {
			m = m&^(1<<10-1) | 1<<9 | m>>60 // a tie, or close to one
		}
		places := r.IntN(20)
		text := strconv.FormatUint(m, 10)
		want, err := strconv.ParseFloat(text+"e-"+strconv.Itoa(places), 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := decimal(m, places); got != want {
			t.Fatalf("%de-%d is %v, expected %v", m, places, got, want)
		}
	}
}

var hardInts = []string{
	"0", "-0", "7", "-7", "+7", "007", "12345678", "-12345678", "123456789", "1234567890123456", "12345678901234567", "999999999999999999",
	"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
	"99999999999999999999", "00000000000000000000001", "1.0", "1e3", "-", "+", "--1", "+-0", "++0", "1-", "", " 1", "1 ", "1 2", "0x1", "1_0", "/", ":", "123:5678", "12345678/0123456", "\x00", "²",
}

func checkInt(t *testing.T, field string) {
	t.Helper()
	text := strings.Trim(field, " \t\r")
	if text == "" {
		return
	}
	want, err := strconv.ParseInt(text, 10, 64)
	c, ok := decodeOne(t, field, chunk.Type{ID: chunk.Int64})
	if ok != (err == nil) || ok && chunk.View[int64](c.Values)[0] != want {
		t.Fatalf("int64 %q: %v, expected %v, %v", field, text1(c, ok), want, err)
	}
	want, err = strconv.ParseInt(text, 10, 16)
	c, ok = decodeOne(t, field, chunk.Type{ID: chunk.Int16})
	if ok != (err == nil) || ok && int64(chunk.View[int16](c.Values)[0]) != want {
		t.Fatalf("int16 %q: %v, expected %v, %v", field, text1(c, ok), want, err)
	}
	unsigned, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, 64)
	if n, e := strconv.ParseInt(text, 10, 64); e == nil && n == 0 {
		unsigned, err = 0, nil
	}
	if strings.HasPrefix(text, "+") && strings.ContainsAny(text[1:], "+-") {
		err = errors.New("two signs")
	}
	c, ok = decodeOne(t, field, chunk.Type{ID: chunk.Uint64})
	if ok != (err == nil) || ok && chunk.View[uint64](c.Values)[0] != unsigned {
		t.Fatalf("uint64 %q: %v, expected %v, %v", field, text1(c, ok), unsigned, err)
	}
}

func text1(c chunk.Column, ok bool) string {
	if !ok {
		return "no value"
	}
	return text(&c, 0)
}

func TestIntsAreThoseOfStrconv(t *testing.T) {
	for _, field := range hardInts {
		checkInt(t, field)
	}
	r := rand.New(rand.NewPCG(7, 8))
	for range 20_000 {
		checkInt(t, strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10))
	}
}

func FuzzInt(f *testing.F) {
	for _, field := range append(hardInts, hardFloats...) {
		f.Add(field)
	}
	f.Fuzz(func(t *testing.T, field string) { checkInt(t, field) })
}

func TestDatesAreThoseOfTime(t *testing.T) {
	day := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	for ; day.Year() < 10000; day = day.AddDate(0, 0, 1) {
		if y := day.Year(); y > 1 && y%100 != 0 && y%100 != 4 && y < 9999 { // a leap year or not, of every kind
			day = day.AddDate(0, 11, 0)
		}
		got, ok := parseDate([]byte(day.Format("2006-01-02")))
		if want := day.Unix() / daySeconds; !ok || got != want {
			t.Fatalf("%s is day %d, %v; expected %d", day.Format("2006-01-02"), got, ok, want)
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, s := range []string{"2024-02-29T23:59:59.999999999Z", "2024-02-30T00:00:00Z", "1677-09-21T00:12:43.145224193Z", "2262-04-11T23:47:16.854775808Z",
		"0000-01-01T00:00:00.5Z", "9999-12-31T23:59:59+00:00", "2024-01-01T24:00:00Z", "2024-01-01 00:00", "2024-01-01T00:00:00.Z", "2024-13-01", "2024/01/01", "2024-01-01T00:00:60Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		i, ok := parseInstant([]byte(s))
		want, err := time.Parse(time.RFC3339Nano, s)
		if err == nil && !ok && want.Format(time.RFC3339Nano) == s { // time takes some more, T0:00 too
			t.Fatalf("%q is %v, but not taken", s, want)
		}
		if !ok {
			return
		}
		if err == nil && (i.seconds != want.Unix() || i.nanos != int64(want.Nanosecond()) || !i.zoned) {
			t.Fatalf("%q is %+v, expected %v", s, i, want)
		}
		for u := chunk.Second; u <= chunk.Nanosecond; u++ {
			ticks, ok := i.ticks(u)
			if !ok {
				continue
			}
			per := u.PerSecond()
			floor, rest := ticks/per, ticks%per
			if rest < 0 {
				floor, rest = floor-1, rest+per
			}
			if floor != i.seconds || rest*(1e9/per) != i.nanos {
				t.Fatalf("%q is %d %s, but %+v", s, ticks, u, i)
			}
		}
	})
}

func TestScanFindsEachByte(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 20_000 {
		w := r.Uint64()
		c := byte(r.Uint32())
		if r.IntN(2) == 0 {
			c = byte(w >> (8 * r.IntN(8)))
		}
		got := gather(zeroBytes(w ^ repeat(c)))
		both := gather(either(w, repeat(c)))
		for k := range 8 {
			b := byte(w >> (8 * k))
			if got>>k&1 == 1 != (b == c) || both>>k&1 == 1 != (b == c || b == '\n') {
				t.Fatalf("%q in %q: %08b, %08b", c, unsafe.Slice((*byte)(unsafe.Pointer(&w)), 8), got, both)
			}
		}
	}
}

// The vector kernel writes some positions always and more where there are many,
// so the density of what it looks for matters, and so does where a text ends.
func TestScanOfAnyDensity(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for round := range 3_000 {
		length := r.IntN(1 + round)
		text := make([]byte, padFront+length+padBack)
		often := r.IntN(64)
		for i := range text { // what stands in the padding must not be found
			text[i] = byte('a' + r.IntN(26))
			if r.IntN(64) <= often {
				text[i] = ",\n"[r.IntN(2)]
			}
		}
		to := padFront + length
		quote := -1
		if length > 0 && round%4 == 0 {
			quote = padFront + r.IntN(length)
			text[quote] = '"'
		}
		var want []uint32
		for i := padFront; i < to; i++ {
			if text[i] == ',' || text[i] == '\n' {
				want = append(want, uint32(i))
			}
		}
		x := new(index)
		x.begin(padFront, 0, math.MaxInt) // no record has too many fields
		newlines, quotes, flt := (&scanner{text: text, comma: repeat(','), index: x}).plain(padFront, to)
		if flt != nil || quotes != (quote >= 0) {
			t.Fatalf("%q: quotes %v, fault %v", text[padFront:to], quotes, flt)
		}
		if quotes {
			continue
		}
		if !slices.Equal(x.buf[1:x.found], want) {
			t.Fatalf("%q: found %v, expected %v", text[padFront:to], x.buf[1:x.found], want)
		}
		if n := bytes.Count(text[padFront:to], []byte{'\n'}); newlines != n {
			t.Fatalf("%q: %d line feeds, expected %d", text[padFront:to], newlines, n)
		}
	}
}
