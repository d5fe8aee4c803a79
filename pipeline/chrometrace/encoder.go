package chrometrace

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
	"time"
)

// encoder writes events, one a line, as they come. Errors of the writer show at
// the end.
type encoder struct {
	w     *bufio.Writer
	line  []byte // of the event that is being written
	first bool   // no event has been written yet
	comma bool   // something stands before the next member of the object
}

func newEncoder(w io.Writer) *encoder {
	return &encoder{w: bufio.NewWriterSize(w, 64<<10), first: true}
}

// begin writes what stands before the events. "ms" is what times are shown in;
// Perfetto has taken "ns" for the unit of the numbers.
func (e *encoder) begin(about otherData) error {
	text, err := json.Marshal(about)
	if err != nil {
		return err
	}
	e.w.WriteString(`{"displayTimeUnit":"ms","otherData":`)
	e.w.Write(text)
	_, err = e.w.WriteString(`,"traceEvents":[`)
	return err
}

func (e *encoder) end() error {
	e.w.WriteString("\n]}\n")
	return e.w.Flush()
}

// event begins an event of a phase on the track of a lane. The members follow,
// then close.
func (e *encoder) event(phase string, on lane) {
	e.line = append(e.line[:0], '{')
	e.comma = false
	e.text("ph", phase)
	e.integer("pid", int64(on.pid))
	e.integer("tid", int64(on.tid))
}

func (e *encoder) close() {
	e.line = append(e.line, '}')
	if !e.first {
		e.w.WriteByte(',')
	}
	e.first = false
	e.w.WriteByte('\n')
	e.w.Write(e.line)
}

// args begins the arguments of an event. Members follow, then closeArgs.
func (e *encoder) args() {
	e.key("args")
	e.line = append(e.line, '{')
	e.comma = false
}

func (e *encoder) closeArgs() {
	e.line = append(e.line, '}')
	e.comma = true
}

func (e *encoder) key(name string) {
	if e.comma {
		e.line = append(e.line, ',')
	}
	e.comma = true
	e.line = append(append(append(e.line, '"'), name...), '"', ':')
}

// text writes a member whose value is any string, what is not ASCII as UTF-8:
// Perfetto takes no surrogates.
func (e *encoder) text(key, value string) {
	e.key(key)
	quoted, err := json.Marshal(value)
	if err != nil {
		panic(err) // every string has a JSON form
	}
	e.line = append(e.line, quoted...)
}

func (e *encoder) integer(key string, value int64) {
	e.key(key)
	e.line = strconv.AppendInt(e.line, value, 10)
}

// time writes a member in microseconds, the unit of the format, with the
// nanoseconds behind the point.
func (e *encoder) time(key string, d time.Duration) {
	e.key(key)
	if d < 0 {
		e.line = append(e.line, '-')
		d = -d
	}
	ns := int64(d % time.Microsecond)
	e.line = strconv.AppendInt(e.line, int64(d/time.Microsecond), 10)
	e.line = append(e.line, '.', byte('0'+ns/100), byte('0'+ns/10%10), byte('0'+ns%10))
}
