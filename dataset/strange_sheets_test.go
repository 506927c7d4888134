package dataset_test

import (
	"fmt"
	"time"

	"golang.org/x/text/encoding/charmap"
)

// fromSpreadsheets are files that people keep by hand, in several languages.
func fromSpreadsheets() []strange {
	days := daysFrom(day(2023, 6, 1), 300)
	months := monthsFrom(day(2018, 1, 1), 1, 72)
	quarters := monthsFrom(day(2010, 1, 1), 3, 48)
	names := func(list ...string) func(c cell) string {
		return func(c cell) string { return list[c.at.Month()-1] }
	}
	spanish := names("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
	french := names("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
	german := names("Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez")
	dutch := names("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
	polish := names("styczeń", "luty", "marzec", "kwiecień", "maj", "czerwiec", "lipiec", "sierpień", "wrzesień", "październik", "listopad", "grudzień")
	label := func(format string, at []time.Time, put func(c cell) []any, freq string) strange {
		return strange{who: "labels like " + format, head: "period;value\n", row: func(c cell) string { return fmt.Sprintf(format, put(c)...) + ";" + c.comma() }, at: at, time: "period", freq: freq, asks: "?"}
	}
	quarterly := func(c cell) []any { return []any{quarterOf(c.at), c.at.Year()} }
	yearFirst := func(c cell) []any { return []any{c.at.Year(), quarterOf(c.at)} }
	short := func(c cell) []any { return []any{quarterOf(c.at), c.t("06")} }
	roman := func(c cell) []any { return []any{[]string{"I", "II", "III", "IV"}[quarterOf(c.at)-1], c.at.Year()} }
	all := []strange{
		label("Q%d-%s", quarters, short, "QS"), label("%dQ%s", quarters, short, "QS"), label("%dT%s", quarters, short, "QS"), label("Q%d '%s", quarters, short, "QS"),
		label("%d %dQ", quarters, yearFirst, "QS"), label("%dT%d", quarters, yearFirst, "QS"), label("%d кв. %d", quarters, quarterly, "QS"), label("Q%d FY%d", quarters, quarterly, "QS"),
		label("%d. kvartal %d", quarters, quarterly, "QS"), label("%s/%d", quarters, roman, "QS"), label("%s %d", quarters, roman, "QS"), label("%de trimestre %d", quarters, quarterly, "QS"),
		label("FY%d", monthsFrom(day(1995, 1, 1), 12, 25), func(c cell) []any { return []any{c.at.Year()} }, "YS"),
		label("令和%d年%d月", months, func(c cell) []any { return []any{c.at.Year() - 2017, int(c.at.Month())} }, "MS"),
		{who: "months and years of two digits", head: "Month,Sales\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("01/06"), c.y) }, at: months, time: "Month", freq: "MS", asks: "?"},
		{who: "a year of months and years of two digits", head: "Month,Sales\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("01/06"), c.y) }, at: months[:12], time: "Month", freq: "MS", asks: "?"},
		{who: "days and months without the year", head: "Date,Sales\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("02/01"), c.y) }, at: days[:90], asks: "?", freq: "D"},
		{who: "days and month names without the year", head: "Date,Sales\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("2-Jan"), c.y) }, at: days[:90], asks: "?", freq: "D"},
		{who: "Excel, months of 2024", head: "Month,Sales\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("Jan-06"), c.y) }, at: monthsFrom(day(2024, 1, 1), 1, 12), time: "Month", freq: "MS"},
		{who: "Excel, long dates", head: "Date,Sales\n", row: func(c cell) string { return fmt.Sprintf("%q,%.1f", c.t("Monday, January 2, 2006"), c.y) }, at: days, time: "Date", freq: "D"},
		{who: "Excel, Spanish", head: "Fecha;Ventas\n", row: func(c cell) string { return fmt.Sprintf("%s-%s-%s;%s", c.t("02"), spanish(c), c.t("06"), c.comma()) }, at: days, time: "Fecha", freq: "D"},
		{who: "Excel, Spanish months", head: "Mes;Ventas\n", row: func(c cell) string { return fmt.Sprintf("%s-%s;%s", spanish(c), c.t("06"), c.comma()) }, at: months, time: "Mes", freq: "MS"},
		{who: "Excel, French months", head: "Mois;Ventes\n", row: func(c cell) string { return fmt.Sprintf("%s-%s;%s", french(c), c.t("06"), c.comma()) }, at: months, time: "Mois", freq: "MS"},
		{who: "Excel, German", head: "Datum;Umsatz\n", row: func(c cell) string { return fmt.Sprintf("%s. %s %s;%s", c.t("02"), german(c), c.t("06"), c.comma()) }, at: days, time: "Datum", freq: "D"},
		{who: "Excel, German months", head: "Monat;Umsatz\n", row: func(c cell) string { return fmt.Sprintf("%s %s;%s", german(c), c.t("06"), c.comma()) }, at: months, time: "Monat", freq: "MS"},
		{who: "Excel, Dutch", head: "Datum;Omzet\n", row: func(c cell) string { return fmt.Sprintf("%s-%s-%s;%s", c.t("2"), dutch(c), c.t("06"), c.comma()) }, at: days, time: "Datum", freq: "D"},
		{who: "Polish, Windows-1250", head: windows1250("Miesiąc;Sprzedaż\n"), row: func(c cell) string { return fmt.Sprintf("%s %d;%s", windows1250(polish(c)), c.at.Year(), c.comma()) }, at: months, asks: "?", time: "Miesiąc", freq: "MS"},
		{who: "years as columns, months as rows", head: "Month,2021,2022,2023\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f,%.1f,%.1f", c.t("Jan"), c.y, c.y+3, c.y+5) }, at: monthsFrom(day(2021, 1, 1), 1, 12), asks: "?"},
		{who: "years as columns, months as numbers", head: "Monat;2021;2022;2023;2024\n", row: func(c cell) string { return fmt.Sprintf("%d;%.0f;%.0f;%.0f;%.0f", c.i+1, c.y, c.y+3, c.y+5, c.y+9) }, big: true, at: monthsFrom(day(2021, 1, 1), 1, 12), asks: "?"},
		{who: "years as columns, quarters as rows", head: "Quarter,2018,2019,2020,2021\n", row: func(c cell) string { return fmt.Sprintf("Q%d,%.1f,%.1f,%.1f,%.1f", c.i+1, c.y, c.y+3, c.y+5, c.y+9) }, at: monthsFrom(day(2021, 1, 1), 3, 4), asks: "?"},
		{who: "hours as columns", head: "Date,0:00,6:00,12:00,18:00\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f,7,8,9", c.t("2006-01-02"), c.y) }, at: days, time: "Date", freq: "D"},
		{who: "a total per month in between", head: "Date,Sales\n", row: func(c cell) string {
			if c.at.AddDate(0, 0, 1).Day() == 1 {
				return fmt.Sprintf("%s,%.1f\nTotal %s,%.1f", c.t("2006-01-02"), c.y, c.t("January"), 31*c.y)
			}
			return fmt.Sprintf("%s,%.1f", c.t("2006-01-02"), c.y)
		}, at: days, time: "Date", freq: "D"},
		{who: "the date only on the first row of its day", head: "Date,Shop,Sales\n", row: func(c cell) string {
			if c.id == "North" {
				return fmt.Sprintf("%s,%s,%.1f", c.t("2006-01-02"), c.id, c.y)
			}
			return fmt.Sprintf(",%s,%.1f", c.id, c.y)
		}, at: days, ids: []string{"North", "South"}, asks: "?", time: "Date", freq: "D"},
		{who: "two tables side by side", head: "Date,Sales,,Date,Returns\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%.1f,,%s,%d", c.t("2006-01-02"), c.y, c.at.AddDate(-1, 0, 0).Format("2006-01-02"), c.i%9)
		}, at: daysFrom(day(2023, 1, 1), 59), time: "Date", freq: "D", asks: "?"},
		{who: "the Persian calendar", head: "date,value\n", row: func(c cell) string { return fmt.Sprintf("1402/%02d/%02d,%.1f", c.i/30+1, c.i%30+1, c.y) }, at: days, asks: "?", freq: "D"},
		{who: "sheet with day names in a column of their own", head: "Tag;Datum;Umsatz\n", row: func(c cell) string {
			return fmt.Sprintf("%s;%s;%s €", []string{"So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"}[c.at.Weekday()], c.t("02.01.2006"), c.comma())
		}, at: days, time: "Datum", freq: "D"},
		{who: "numbers with narrow spaces", head: "Date;Montant\n", row: func(c cell) string { return fmt.Sprintf("%s;%s,00\u202f€", c.t("02/01/2006"), c.grouped("\u202f")) }, big: true, at: days, time: "Date", freq: "D"},
		{who: "months only at their middle", head: "date,value\n", row: func(c cell) string { return fmt.Sprintf("%s-15,%.1f", c.t("2006-01"), c.y) }, at: every15th(months), time: "date", freq: "MS", asks: "?"},
	}
	return all
}

func every15th(months []time.Time) (all []time.Time) {
	for _, at := range months {
		all = append(all, at.AddDate(0, 0, 14))
	}
	return all
}

// windows1250 writes text as Central European Windows does.
func windows1250(text string) string {
	out, err := charmap.Windows1250.NewEncoder().String(text)
	if err != nil {
		panic(err)
	}
	return out
}
