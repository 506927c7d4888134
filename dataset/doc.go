// Package dataset reads the CSV files people really have: bytes in, votes per
// column over every row, a [Profile] out, and regular series out.
//
// [Scan] makes one streaming pass in bounded memory and decides at the last
// row; [Read] makes the series that a [Selection] asks for. The package knows
// nothing of jobs, databases or HTTP.
package dataset
