// Package parquetfile reads and writes Apache Parquet files.
//
// The reader decodes the requested columns of one row group straight into the
// memory of the chunks it delivers. It owns the whole path from footer to
// values, thrift metadata included, for two reasons: a length
// in a damaged file must never size an allocation, and the checksum of each
// page that has one must be verified, so that a flipped bit is an error and
// not a wrong sum.
//
//	file:          "PAR1" row group ... row group  [page index]  footer  footerSize(4)  "PAR1"
//	row group:     column chunk ... column chunk   (one per leaf column)
//	column chunk:  [dictionary page] data page ... data page
//	page:          header (thrift compact)  body (compressed)
//	body, v1:      [levelBytes(4) definition levels]  values
//	body, v2:      definition levels (never compressed)  values
//
// Row groups that the statistics in the footer exclude are not read, nor are
// pages of the others that the page index excludes. Pages of different columns
// hold different rows: the rows that may be inside of all intervals are found
// first, then of every column the pages that they are in. Statistics have no
// checksum and are believed; a page index that contradicts itself is not used,
// and a page that is not where it says is an error.
//
// Flat columns of these types can be used; all others (nested and repeated
// ones, decimals, times, intervals, fixed binaries) have type
// [chunk.Unsupported] and leave the rest of the file usable:
//
//	BOOLEAN                             Bool
//	INT32, INT64 with their annotation  Int8 ... Uint64, Date32, Timestamp
//	INT96 (legacy timestamp)            Timestamp in nanoseconds, no zone
//	FLOAT, DOUBLE, FLOAT16              Float32, Float64, Float16
//	BYTE_ARRAY                          String; also without annotation, because many
//	                                    writers leave it out. Text is not checked to be UTF-8.
//
// A string column that is dictionary-encoded is delivered as indices into one
// dictionary per row group; where the writer gave the dictionary up in the
// middle of a row group a chunk ends, and the rest comes as plain text.
//
// The format is specified at https://parquet.apache.org/docs/file-format/.
package parquetfile
