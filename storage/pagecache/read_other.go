//go:build !linux

package pagecache

import "os"

// copyCached is not known here.
func copyCached(*os.File, []byte, int64) int { return 0 }
