package format

// Phase is what a reader is spending time on.
type Phase uint8

// The phases of reading. A reader is in Decode when Next is entered and left.
const (
	Decode Phase = iota // turning bytes of the file into column buffers
	Read                // waiting for the file's bytes: read(2), decompressing a whole-file stream
	Wait                // waiting for memory
)

// Meter is told what a reader spends. Its methods are called by the goroutine
// that calls Next; they cost some tens of nanoseconds, so they are called per
// block or chunk, never per row.
type Meter interface {
	// Switch says that time from now on belongs to phase p.
	Switch(p Phase)

	// Read says that sizeBytes more of the file have been read or mapped in.
	Read(sizeBytes int64)

	// Copied says that sizeBytes of values of a column were moved after they
	// had been decoded, and why. Decompressing and parsing are decoding.
	Copied(column string, sizeBytes int64, cause string)
}

// NoMeter is a Meter that forgets.
type NoMeter struct{}

// Switch does nothing.
func (NoMeter) Switch(Phase) {}

// Read does nothing.
func (NoMeter) Read(int64) {}

// Copied does nothing.
func (NoMeter) Copied(string, int64, string) {}
