package open

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// Format is a file format as a dataset sees it.
type Format struct {
	Name       string                 // what FileInfo and the command line call it: csv
	Title      string                 // what errors call it: CSV
	Extensions []string               // with the dot, the usual one first: .csv, .csv.gz
	Sniff      func(head []byte) bool // whether a file that begins so can be one
	Text       bool                   // text, plain or compressed with gzip or zstd; Sniff only finds it plausible
	RowsKnown  bool                   // an open file knows its rows: asking its splits costs nothing
	Open       format.Opener

	// Retype is the Opener for a file some of whose columns are to have other
	// types than it would guess. It is nil for formats that state their types.
	Retype func(types map[string]chunk.Type) format.Opener
}

// headBytes is how much of a file is looked at to tell its format.
const headBytes = 4096

// identify tells the format of f by its content, then by its name. The warning
// is not empty when the two contradict each other.
func identify(name string, f *os.File, size int64, formats []Format) (_ Format, warning string, _ error) {
	if size == 0 {
		return Format{}, "", &format.Error{File: name, Err: format.ErrEmpty}
	}
	head := make([]byte, min(size, headBytes))
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return Format{}, "", fmt.Errorf("%s: %w", name, cause(err))
	}
	head = head[:n]
	named, hasName := byName(name, formats)

	compression, content := decompressed(f, size, head)
	for _, c := range formats {
		if c.Text || !c.Sniff(content) {
			continue
		}
		if compression != "" {
			return Format{}, "", bad(name, "%s file inside %s; decompress it first", article(c.Title), compression)
		}
		if hasName && named.Name != c.Name {
			warning = fmt.Sprintf("%s: named like %s but holds %s; read as %s", name, named.Title, c.Title, c.Title)
		}
		return c, warning, nil
	}
	text, isText := plausible(content, formats)
	switch {
	case hasName && named.Text && named.Sniff(content):
		return named, "", nil
	case hasName && isText:
		return Format{}, "", bad(name, "not %s file: it looks like %s text; rename it to %s to read it as such",
			article(named.Title), text.Title, renamed(name, named, text, compression))
	case hasName:
		return Format{}, "", bad(name, "not %s file: %s", article(named.Title), describe(content))
	case isText && !looksLikeJSON(content):
		return text, "", nil
	}
	return Format{}, "", bad(name, "unknown content: %s; formats are %s", describe(content), titles(formats))
}

// byName is the format with the longest extension that name ends in.
func byName(name string, formats []Format) (best Format, ok bool) {
	lower, longest := strings.ToLower(name), 0
	for _, f := range formats {
		for _, ext := range f.Extensions {
			if len(ext) > longest && strings.HasSuffix(lower, ext) {
				best, longest, ok = f, len(ext), true
			}
		}
	}
	return best, ok
}

func plausible(content []byte, formats []Format) (Format, bool) {
	for _, f := range formats {
		if f.Text && f.Sniff(content) {
			return f, true
		}
	}
	return Format{}, false
}

// renamed is the name that the file would have to have.
func renamed(name string, named, text Format, compression string) string {
	for _, ext := range named.Extensions {
		if strings.HasSuffix(strings.ToLower(name), ext) {
			name = name[:len(name)-len(ext)]
			break
		}
	}
	name += text.Extensions[0]
	switch compression {
	case "gzip":
		name += ".gz"
	case "zstd":
		name += ".zst"
	}
	return name
}

// decompressed is the beginning of the file's content: head, or what head
// unpacks to if it is the beginning of a compressed stream.
func decompressed(f *os.File, size int64, head []byte) (compression string, content []byte) {
	var r io.Reader
	var err error
	switch file := io.NewSectionReader(f, 0, size); {
	case strings.HasPrefix(string(head), "\x1f\x8b\x08"):
		compression = "gzip"
		r, err = gzip.NewReader(file)
	case strings.HasPrefix(string(head), "\x28\xb5\x2f\xfd"):
		compression = "zstd"
		var d *zstd.Decoder
		if d, err = zstd.NewReader(file, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(128<<20)); err == nil {
			defer d.Close()
			r = d
		}
	default:
		return "", head
	}
	if err != nil {
		return compression, nil
	}
	content = make([]byte, headBytes)
	n, _ := io.ReadFull(r, content) // a stream that breaks later is its reader's to report
	return compression, content[:n]
}

// describe says what content seems to be that no format claims.
func describe(content []byte) string {
	for _, k := range [...]struct{ magic, what string }{
		{"PK\x03\x04", "a ZIP archive or a spreadsheet"}, {"BZh", "a bzip2 stream"}, {"\xfd7zXZ\x00", "an xz stream"},
		{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"}, {"\x89HDF", "an HDF5 file"}, {"\x93NUMPY", "a NumPy array"}, {"ORC", "an ORC file"},
		{"Obj\x01", "an Avro file"}, {"SQLite format 3", "an SQLite database"}, {"FEA1", "a Feather file of version 1"},
		{"\xff\xff\xff\xff", "an Arrow stream; an Arrow file is needed"}, {"%PDF", "a PDF document"}, {"\x04\x22\x4d\x18", "an lz4 stream"},
		{"\x1f\x8b", "a damaged gzip stream"}, {"\xff\xfe", "UTF-16 text; convert it to UTF-8"}, {"\xfe\xff", "UTF-16 text; convert it to UTF-8"},
	} {
		if strings.HasPrefix(string(content), k.magic) {
			return "it looks like " + k.what
		}
	}
	switch {
	case len(content) == 0:
		return "a compressed stream that cannot be read or is empty"
	case looksLikeJSON(content):
		return "it looks like JSON"
	case utf8.Valid(content[:min(len(content), 64)]):
		return fmt.Sprintf("it begins with %q", content[:min(len(content), 16)])
	}
	return fmt.Sprintf("it begins with the bytes % x", content[:min(len(content), 8)])
}

func looksLikeJSON(content []byte) bool {
	text := strings.TrimSpace(string(content))
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
}

func titles(formats []Format) string {
	var names []string
	for _, f := range formats {
		names = append(names, f.Title)
	}
	return strings.Join(names, ", ")
}

// article puts a or an before a title.
func article(title string) string {
	if title != "" && strings.ContainsRune("AEIOUaeiou", rune(title[0])) {
		return "an " + title
	}
	return "a " + title
}
