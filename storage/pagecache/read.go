package pagecache

import (
	"os"
)

// ReadAt is f.ReadAt for a file that is likely to be in the page cache: what is
// there is copied without the scheduler being told, which otherwise takes the
// processor away from a goroutine whose copying takes longer than 20 µs, as that
// of 128 KiB does, and wakes up a thread to have it. What is not there is waited
// for as usual. f stays open meanwhile.
func ReadAt(f *os.File, b []byte, at int64) (n int, err error) {
	for n < len(b) {
		k := copyCached(f, b[n:min(len(b), n+maxUnseen)], at+int64(n))
		if k == 0 {
			more, err := f.ReadAt(b[n:], at+int64(n))
			if n += more; n == len(b) {
				err = nil
			}
			return n, err
		}
		n += k
	}
	return n, nil
}

// maxUnseen bounds what is copied while the scheduler cannot stop the goroutine:
// some 30 µs.
const maxUnseen = 256 << 10
