package dataset

import "bytes"

// missingWords are the markers that mean "no value" in number columns,
// lower case. Words that are names in text columns (NA is Namibia) count only
// where the column holds numbers or times.
var missingWords = map[string]bool{
	"": true, "na": true, "n/a": true, "n.a.": true, "nan": true, "null": true, "nil": true, "none": true, "missing": true, "<na>": true,
	"#n/a": true, "#na": true, "#value!": true, "#ref!": true, "#div/0!": true, "#null!": true, "#num!": true, "#name?": true,
	"-": true, "--": true, "---": true, "–": true, "—": true, ".": true, "..": true, "...": true, "?": true, "*": true, "**": true, "***": true, "****": true,
	":": true, "x": true, "nd": true, "n.d.": true, "k.a.": true, "k. a.": true, "s/d": true, "inf": true, "-inf": true, "\\n": true, "-nan": true, "1.#qnan": true,
}

// missing reports whether a trimmed cell is a known marker.
func missing(cell []byte) bool {
	if len(cell) == 0 {
		return true
	}
	if len(cell) > 8 || cell[0] >= '0' && cell[0] <= '9' && cell[0] != '1' {
		return false
	}
	var lower [8]byte
	return missingWords[string(lower[:copy(lower[:], bytes.ToLower(cell))])]
}
