// Package dataset reads the CSV files people really have: bytes in, votes per
// column over every row, a [Profile] out, and regular series out.
//
// [Scan] makes one streaming pass in bounded memory and decides at the last
// row; [Read] makes the series that a [Selection] asks for. The package knows
// nothing of jobs, databases or HTTP.
//
// # The way of a byte
//
// The decoder makes UTF-8 of it (decode.go), the scanner cuts records
// (record.go, quoted.go) in the dialect that the head of the file shows
// (dialect.go), the table sets preamble, header, units and footer aside
// (frame.go, table.go). From there every data row votes:
//
//   - each column counts numbers under both decimal marks, markers, texts
//     (column.go, number.go, missing.go);
//   - each clock, a way to read times proposed by the head, reads or fails
//     (propose.go, clock.go, layout.go, parse.go);
//   - each hypothesis about the id columns follows its series: steps,
//     duplicates, order (panel.go, hypothesis.go, steps.go).
//
// The conclusion (conclude.go) weighs the votes: verdict.go for columns,
// candidate.go and rhythm.go for times, roles.go for ids and targets,
// choices.go for what only the user can know. Nothing is guessed in silence:
// what stays open is in needs_choice and in the warnings.
//
// [Read] runs the same bytes through the same table and lays the values on the
// grid (read.go, resolve.go, regular.go).
package dataset
