package dataset_test

import (
	"fmt"
	"strings"
	"time"
)

// traps are files that parse without a single bad cell and yet mean something
// else. Every one of them was once read with confidence.
func traps() []strange {
	days := daysFrom(day(2024, 1, 1), 120)
	months := monthsFrom(day(2015, 1, 1), 1, 96)
	hours := every(day(2024, 1, 2), time.Hour, 480)
	since := func(origin time.Time, unit time.Duration) func(c cell) string {
		return func(c cell) string { return fmt.Sprintf("%d,%.1f", c.at.Sub(origin)/unit, c.y) }
	}
	every2 := func(a, b string) func(c cell) string { return func(c cell) string { return []string{a, b}[c.i%2] } }
	parts := func(n int) func(c cell) string {
		return func(c cell) string { return c.t("2006-01-02") + strings.Repeat(fmt.Sprintf(",%.1f", c.y), n) }
	}
	berlin := func(c cell) string {
		zone, _ := time.LoadLocation("Europe/Berlin")
		return time.Date(c.at.Year(), c.at.Month(), c.at.Day(), 0, 0, 0, 0, zone).UTC().Format("2006-01-02T15:04:05Z")
	}
	asked := []strange{
		{who: "a decimal comma without quotes and without a header", row: func(c cell) string { return c.t("2006-01-02") + "," + c.comma() }, at: days, asks: "ambiguous_number"},
		{who: "thousands without quotes and without a header", row: func(c cell) string { return c.t("2006-01-02") + "," + c.grouped(",") }, big: true, at: days, asks: "ambiguous_number"},
		{who: "a few thousands without quotes", head: "date,sales\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%s", c.t("2006-01-02"), map[bool]string{true: "1,500", false: fmt.Sprint(500 + c.i)}[c.i%40 == 0])
		}, at: days, asks: "ambiguous_number"},
		{who: "1.234 beside 567 among commas", head: "Datum,Wert\n", row: func(c cell) string {
			return c.t("02.01.2006") + "," + map[bool]string{true: c.grouped("."), false: fmt.Sprint(500 + c.i)}[c.i%2 == 0]
		}, big: true, at: days, asks: "ambiguous_number"},
		{who: "1,234 in quotes and nothing else", head: "date,v\n", row: func(c cell) string { return fmt.Sprintf("%s,\"%s\"", c.t("2006-01-02"), c.grouped(",")) }, big: true, at: days, asks: "ambiguous_number"},
		{who: "both decimal marks in one column", head: "date;v\n", row: func(c cell) string {
			return c.t("2006-01-02") + ";" + []string{c.comma(), fmt.Sprintf("%.1f", c.y)}[c.i%2]
		}, at: days, asks: "ambiguous_number"},
		{who: "dollars and euros in one column", head: "date,v\n", row: func(c cell) string { return fmt.Sprintf("%s,%s%.1f", c.t("2006-01-02"), every2("$", "€")(c), c.y) }, at: days, asks: "ambiguous_number"},
		{who: "currencies in a column of their own", head: "date,amount,currency\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f,%s", c.t("2006-01-02"), c.y, every2("USD", "EUR")(c)) }, at: days, asks: "id_columns"},
		{who: "a bank that writes S and H", head: "Datum;Betrag;S/H\n", row: func(c cell) string { return c.t("02.01.2006") + ";" + c.comma() + ";" + every2("S", "H")(c) }, at: days, asks: "ambiguous_number"},
		{who: "counts below five hidden", head: "date,v\n", row: func(c cell) string {
			return c.t("2006-01-02") + "," + map[bool]string{true: "<5", false: fmt.Sprintf("%.1f", c.y)}[c.i%9 == 0]
		}, at: days, asks: "?"},
		{who: "the header once more with other columns", head: "date,temp,hum\n", row: func(c cell) string {
			return map[bool]string{true: "date,hum,temp\n"}[c.i == 60] + fmt.Sprintf("%s,%.1f,%.1f", c.t("2006-01-02"), c.y, c.y+5)
		}, at: days, asks: "value_unparseable"},
		{who: "stores that sell on different days", head: "date,store,sales\n", row: func(c cell) string { return fmt.Sprintf("%s,%d,%.1f", c.t("2006-01-02"), 1+c.i%3, c.y) }, at: days, asks: "id_columns"},
		{who: "ids that look like seconds", head: "id,amount\n", row: since(day(1970, 1, 1), time.Second), at: hours, asks: "time_column"},
		{who: "seconds since 1904", head: "timestamp,v\n", row: since(day(1904, 1, 1), time.Second), at: hours, asks: "time_column"},
		{who: "seconds since 2001", head: "timestamp,v\n", row: since(day(2001, 1, 1), time.Second), at: hours, asks: "time_column"},
		{who: "seconds of GPS", head: "gps_time,v\n", row: since(day(1980, 1, 6), time.Second), at: hours, asks: "time_column"},
		{who: "days since 1960", head: "date,v\n", row: since(day(1960, 1, 1), 24*time.Hour), at: days, asks: "time_column"},
		{who: "modified Julian days", head: "MJD date,v\n", row: since(day(1858, 11, 17), 24*time.Hour), at: days, asks: "time_column"},
		{who: "months of a workbook of 1904", head: "date,v\n", row: since(day(1904, 1, 1), 24*time.Hour), at: months, asks: "time_column"},
		{who: "open days of a workbook of 1904", head: "date,v\n", row: since(day(1904, 1, 1), 24*time.Hour), at: openDays(day(2024, 1, 1), 80), asks: "time_column"},
		{who: "Thai years of two digits", head: "date,v\n", row: func(c cell) string { return fmt.Sprintf("%s/%d,%.1f", c.t("02/01"), c.at.Year()+543-2500, c.y) }, at: days, asks: "time_column"},
		{who: "years of an era", head: "年月日,売上\n", row: func(c cell) string { return fmt.Sprintf("%02d/%s,%.1f", c.at.Year()-2018, c.t("01/02"), c.y) }, at: days, asks: "?"},
		{who: "financial quarters", head: "Fiscal Year,Fiscal Quarter,v\n", row: func(c cell) string { return fmt.Sprintf("%d,%d,%.1f", c.at.Year(), quarterOf(c.at), c.y) }, at: monthsFrom(day(2015, 1, 1), 3, 24), asks: "time_column"},
		{who: "quarters as columns", head: "date,Q1,Q2,Q3,Q4\n", row: parts(4), at: days, asks: "time_column"},
		{who: "days of the week as columns", head: "Week,Mon,Tue,Wed,Thu,Fri,Sat,Sun\n", row: parts(7), at: every(day(2024, 1, 1), 7*24*time.Hour, 40), asks: "time_column"},
		{who: "hours as columns", head: "Date,H1,H2,H3,H4,H5,H6\n", row: parts(6), at: days, asks: "time_column"},
		{who: "months without a year", head: "month,v\n", row: func(c cell) string { return fmt.Sprintf("%d,%.1f", c.at.Month(), c.y) }, at: months, asks: "no_time_column"},
		{who: "minutes since the start", head: "minutes,v\n", row: func(c cell) string { return fmt.Sprintf("%d,%.1f", 5*c.i, c.y) }, at: days, asks: "no_time_column"},
		{who: "days rounded to powers of ten", head: "date,v\n", row: func(c cell) string { return fmt.Sprintf("2.02401E+07,%.1f", c.y) }, at: days, asks: "no_time_column"},
		{who: "office hours without AM and PM", head: "time,v\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("2006-01-02 03:04"), c.y) }, at: officeHours(hours), asks: "time_column"},
		{who: "midnights of Berlin in UTC", head: "date,v\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", berlin(c), c.y) }, at: daysFrom(day(2024, 1, 1), 300), asks: "ambiguous_timezone"},
		{who: "open days of Berlin in UTC", head: "date,v\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", berlin(c), c.y) }, at: openDays(day(2024, 1, 1), 50), asks: "ambiguous_timezone"},
		{who: "days up to the 12th read in the other order", head: "date,v\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%.1f", map[bool]string{true: c.t("1/2/2006"), false: c.t("2/1/2006")}[c.at.Day() <= 12], c.y)
		}, at: days, asks: "time_column"},
		{who: "first days of months in ISO's marks and the other order", head: "date,v\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("2006-02-01"), c.y) }, at: months, asks: "time_column"},
		{who: "a clock that began in 1970", head: "date,v\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%.1f", map[bool]string{true: "1970-01-01", false: c.t("2006-01-02")}[c.i == 0], c.y)
		}, at: days, asks: "time_column"},
		{who: "months of four digits", head: "month,v\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("0601"), c.y) }, at: monthsFrom(day(2019, 1, 1), 1, 12), asks: "time_column"},
		{who: "categories that meet now and then", head: "date,cat,amount\n", row: func(c cell) string {
			second := map[bool]string{true: fmt.Sprintf("\n%s,x,%.1f", c.t("2006-01-02"), c.y+500)}[c.i%30 == 0]
			return fmt.Sprintf("%s,%s,%.1f%s", c.t("2006-01-02"), []string{"a", "b", "c"}[c.i%3], c.y, second)
		}, at: days, asks: "id_columns"},
	}
	return append(asked,
		strange{who: "weeks written like months", head: "yearweek,v\n", row: func(c cell) string {
			year, week := c.at.ISOWeek()
			return fmt.Sprintf("%d-%02d,%.1f", year, week, c.y)
		}, at: every(day(2024, 1, 1), 7*24*time.Hour, 12), time: "yearweek", freq: "W-MON"},
		strange{who: "dashes of a word processor before numbers", head: "date,v\n", row: func(c cell) string { return fmt.Sprintf("%s,−%.1f", c.t("2006-01-02"), -c.y) }, at: days, asks: "?"},
		strange{who: "numbers of orders beside the amounts", head: "order_id,date,amount\n", row: func(c cell) string { return fmt.Sprintf("%d,%s,%.1f", 70010+3*c.i, c.t("2006-01-02"), c.y) }, at: days, time: "date", freq: "D"},
		strange{who: "numbers of branches in German", head: "Filiale;Datum;Umsatz\n", row: func(c cell) string { return fmt.Sprintf("%s;%s;%s", c.id, c.t("02.01.2006"), c.comma()) }, at: days, ids: []string{"17", "4", "33"}, time: "Datum", freq: "D"},
		strange{who: "1,234 in quotes with American dates", head: "date,v\n", row: func(c cell) string { return fmt.Sprintf("%s,\"%s\"", c.t("01/02/2006"), c.grouped(",")) }, big: true, at: days, time: "date", freq: "D"})
}

// officeHours are the hours from 8 to 17.
func officeHours(hours []time.Time) (open []time.Time) {
	for _, at := range hours {
		if at.Hour() >= 8 && at.Hour() < 18 {
			open = append(open, at)
		}
	}
	return open
}
