package parquetfile

import (
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// RowGroupInfo is what the footer says of one row group.
type RowGroupInfo struct {
	Rows              int64
	CompressedBytes   int64 // of all columns, nested ones included
	UncompressedBytes int64
	Columns           []ColumnInfo // one per column of the schema
}

// ColumnInfo is what the footer says of a column in one row group. A nested
// column has sizes only.
type ColumnInfo struct {
	Name              string
	CompressedBytes   int64
	UncompressedBytes int64
	Codec             string   // none, snappy, gzip, brotli, zstd, lz4_raw, ...
	Encodings         []string // plain, rle_dictionary, ...
	Nulls             int64    // -1 if not recorded
	HasBounds         bool     // Min and Max are recorded
	Min, Max          string
}

// RowGroups describes the file's row groups, for people.
func (f *File) RowGroups() []RowGroupInfo {
	infos := make([]RowGroupInfo, len(f.foot.groups))
	for g := range infos {
		group := &f.foot.groups[g]
		infos[g].Rows = group.rows
		for i := range group.columns {
			infos[g].CompressedBytes += group.columns[i].compressed
			infos[g].UncompressedBytes += group.columns[i].uncompressed
		}
		for i := range f.schema {
			infos[g].Columns = append(infos[g].Columns, f.columnInfo(group, i))
		}
	}
	return infos
}

func (f *File) columnInfo(group *rowGroup, i int) ColumnInfo {
	info := ColumnInfo{Name: f.schema[i].Name, Nulls: -1}
	chunks := group.columns[f.firstLeaf[i]:f.firstLeaf[i+1]]
	for j := range chunks {
		info.CompressedBytes += chunks[j].compressed
		info.UncompressedBytes += chunks[j].uncompressed
		if name := chunks[j].codec.String(); info.Codec == "" {
			info.Codec = name
		} else if info.Codec != name {
			info.Codec = "mixed"
		}
		for _, e := range chunks[j].encodings {
			if name := e.String(); !slices.Contains(info.Encodings, name) {
				info.Encodings = append(info.Encodings, name)
			}
		}
	}
	stored := f.stored[i]
	if stored.index < 0 {
		return info
	}
	s := &group.columns[stored.index].stats
	if s.hasNulls {
		info.Nulls = s.nulls
	}
	typ := f.schema[i].Type
	if lo, hi, ok := s.bounds(typ, stored, f.isOrdered(stored.index)); ok {
		info.HasBounds, info.Min, info.Max = true, statText(typ, lo), statText(typ, hi)
	}
	return info
}

// statText is a statistic as inspect shows it.
func statText(typ chunk.Type, b []byte) string {
	switch typ.ID {
	case chunk.String:
		return string(b)
	case chunk.Float16, chunk.Float64:
		return strconv.FormatFloat(statFloat(typ.ID, b), 'g', -1, 64)
	case chunk.Float32:
		return strconv.FormatFloat(statFloat(typ.ID, b), 'g', -1, 32)
	case chunk.Bool:
		return strconv.FormatBool(b[0]&1 == 1)
	case chunk.Date32:
		return time.Unix(statInt(typ.ID, b)*86400, 0).UTC().Format(time.DateOnly)
	case chunk.Timestamp:
		v, ticks := statInt(typ.ID, b), typ.Unit.PerSecond()
		seconds, rest := v/ticks, v%ticks
		if rest < 0 {
			seconds, rest = seconds-1, rest+ticks
		}
		return time.Unix(seconds, rest*(1e9/ticks)).UTC().Format("2006-01-02T15:04:05.999999999")
	case chunk.Uint64:
		return strconv.FormatUint(binary.LittleEndian.Uint64(b), 10)
	}
	return strconv.FormatInt(statInt(typ.ID, b), 10)
}
