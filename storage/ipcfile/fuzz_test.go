package ipcfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/weir-pipeline/weir/storage/ipcfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// FuzzOpen reads all columns of files that may be damaged: an error or valid
// columns, never a panic, a hang or an allocation of what a damaged size says.
func FuzzOpen(f *testing.F) {
	tab := storagetest.Generate(storagetest.AllTypes(), 9, storagetest.NullPatterns()[2], 1)
	for _, v := range variants() {
		path := filepath.Join(f.TempDir(), "seed")
		v.write(f, path, tab, storagetest.WriteOptions{SplitRows: 4})
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	nested := rawSchema{fields: []rawField{{name: "l", code: 12, children: []rawField{intField("i", 8)}}, {name: "v", code: 24}, intField("x", 32)}}
	f.Add(nested.stream(rawBatch{rows: 1, nodes: []int64{1, 0, 1, 0, 1, 0, 1, 0}, variadic: []int64{1},
		buffers: [][]byte{nil, nil, nil, nil, nil, nil, nil, nil, i32s(3)}}))
	coded := rawSchema{fields: []rawField{codedField("c", 7, 32, true)}}
	indices := rawBatch{rows: 1, nodes: []int64{1, 0}, buffers: [][]byte{nil, i32s(1)}}
	f.Add(coded.file(0, dictionary(7, false, nil, "a"), dictionary(7, true, bits(f, "1"), "b"), indices))
	f.Add(coded.stream(dictionary(7, false, nil, "a", "b"), indices, dictionary(7, false, nil, "c", "d"), indices))
	f.Fuzz(func(t *testing.T, content []byte) {
		storagetest.TryRead(t, ipcfile.Open, content, 0)
	})
}
