package agg

// Place says where in the dataset the rows of a block are. No two rows of a
// dataset have the same place.
type Place struct {
	Split int     // index in the dataset
	First int64   // row of the split that Rows count from
	Rows  []int32 // of each row of the block, ascending; nil for 0, 1, 2, ...
}

// Placed is a [State] that depends on the order of the rows in the dataset. It
// takes part of the same laws as others: places are compared, not arrivals.
type Placed interface {
	// Place says where the rows of the next Update are. The State may keep
	// at.Rows until then.
	Place(at Place)
}

// At says where the rows of the next [Partial.Update] are. Rows of an Update
// that was not told follow those of the one before.
func (p *Partial) At(place Place) { p.place = place }

// after is the place behind n rows at p.
func (p Place) after(n int) Place {
	if p.Rows != nil && n > 0 {
		n = int(p.Rows[n-1]) + 1
	}
	return Place{Split: p.Split, First: p.First + int64(n)}
}

// of is the place of some of the rows at p. It takes rows over.
func (p Place) of(rows []int32) Place {
	if p.Rows != nil {
		for i, r := range rows {
			rows[i] = p.Rows[r]
		}
	}
	return Place{Split: p.Split, First: p.First, Rows: rows}
}

// spot is the place of one row.
type spot struct {
	split int
	row   int64
}

// at is the place of row i of a block.
func (p *Place) at(i int) spot {
	if p.Rows != nil {
		i = int(p.Rows[i])
	}
	return spot{p.Split, p.First + int64(i)}
}

// before tells whether a comes before b in the dataset.
func (a spot) before(b spot) bool {
	return a.split < b.split || a.split == b.split && a.row < b.row
}
