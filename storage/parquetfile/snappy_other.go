//go:build !amd64 || purego

package parquetfile

func snappyElements(dst []byte, d int, src []byte) (int, int) { return snappyElementsGo(dst, d, src) }
