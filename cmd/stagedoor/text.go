package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// width is that of printed prose. It does not follow the terminal, so that
// output can be compared and diffed.
const width = 100

// paragraph prints text in lines of at most width, each behind indent. What an
// empty line parts stays parted.
func paragraph(w io.Writer, indent, text string) {
	for i, block := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			fmt.Fprintln(w)
		}
		line := indent
		for _, word := range strings.Fields(block) {
			if line != indent && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
				fmt.Fprintln(w, line)
				line = indent
			}
			if line != indent {
				line += " "
			}
			line += word
		}
		fmt.Fprintln(w, line)
	}
}

// item prints a label and text that goes on behind it, hanging.
func item(w io.Writer, indent, label, text string) {
	var body strings.Builder
	hang := strings.Repeat(" ", utf8.RuneCountInString(label))
	paragraph(&body, indent+hang, text)
	fmt.Fprint(w, indent+label+strings.TrimPrefix(body.String(), indent+hang))
}

// table prints rows in aligned columns, without spaces at the end of a line.
func table(w io.Writer, indent string, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		line := indent
		for i, cell := range row {
			line += cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// orDash stands in for an empty cell.
func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
