package parquetfile

// ForgetPages makes the file one that does not say where the pages of a column
// are, as writers may.
func (f *File) ForgetPages(column int) {
	for g := range f.foot.groups {
		f.foot.groups[g].columns[f.stored[column].index].offsetIndex = section{}
	}
}

// PageIndexBytes is where in the file the page index of a file of this package
// begins and ends: between the row groups and the footer.
func (f *File) PageIndexBytes() (from, to int64) {
	for g := range f.foot.groups {
		for i := range f.foot.groups[g].columns {
			c := &f.foot.groups[g].columns[i]
			from = max(from, c.start()+c.compressed)
		}
	}
	return from, f.limit
}
