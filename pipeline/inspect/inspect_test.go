package inspect_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/inspect"
	"github.com/weir-pipeline/weir/storage/output"
	"github.com/weir-pipeline/weir/storage/synth"
)

func TestInspect(t *testing.T) {
	dir := t.TempDir()
	paths := []string{filepath.Join(dir, "a.parquet"), filepath.Join(dir, "b.parquet")}
	for _, p := range paths {
		table := synth.Table{Rows: 10_000, Seed: 1}
		if err := synth.Write(context.Background(), p, table, synth.WriteOptions{Options: output.Options{BatchRows: 2500}}); err != nil {
			t.Fatal(err)
		}
	}
	info, err := inspect.Run(context.Background(), paths, inspect.Options{Splits: true, Stats: true, Run: pipeline.Options{Mode: pipeline.Sequential}})
	if err != nil {
		t.Fatal(err)
	}
	if info.Rows != 20_000 || len(info.Files) != 2 || info.SplitCount != 8 || len(info.Splits) != 8 || info.Files[1].Splits != 4 || info.Files[0].Rows != 10_000 {
		t.Errorf("%d rows, %d splits, files %+v", info.Rows, info.SplitCount, info.Files)
	}
	id, z := info.Columns[0], info.Columns[3]
	if id.Name != "id" || id.Type != "int64" || id.Stats.Min != "0" || id.Stats.Max != "9999" || id.Stats.Values != 20_000 {
		t.Errorf("column id is %+v, %+v", id, id.Stats)
	}
	if z.Stats.Nulls == 0 || z.Stats.Nulls+z.Stats.Values != 20_000 {
		t.Errorf("column z has %d nulls, %d values", z.Stats.Nulls, z.Stats.Values)
	}
}

func TestInspectReadsNoValuesUnasked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := synth.Write(context.Background(), path, synth.Table{Rows: 100, Seed: 1}, synth.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	info, err := inspect.Run(context.Background(), []string{path}, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if info.Rows != -1 || info.Columns[0].Stats != nil || info.Splits != nil {
		t.Errorf("%d rows, stats %v, splits %v: more than a header tells", info.Rows, info.Columns[0].Stats, info.Splits)
	}
}
