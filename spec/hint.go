package spec

import "strings"

// hint proposes the option that a misspelt value was probably meant to be:
// "; did you mean fireos?", or nothing when none is near.
func hint(value any, options []string) string {
	text, ok := value.(string)
	if !ok {
		return ""
	}
	if nearest := Nearest(text, options); nearest != "" {
		return "; did you mean " + nearest + "?"
	}
	return ""
}

// Nearest returns the option that text is probably a misspelling of, or "".
// Case, spaces, dashes and underscores do not count; otherwise at most two
// edits, and no more than a third of the word, may separate them.
func Nearest(text string, options []string) string {
	const longest = 40
	if text == "" || len(text) > longest {
		return ""
	}
	best, bestDistance := "", 1000
	for _, option := range options {
		d := distance(fold(text), fold(option))
		if d < bestDistance {
			best, bestDistance = option, d
		}
	}
	if bestDistance > 2 || bestDistance*3 > len(text) {
		return ""
	}
	return best
}

func fold(s string) string {
	return strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(s))
}

// distance is the number of edits between two short strings, in bytes: one
// inserted, left out, replaced, or swapped with its neighbour.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
