package parquetfile

import "github.com/weir-pipeline/weir/storage/format"

// selection is the rows of a row group that the page index cannot exclude, and
// where the pages of the requested columns are. It is the Part of a split.
type selection struct {
	ranges []rowRange           // ascending, apart from each other, none empty
	pages  map[int]*offsetIndex // by column of the schema; those that are known
}

// rowRange is rows [from, to) of a row group.
type rowRange struct{ from, to int64 }

// maxGapRows is how many excluded rows in a row are read nevertheless, if a
// chunk may be that long: a chunk that ends early costs more than they do.
const maxGapRows = 4096

// selection is what the page index leaves of a row group, nil for all of it.
func (f *File) selection(group int, req format.Request) *selection {
	if len(req.Prune) == 0 {
		return nil
	}
	g := &f.foot.groups[group]
	s := &selection{ranges: []rowRange{{0, g.rows}}, pages: make(map[int]*offsetIndex)}
	for _, iv := range req.Prune {
		stored := f.stored[iv.Column]
		if stored.index < 0 {
			continue
		}
		c := &g.columns[stored.index]
		if c.columnIndex.sizeBytes <= 0 {
			continue
		}
		o := f.pages(s, group, iv.Column)
		pages := f.columnIndex(c, o)
		if pages == nil {
			continue
		}
		var allowed []rowRange
		for i := range pages {
			from, to := o.firstRows[i], o.lastRow(i)
			if !f.excludes(iv, &pages[i], to-from) {
				allowed = appendRange(allowed, rowRange{from, to}, 0)
			}
		}
		s.ranges = intersect(s.ranges, allowed)
	}
	var whole []rowRange
	for _, r := range s.ranges {
		whole = appendRange(whole, r, min(int64(req.MaxRows)/4, maxGapRows))
	}
	s.ranges = whole
	if len(whole) == 1 && whole[0] == (rowRange{0, g.rows}) {
		return nil
	}
	if len(whole) > 0 {
		for _, i := range req.Columns {
			f.pages(s, group, i)
		}
	}
	return s
}

// pages is the offset index of a column, which s remembers.
func (f *File) pages(s *selection, group, column int) *offsetIndex {
	o, known := s.pages[column]
	if !known {
		g := &f.foot.groups[group]
		o = f.offsetIndex(&g.columns[f.stored[column].index], g.rows)
		s.pages[column] = o
	}
	return o
}

// rows counts the selected rows.
func (s *selection) rows() int64 {
	n := int64(0)
	for _, r := range s.ranges {
		n += r.to - r.from
	}
	return n
}

// sizeBytes is how many bytes of a column have to be read.
func (s *selection) sizeBytes(c *columnChunk, o *offsetIndex) int64 {
	if o == nil {
		return c.compressed
	}
	n := o.offsets[0] - c.start() // the dictionary
	next := 0
	for _, r := range s.ranges {
		first, last := max(o.page(r.from), next), o.page(r.to-1)
		if next = last + 1; first <= last {
			n += o.pageEnd(last) - o.offsets[first]
		}
	}
	return n
}

// run is the offset of the byte after the pages that are needed from page k on,
// without a gap, for ranges the first of which begins in page k or before.
func (o *offsetIndex) run(k int, ranges []rowRange) int64 {
	for _, r := range ranges {
		if o.page(r.from) > k+1 {
			break
		}
		k = max(k, o.page(r.to-1))
	}
	return o.pageEnd(k)
}

// appendRange adds a range after the last one, or to it if at most gap rows lie
// between them.
func appendRange(ranges []rowRange, r rowRange, gap int64) []rowRange {
	if n := len(ranges); n > 0 && r.from-ranges[n-1].to <= gap {
		ranges[n-1].to = r.to
		return ranges
	}
	return append(ranges, r)
}

// intersect is the rows that are in both.
func intersect(a, b []rowRange) []rowRange {
	var both []rowRange
	for len(a) > 0 && len(b) > 0 {
		if r := (rowRange{max(a[0].from, b[0].from), min(a[0].to, b[0].to)}); r.from < r.to {
			both = append(both, r)
		}
		if a[0].to < b[0].to {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return both
}
