package csvfile

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/storage/format"
)

// counting counts the bytes that a reader reads.
type counting struct {
	format.NoMeter
	sizeBytes int64
}

func (c *counting) Read(sizeBytes int64) { c.sizeBytes += sizeBytes }

// A sample of the last range reads no range before it, and has the rows that a
// run would have.
func TestASampleReadsItsRangeAlone(t *testing.T) {
	var text strings.Builder
	text.WriteString("a,b\n")
	for i := range 5000 {
		fmt.Fprintf(&text, "%d,\"x%d\"\n", i, i)
	}
	const rangeBytes = 8 << 10
	req := format.Request{Columns: []int{0, 1}, MaxRows: 100}
	sample := req
	sample.Sample = true
	o := textOptions(text.String(), rangeBytes)
	splits, err := mustOpen(t, o, text.String()).Splits(req)
	if err != nil || len(splits) < 5 {
		t.Fatalf("%d splits, %v", len(splits), err)
	}
	last := len(splits) - 1
	rows := map[bool][][]string{}
	read := map[bool]int64{}
	for _, r := range []format.Request{req, sample} {
		file := mustOpen(t, o, text.String())
		splits, err := file.Splits(r)
		if err != nil {
			t.Fatal(err)
		}
		var meter counting
		part, err := readMetered(file, splits[last], r, &meter, nil)
		if err != nil {
			t.Fatal(err)
		}
		rows[r.Sample], read[r.Sample] = plainRows(part), meter.sizeBytes
	}
	if fmt.Sprint(rows[true]) != fmt.Sprint(rows[false]) || len(rows[true]) == 0 {
		t.Errorf("the sample has %d rows, the run %d", len(rows[true]), len(rows[false]))
	}
	if read[true] > 2*rangeBytes || read[false] < int64(last)*rangeBytes {
		t.Errorf("the sample read %d bytes, the run %d", read[true], read[false])
	}
}

// Where a range begins within a text that has line feeds, a guess is wrong: that
// is an error that says so, and no other.
func TestAWrongGuessIsSaidToBeOne(t *testing.T) {
	text := "a,b\n1,\"" + strings.Repeat("one, two, three\n", 500) + "\"\n2,x\n"
	o := textOptions(text, 1000)
	file := mustOpen(t, o, text)
	req := format.Request{Columns: []int{0, 1}, MaxRows: 10, Sample: true}
	splits, err := file.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for _, split := range splits[1:] {
		_, err := readSplit(file, split, req, nil)
		if err == nil {
			continue
		}
		if errors.Is(err, format.ErrGuess) {
			wrong++
		}
	}
	if wrong == 0 {
		t.Error("no guess is said to be wrong")
	}
	req.Sample = false
	if rows, err := read(file, req); err != nil || len(rows) != 2 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}
