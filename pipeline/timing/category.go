// Package timing accounts for the time of a run: every lane (a goroutine of
// the coordinator, a worker process) is in exactly one category at any moment,
// so that a lane's categories add up to its lifetime by construction, and what
// its owner did not name is reported as unaccounted.
package timing

// Category is what a lane spends time on.
type Category uint8

// The categories. Unaccounted is time that its owner did not name; it is
// reported apart.
const (
	Unaccounted Category = iota
	Start                // creating processes, mapping memory, opening files, planning
	Read                 // getting bytes of the input from the file
	Decode               // turning them into column buffers
	Encode               // writing a chunk in a codec, before it is handed over
	Copy                 // moving bytes from one process to another
	Wait                 // for input, for memory, for a worker, for work
	Compute              // running the stages on chunks
	Return               // encoding and sending partials or rows back
	Merge                // combining partials, ordering rows
	Write                // writing the result

	// What a lane can wait for besides its input, which is Wait itself.
	WaitMemory // for memory that others have to give back
	WaitWorker // for a worker that is ready for more
	WaitTurn   // for another lane that merges or writes

	categories
)

var names = [categories]string{
	"unaccounted", "start", "read", "decode", "encode", "copy", "wait", "compute", "return", "merge", "write",
	"wait-memory", "wait-worker", "wait-turn",
}

// Waits tells whether c is one of the ways to wait.
func (c Category) Waits() bool { return c == Wait || c >= WaitMemory }

// String is the category's name in tables and reports.
func (c Category) String() string { return names[c] }

// Categories are all categories but Unaccounted, in the order of reports, each
// way to wait as one of its own.
func Categories() []Category {
	all := make([]Category, 0, categories-1)
	for c := Start; c < categories; c++ {
		all = append(all, c)
	}
	return all
}

// ParseCategory is the inverse of String.
func ParseCategory(name string) (Category, bool) {
	for c, n := range names {
		if n == name {
			return Category(c), true
		}
	}
	return 0, false
}
