//go:build !amd64 || purego

package parquetfile

func unpackGroups(dst []uint32, src []byte, width int) (n int, largest uint32) {
	return unpackGroupsGo(dst, src, width)
}

func gather64(dst, dict []uint64, indices []uint32) { gatherGo(dst, dict, indices) }
