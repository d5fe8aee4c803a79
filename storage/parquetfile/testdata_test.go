package parquetfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/parquetfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// testdata opens a file of testdata/.
func testdata(t *testing.T, name string) *parquetfile.File {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return openBytes(t, content)
}

// columnText is a column's values with spaces between.
func columnText(t *testing.T, file *parquetfile.File, name string) string {
	t.Helper()
	i := file.Schema().Index(name)
	if i < 0 {
		t.Fatalf("there is no column %s", name)
	}
	tab := storagetest.ReadAll(t, file, format.Request{Columns: []int{i}, MaxRows: 7})
	return strings.Trim(fmt.Sprint(tab.Columns[0]), "[]")
}

func TestFilesOfOtherWriters(t *testing.T) {
	for _, c := range []struct{ file, column, typ, want string }{
		{"lz4_raw_compressed.parquet", "c1", "string", "abc def abc def"},
		{"hadoop_lz4_compressed.parquet", "v11", "float64", "42 7.7 42.125 7.7"},
		{"hadoop_lz4_compressed.parquet", "c1", "string", "abc def abc def"},
		{"non_hadoop_lz4_compressed.parquet", "c0", "int64", "1593604800 1593604800 1593604801 1593604801"},
		{"alltypes_plain.parquet", "timestamp_col", "timestamp[ns]", "1235865600000000000 1235865660000000000 1238544000000000000 1238544060000000000 1233446400000000000 1233446460000000000 1230768000000000000 1230768060000000000"},
		{"alltypes_dictionary.parquet", "timestamp_col", "timestamp[ns]", "1230768000000000000 1230768060000000000"},
		{"alltypes_plain.snappy.parquet", "bool_col", "bool", "true false"},
		{"alltypes_plain.parquet", "date_string_col", "string", "03/01/09 03/01/09 04/01/09 04/01/09 02/01/09 02/01/09 01/01/09 01/01/09"},
		{"float16_nonzeros_and_nans.parquet", "x", "float16", "<nil> 15360 49152 32256 0 48128 32768 16384"},
		{"datapage_v2.snappy.parquet", "a", "string", "abc abc abc <nil> abc"},
		{"datapage_v2.snappy.parquet", "d", "bool", "true true true false true"},
		{"datapage_v2_empty_datapage.snappy.parquet", "value", "float32", "<nil>"},
	} {
		t.Run(c.file+" "+c.column, func(t *testing.T) {
			file := testdata(t, c.file)
			if got := columnText(t, file, c.column); got != c.want {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
			if got := file.Schema()[file.Schema().Index(c.column)].Type.String(); got != c.typ {
				t.Errorf("type %s, want %s", got, c.typ)
			}
		})
	}
}

func TestDictionaryPageThatTheFooterDoesNotMention(t *testing.T) {
	if got := columnText(t, testdata(t, "dict-page-offset-zero.parquet"), "l_partkey"); got != strings.TrimSuffix(strings.Repeat("1552 ", 39), " ") {
		t.Errorf("got %s", got)
	}
}

func TestColumnChunkThatIsLongerThanTheFooterSays(t *testing.T) {
	got := columnText(t, testdata(t, "nation.dict-malformed.parquet"), "name")
	if !strings.HasPrefix(got, "ALGERIA ARGENTINA BRAZIL") || !strings.HasSuffix(got, "UNITED KINGDOM UNITED STATES") {
		t.Errorf("got %s", got)
	}
}

func TestBooleansInRunLengths(t *testing.T) {
	got := columnText(t, testdata(t, "rle_boolean_encoding.parquet"), "datatype_boolean")
	if !strings.HasPrefix(got, "true false <nil> true true false false true") {
		t.Errorf("got %s", got)
	}
	if n := strings.Count(got, "<nil>"); n != 6 {
		t.Errorf("%d nulls, the page header says 6", n)
	}
}

func TestPagesOfNullsAlone(t *testing.T) {
	file := testdata(t, "int32_with_null_pages.parquet")
	got := columnText(t, file, "int32_field")
	if n, want := strings.Count(got, "<nil>"), file.RowGroups()[0].Columns[0].Nulls; int64(n) != want || want == 0 {
		t.Errorf("%d nulls, the footer says %d", n, want)
	}
}

func TestByteStreamSplitGivesWhatPlainGives(t *testing.T) {
	file := testdata(t, "byte_stream_split_extended.gzip.parquet")
	for _, typ := range []string{"float16", "float", "double", "int32", "int64"} {
		if got, want := columnText(t, file, typ+"_byte_stream_split"), columnText(t, file, typ+"_plain"); got != want {
			t.Errorf("%s: got %s\nwant %s", typ, got, want)
		}
	}
	for _, name := range []string{"flba5_plain", "decimal_plain"} {
		field := file.Schema()[file.Schema().Index(name)]
		_, err := file.Splits(format.Request{Columns: []int{file.Schema().Index(name)}, MaxRows: 1})
		if err == nil || !strings.Contains(err.Error(), field.Type.Name) {
			t.Errorf("%s of type %s: got error %v", name, field.Type, err)
		}
	}
}

func TestEncryptedFilesAreNamedSo(t *testing.T) {
	for _, name := range []string{"uniform_encryption.parquet.encrypted", "encrypt_columns_plaintext_footer.parquet.encrypted"} {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		_, err = tryOpen(t, content)
		if err == nil || err.Error() != "data.parquet: the file is encrypted, which is not supported" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestChecksumsOfOtherWriters(t *testing.T) {
	good := testdata(t, "rle-dict-snappy-checksum.parquet")
	columnText(t, good, "long_field")
	columnText(t, good, "binary_field")
	bad := testdata(t, "rle-dict-uncompressed-corrupt-checksum.parquet")
	_, err := readColumn(t, bad, 0)
	if want := "data.parquet: split 1, column long_field, byte 4: checksum mismatch: the page is corrupted"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
