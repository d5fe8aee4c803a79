package ipcfile_test

import (
	"testing"

	"github.com/weir-pipeline/weir/storage/ipcfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

func TestSuite(t *testing.T) {
	for i, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			storagetest.Run(t, storagetest.Format{Name: v.name, Open: ipcfile.Open, Write: v.write, Brief: i > 1})
		})
	}
}
