package dataset

// halfSwapped reports whether a program may have read some dates of a file in
// the other order of day and month, as spreadsheets do with those they can: the
// rows go back and forth in time, and several months have only days up to 12,
// though others have later ones.
func (k *candidate) halfSwapped() bool {
	l := k.pieces[0].layout
	if l == nil || !l.has(month2) || !l.has(day2) || !k.hypothesis.turned {
		return false
	}
	late, early := map[int32]bool{}, map[int32]int{}
	for _, v := range k.hypothesis.visits {
		if v.at.day > 12 {
			late[v.at.month] = true
		} else {
			early[v.at.month]++
		}
	}
	lone := 0
	for month, n := range early {
		if !late[month] && n > 1 {
			lone++
		}
	}
	return len(late) > 0 && lone > 2
}

// onlyJanuary reports whether several years have several days, in January alone.
func (k *candidate) onlyJanuary(first, last int) bool {
	l := k.pieces[0].layout
	return l != nil && l.has(month2) && l.has(day2) && last > first && k.places.onlyMonths(1) && !k.places.whole(k.places.firstDays)
}
