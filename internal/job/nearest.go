package job

import "strings"

// Nearest returns the candidate closest to word by edit distance, or "" when
// none is close enough to be what was meant.
func Nearest(word string, candidates []string) string {
	best, bestDistance := "", len(word)/2+2
	for _, c := range candidates {
		if d := distance(strings.ToLower(word), strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

func nearHint(word string, words []string) string {
	if near := Nearest(word, words); near != "" {
		return `did you mean "` + near + `"?`
	}
	return "use one of " + strings.Join(words, ", ")
}

// distance is the Levenshtein distance, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
