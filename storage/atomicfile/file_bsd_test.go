//go:build unix && !linux

package atomicfile

func childOther(what, path string) int { return 2 }
