package open

import (
	"maps"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/csvfile"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/ipcfile"
	"github.com/weir-pipeline/weir/storage/parquetfile"
)

// Builtin is the formats that weir comes with. csv says how text is read.
func Builtin(csv csvfile.Options) []Format {
	return []Format{
		{
			Name: "arrow", Title: "Arrow", Extensions: []string{".arrow", ".feather", ".ipc"},
			Sniff: ipcfile.Sniff, RowsKnown: true, Open: ipcfile.Open,
		},
		{
			Name: "parquet", Title: "Parquet", Extensions: []string{".parquet", ".pq"},
			Sniff: parquetfile.Sniff, RowsKnown: true, Open: parquetfile.Open,
		},
		{
			Name: "csv", Title: "CSV",
			Extensions: []string{".csv", ".tsv", ".tab", ".csv.gz", ".tsv.gz", ".tab.gz", ".csv.zst", ".tsv.zst", ".tab.zst"},
			Sniff:      csvfile.Plausible, Text: true, Open: csv.Opener(),
			Retype: func(types map[string]chunk.Type) format.Opener {
				retyped := csv
				retyped.Types = maps.Clone(csv.Types)
				if retyped.Types == nil {
					retyped.Types = types
				} else {
					maps.Copy(retyped.Types, types)
				}
				return retyped.Opener()
			},
		},
	}
}
