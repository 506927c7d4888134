package dataset_test

import (
	"fmt"
	"strings"
	"time"
)

// fromElsewhere are files in which something is easily taken for something
// else.
func fromElsewhere() []strange {
	days := daysFrom(day(2023, 6, 1), 300)
	months := monthsFrom(day(2015, 1, 1), 1, 96)
	hours := every(day(2024, 1, 2), time.Hour, 480)
	flagged := func(from int, flag string) func(c cell) string {
		return func(c cell) string {
			if c.i < from {
				return fmt.Sprintf("%s,%.1f", c.t("2006-01"), c.y)
			}
			return fmt.Sprintf("%s,%.1f%s", c.t("2006-01"), c.y, flag)
		}
	}
	hourly := func(label func(h int) string) strange {
		return strange{who: "hours as labels like " + label(7), head: "Datum;Lieferperiode;Preis\n", row: func(c cell) string {
			return fmt.Sprintf("%s;%s;%s", c.t("02.01.2006"), label(c.at.Hour()), c.comma())
		}, at: hours, time: "Datum + Lieferperiode", freq: "h", asks: "?"}
	}
	return []strange{
		{who: "the last values provisional", head: "month,index\n", row: flagged(92, " p"), at: months, time: "month", freq: "MS", asks: "?"},
		{who: "the last two values provisional", head: "month,index\n", row: flagged(94, " p"), at: months, time: "month", freq: "MS", asks: "?"},
		{who: "the last two values estimated, another column beside", head: "month,index,ndx\n", row: func(c cell) string { return flagged(94, "e")(c) + ",7" + fmt.Sprint(c.i%7) }, at: months, time: "month", freq: "MS", asks: "?"},
		{who: "the last one of many values provisional", head: "date,index\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%.1f%s", c.t("2006-01-02"), c.y, map[bool]string{true: "p"}[c.i == 299])
		}, at: days, time: "date", freq: "D", asks: "?"},
		{who: "decimal commas without quotes among commas", head: "date,a,b\n", row: func(c cell) string { return fmt.Sprintf("%s,%s,%s", c.t("2006-01-02"), c.comma(), c.comma()) }, at: days, asks: "?"},
		{who: "a decimal comma without quotes among commas", head: "date,a\n", row: func(c cell) string { return fmt.Sprintf("%s,%s", c.t("2006-01-02"), c.comma()) }, at: days, asks: "?"},
		{who: "thousands without quotes among commas", head: "date,sales\n", row: func(c cell) string { return fmt.Sprintf("%s,%s", c.t("2006-01-02"), c.grouped(",")) }, big: true, at: days, asks: "?"},
		{who: "two stations one below the other", head: "time,temp\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%.1f", days[c.i%150].Format("2006-01-02"), c.y)
		}, at: days, asks: "?"},
		{who: "the header once more in the middle", head: "date,temp\n", row: func(c cell) string {
			if c.i == 150 {
				return fmt.Sprintf("date,temp\n%s,%.1f", c.t("2006-01-02"), c.y)
			}
			return fmt.Sprintf("%s,%.1f", c.t("2006-01-02"), c.y)
		}, at: days, time: "date", freq: "D"},
		{who: "US dates with years of two digits in January", head: "date,v\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("01/02/06"), c.y) }, at: daysFrom(day(2024, 1, 1), 12), asks: "?"},
		{who: "years of two digits in front, one month", head: "date,v\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("06-01-02"), c.y) }, at: daysFrom(day(2024, 1, 1), 31), time: "date", freq: "D", asks: "?"},
		{who: "years of two digits behind, one month", head: "date,v\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("02.01.06"), c.y) }, at: daysFrom(day(2024, 1, 1), 31), time: "date", freq: "D", asks: "?"},
		{who: "the last value estimated", head: "month,index\n", row: flagged(95, "e"), at: months, time: "month", freq: "MS", asks: "?"},
		{who: "the last value with a star", head: "month,index\n", row: flagged(95, "*"), at: months, time: "month", freq: "MS", asks: "?"},
		{who: "revised values here and there", head: "month,index\n", row: func(c cell) string { return flagged(map[bool]int{true: 0, false: 99}[c.i%20 == 7], " r")(c) }, at: months, time: "month", freq: "MS", asks: "?"},
		{who: "the last months provisional", head: "month,index\n", row: func(c cell) string {
			return fmt.Sprintf("%s%s,%.1f", c.t("2006-01"), map[bool]string{true: " (p)"}[c.i >= 94], c.y)
		}, at: months, time: "month", freq: "MS", asks: "?"},
		{who: "the last year estimated", head: "year,value\n", row: func(c cell) string {
			return fmt.Sprintf("%d%s,%.1f", c.at.Year(), map[bool]string{true: "e"}[c.i >= 38], c.y)
		}, at: monthsFrom(day(1980, 1, 1), 12, 40), time: "year", freq: "YS", asks: "?"},
		{who: "downwards, the newest month provisional", head: "month,index\n", row: func(c cell) string {
			return fmt.Sprintf("%s%s,%.1f", c.t("2006-01"), map[bool]string{true: "*"}[c.i < 2], c.y)
		}, at: backwards(months), time: "month", freq: "MS", asks: "?"},
		{who: "a year from April to March", head: "Year,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec,Jan,Feb,Mar\n", row: func(c cell) string {
			return fmt.Sprintf("%d%s", c.at.Year(), strings.Repeat(fmt.Sprintf(",%.1f", c.y), 12))
		}, at: monthsFrom(day(2000, 4, 1), 12, 20), asks: "?"},
		{who: "days since 1970", head: "date,value\n", row: func(c cell) string { return fmt.Sprintf("%d,%.1f", c.at.Unix()/86400, c.y) }, at: daysFrom(day(2024, 11, 1), 200), time: "date", freq: "D", asks: "?"},
		{who: "six digits", head: "date,value\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("060102"), c.y) }, at: days, time: "date", freq: "D", asks: "?"},
		{who: "six digits, twelve days of 2019", head: "date,value\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("060102"), c.y) }, at: daysFrom(day(2019, 1, 1), 12), time: "date", freq: "D", asks: "?"},
		hourly(func(h int) string { return fmt.Sprintf("%02d:00 - %02d:00", h, h+1) }),
		hourly(func(h int) string { return fmt.Sprintf("%02d - %02d", h, h+1) }),
		hourly(func(h int) string { return fmt.Sprintf("%02d-%02d", h, h+1) }),
		{who: "hours with an H", head: "Date,Hour,Price\n", row: func(c cell) string { return fmt.Sprintf("%s,H%02d,%.1f", c.t("2006-01-02"), c.at.Hour()+1, c.y) }, at: hours, asks: "?", freq: "h"},
		{who: "hours as clocks of twelve", head: "Date,Hour,Price\n", row: func(c cell) string { return fmt.Sprintf("%s,%s,%.1f", c.t("2006-01-02"), c.t("3:04 PM"), c.y) }, at: hours, time: "Date + Hour", freq: "h"},
		{who: "hours of twelve without AM and PM", head: "Time,Price\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("01/02/2006 03:04"), c.y) }, at: hours, asks: "?", freq: "h"},
		{who: "a column for every hour by number", head: "Date,0,1,2,3\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f,7,8,9", c.t("2006-01-02"), c.y) }, at: days, time: "Date", freq: "D"},
		{who: "years as columns, days as rows", head: "Day,2021,2022,2023\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f,%.1f,%.1f", c.t("02-Jan"), c.y, c.y+1, c.y+2) }, at: daysFrom(day(2021, 1, 1), 365), asks: "?"},
		{who: "years as columns, weeks as rows", head: "Week,2021,2022,2023\n", row: func(c cell) string { return fmt.Sprintf("%d,%.1f,%.1f,%.1f", c.i+1, c.y, c.y+1, c.y+2) }, at: daysFrom(day(2021, 1, 1), 52), asks: "?"},
		{who: "years as columns, weeks with a W as rows", head: "Week,2021,2022,2023\n", row: func(c cell) string { return fmt.Sprintf("W%02d,%.1f,%.1f,%.1f", c.i+1, c.y, c.y+1, c.y+2) }, at: daysFrom(day(2021, 1, 1), 52), asks: "?"},
		{who: "quarter and year in two columns, roman", head: "Rok;Kwartał;Wartość\n", row: func(c cell) string {
			return fmt.Sprintf("%d;%s;%s", c.at.Year(), []string{"I", "II", "III", "IV"}[quarterOf(c.at)-1], c.comma())
		}, at: monthsFrom(day(2005, 1, 1), 3, 60), time: "Rok + Kwartał", freq: "QS", asks: "?"},
		{who: "half-year in a column of its own", head: "Year,Half,Value\n", row: func(c cell) string { return fmt.Sprintf("%d,H%d,%.1f", c.at.Year(), 1+int(c.at.Month())/7, c.y) }, at: monthsFrom(day(2000, 1, 1), 6, 40), asks: "?", freq: "2QS"},
		{who: "semester as a number", head: "ano,semestre,valor\n", row: func(c cell) string { return fmt.Sprintf("%d,%d,%.1f", c.at.Year(), 1+int(c.at.Month())/7, c.y) }, at: monthsFrom(day(2000, 1, 1), 6, 40), asks: "?", freq: "2QS"},
		{who: "ten days of a month", head: "year,month,dekad,ndvi\n", row: func(c cell) string { return fmt.Sprintf("%d,%d,%d,%.1f", c.at.Year(), int(c.at.Month()), 1+c.i%3, c.y) }, at: thirds(months[:40]), asks: "?"},
		{who: "seasons", head: "Year,Season,Value\n", row: func(c cell) string {
			return fmt.Sprintf("%d,%s,%.1f", c.at.Year(), []string{"Winter", "Spring", "Summer", "Autumn"}[quarterOf(c.at)-1], c.y)
		}, at: monthsFrom(day(2005, 1, 1), 3, 60), asks: "?"},
		{who: "codes of digits and dashes", head: "SKU,Date,Sold\n", row: func(c cell) string { return fmt.Sprintf("%s,%s,%.1f", c.id, c.t("2006-01-02"), c.y) },
			at: days, ids: []string{"1001-02", "1001-03", "1002-01"}, time: "Date", freq: "D"},
		{who: "morning and evening", head: "Date,Shift,Output\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%s,%.1f", c.t("2006-01-02"), c.id, c.y)
		}, at: days, ids: []string{"early", "late"}, time: "Date", freq: "D"},
		{who: "credits and debits", head: "Date,Amount\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%.1f %s", c.t("2006-01-02"), c.y, []string{"CR", "DR"}[c.i%2])
		}, at: days, asks: "?"},
		{who: "percent now and then", head: "Date,Share\n", row: func(c cell) string {
			if c.i%3 == 0 {
				return fmt.Sprintf("%s,%.1f%%", c.t("2006-01-02"), c.y)
			}
			return fmt.Sprintf("%s,%.3f", c.t("2006-01-02"), c.y/100)
		}, at: days, asks: "?"},
	}
}

// thirds are the 1st, 11th and 21st of months.
func thirds(months []time.Time) (all []time.Time) {
	for _, at := range months {
		all = append(all, at, at.AddDate(0, 0, 10), at.AddDate(0, 0, 20))
	}
	return all
}
