package dataset

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pgcast/pgcast/forecast/series"
)

// warn lists what a user should know before trusting the forecast.
func (c *conclusion) warn() {
	c.profile.Warnings = []Warning{}
	c.warnText()
	c.warnColumns()
	if c.best != nil {
		c.warnTime(c.best)
	} else {
		c.add("no_time_column", "warning", Warning{Detail: "no column holds times: rows are taken as equally spaced steps, 1, 2, 3 …"})
	}
}

func (c *conclusion) add(code, severity string, w Warning) {
	w.Code, w.Severity = code, severity
	c.profile.Warnings = append(c.profile.Warnings, w)
}

// warnText reports what is odd about the bytes and the records.
func (c *conclusion) warnText() {
	t := c.table
	if n := t.dec.foreign; n > 0 && t.dec.legacy {
		c.add("encoding_guessed", "info", Warning{ByteOffset: t.dec.firstBad, Detail: "the text is not UTF-8 and was read as " + t.dec.encoding})
	} else if n > 0 {
		c.add("mixed_encoding", "warning", Warning{ByteOffset: t.dec.firstBad, Count: n, Detail: "single bytes of UTF-8 text are not UTF-8 and were read as Windows-1252"})
	}
	if n := t.dec.nuls; n > 0 {
		c.add("nul_bytes", "warning", Warning{Count: n, Detail: "NUL bytes were dropped: the file may be damaged"})
	}
	if n := t.sc.badQuote; n > 0 {
		c.add("bad_quote", "warning", Warning{Line: t.sc.badLine, Count: n, Detail: "text follows a closing quote; it was kept"})
	}
	if c.ragged > 0 {
		c.add("ragged_rows", "warning", Warning{Line: c.raggedRow, Count: c.ragged, Detail: fmt.Sprintf("rows do not have %d fields; missing ones are empty, surplus ones left out", t.width)})
	}
	if n := len(t.footer); n > 0 {
		c.add("footer_rows", "info", Warning{Line: t.footer[0].rec.line, Count: n, Sample: sample(t.footer[0].rec.fields[0]), Detail: "lines below the table were left out"})
	}
	if t.unitsLine > 0 {
		c.add("units_row", "info", Warning{Line: t.unitsLine, Detail: "the line below the header holds units and was left out"})
	}
	if t.renamed > 0 {
		c.add("duplicate_header", "info", Warning{Line: t.headerLine, Count: t.renamed, Detail: "columns without a name, or with one that stood before, were given names"})
	}
}

func sample(cell []byte) string { return strings.ToValidUTF8(string(cell[:min(len(cell), 80)]), "") }

// warnColumns reports what is odd about single columns.
func (c *conclusion) warnColumns() {
	for i := range c.verdicts {
		d, v, name := &c.verdicts[i], &c.columns[i], c.table.names[i]
		switch {
		case d.typ == "empty":
			c.add("empty_column", "info", Warning{Column: name, Detail: "the column is empty"})
		case d.tally == nil || c.profile.Columns[i].Type == "time":
			continue
		}
		if len(d.sentinels) > 0 {
			c.add("sentinel", "warning", Warning{Column: name, Sample: strings.Join(d.written, " "), Detail: "a number that stands for \"missing\" was taken as missing"})
		}
		if d.unclear {
			c.add("ambiguous_number", "warning", Warning{Column: name, Sample: string(d.tally.low.text),
				Detail: fmt.Sprintf("every number fits both readings; %q was taken as the decimal mark", d.reading.string())})
		}
		if v.percents > 0 {
			c.add("percent", "info", Warning{Column: name, Count: v.percents, Detail: "percentages are kept in percent: 12 % is 12"})
		}
		if v.moneys > 0 {
			c.add("currency", "info", Warning{Column: name, Count: v.moneys, Detail: "currency marks were dropped"})
		}
		if d.strays > 0 {
			c.add("not_a_number", "warning", Warning{Column: name, Count: d.strays, Sample: strings.Join(sortedKeys(v.others), " "), Detail: "cells that are no numbers were taken as missing"})
		}
	}
}

// warnTime reports what is odd about the times.
func (c *conclusion) warnTime(k *candidate) {
	name, h := k.names[0], k.hypothesis
	if k.bad > 0 {
		c.add("unparsed_times", "warning", Warning{Line: k.badLine, Column: name, Count: k.bad, Sample: sample([]byte(k.badSample)), Detail: "these rows have no readable time and are left out"})
	}
	if k.totals > 0 {
		c.add("year_totals", "info", Warning{Column: name, Count: k.totals, Detail: "rows of a thirteenth month are totals of a year and are left out"})
	}
	if k.partly {
		c.add("mixed_frequency", "warning", Warning{Column: name, Count: k.blank, Detail: "the column holds labels of different periods: " + strings.Join(c.readings(), ", ")})
	} else if k.tied {
		c.add("ambiguous_date", "warning", Warning{Column: name, Detail: "day and month cannot be told apart: " + strings.Join(c.readings(), " or ")})
	}
	if l := k.written(); l != nil && l.has(year2) {
		c.add("two_digit_year", "info", Warning{Column: name, Detail: "years 00 to 29 are taken as 2000 to 2029, 30 to 99 as 1930 to 1999"})
	}
	if k.mixed {
		detail := "offsets differ between rows; all times are put on the clock " + zoneName(k.offset)
		if k.wall {
			detail = "offsets differ between rows; the dates are taken as written"
		}
		c.add("mixed_offsets", "warning", Warning{Column: name, Detail: detail})
	}
	if zone := k.places.changes(); zone != "" && !k.zoned && k.rhythm.freq.Unit == series.Second {
		c.add("dst_shift", "warning", Warning{Column: name, Sample: zone,
			Detail: fmt.Sprintf("the times skip or repeat an hour where clocks change: set timezone, for instance %q", zone)})
	}
	if h.duplicates > 0 {
		c.add("duplicate_timestamps", "warning", Warning{Column: name, Count: h.duplicates, Detail: "rows have a time that stood before in the same series; see duplicates"})
	}
	if k.gaps != nil && *k.gaps > 0 {
		c.add("gaps", "info", Warning{Column: name, Count: *k.gaps, Detail: "steps between first and last time have no row"})
	}
	if !k.rhythm.freq.Regular() && h.steps.n > 0 {
		c.add("irregular", "warning", Warning{Column: name, Detail: "the times follow no regular grid"})
	}
	if h.overflow {
		c.add("too_many_series", "warning", Warning{Count: c.limits.Series, Detail: "series beyond this number were not told apart; counts describe the first ones"})
	}
	if h.sampled() {
		c.add("order_sampled", "info", Warning{Count: maxVisits, Detail: "the file is in no order of time: steps and duplicates were counted on its first " + strconv.Itoa(maxVisits) + " rows"})
	}
}

// written is the layout of the first part of the time, if it has one.
func (k *candidate) written() *layout {
	if k.wide != nil {
		return k.wide.layout
	}
	return k.pieces[0].layout
}
