package dataset_test

import (
	"fmt"
	"strings"
	"time"
)

// fromShops are files of web analytics, tills, ERP systems and competitions.
func fromShops() []strange {
	days := daysFrom(day(2023, 6, 1), 300)
	weeks := every(day(2019, 1, 6), 7*24*time.Hour, 200)
	months := monthsFrom(day(2018, 1, 1), 1, 72)
	return []strange{
		{who: "Analytics, with a total", head: "# ----------------------------------------\n# All Web Site Data\n# Audience Overview\n# 20230601-20240326\n# ----------------------------------------\n\nDay Index,Users\n",
			row: func(c cell) string { return fmt.Sprintf("%s,\"%s\"", c.t("1/2/06"), c.grouped(",")) }, foot: ",\"1,538,254\"\n", big: true, at: days, time: "Day Index", freq: "D"},
		{who: "Analytics 4", head: "# ----------------------------------------\n# Reports snapshot\n# ----------------------------------------\n#\nDate,Active users\n", row: func(c cell) string { return fmt.Sprintf("%s,%.0f", c.t("20060102"), c.y) },
			big: true, at: days, time: "Date", freq: "D"},
		{who: "Analytics 4, the n-th day", head: "# Start date: 20230601\n# End date: 20240326\nNth day,Active users\n", row: func(c cell) string { return fmt.Sprintf("%04d,%.0f", c.i, c.y) }, big: true, at: days, asks: "?", time: rowsCounted},
		{who: "Search Console", head: "Date,Clicks,Impressions,CTR,Position\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%.0f,%d,%.2f%%,%.1f", c.t("2006-01-02"), c.y, 40000+c.i*37%977, float64(c.i%9)/3, 10+float64(c.i%7)/10)
		}, big: true, at: backwards(days), time: "Date", freq: "D"},
		{who: "ads, beginning and end of the day", head: "\"Reporting starts\",\"Reporting ends\",\"Campaign name\",\"Amount spent (EUR)\",Impressions\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%s,\"%s\",%.1f,%d", c.t("2006-01-02"), c.t("2006-01-02"), c.id, c.y, 5000+c.i*37%977)
		}, at: days, ids: []string{"Brand", "Summer, sale"}, time: "Reporting starts", freq: "D"},
		{who: "Trends", head: "Category: All categories\n\nWeek,python: (Worldwide)\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%.1f", c.t("2006-01-02"), c.y)
		}, at: weeks, time: "Week", freq: "W-SUN"},
		{who: "videos, the total first", head: "Date,Views,Watch time (hours)\nTotal,540221,1234.5\n", row: func(c cell) string { return fmt.Sprintf("%s,%.0f,%.1f", c.t("2006-01-02"), c.y, c.y/7) }, big: true, at: days, time: "Date", freq: "D"},
		{who: "a shop, hours", head: "\"Hour\",\"Orders\",\"Total sales\"\n", row: func(c cell) string {
			return fmt.Sprintf("\"%s\",\"%.0f\",\"%.2f\"", c.t("2006-01-02 15:04:05 -0700"), c.y, c.y*3)
		},
			big: true, at: every(day(2024, 1, 2), time.Hour, 300), time: "Hour", freq: "h"},
		{who: "a till, single sales", head: "Date,Time,Category,Item,Qty,Gross Sales\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%s,Drinks,Item %d,1,$%.1f", c.t("01/02/06"), c.t("15:04:05"), c.i%9, c.y)
		},
			at: jittered(day(2024, 1, 15), 300), asks: "?"},
		{who: "SAP list with bars and trailing minus", head: "15.01.2024                  Dynamic List Display                 1\n\n---------------------------------\n|Posting Date|Plant|    Amount|\n---------------------------------\n", row: func(c cell) string {
			return fmt.Sprintf("|%s  |1000 |%7s,00 |", c.t("02.01.2006"), c.grouped("."))
		}, foot: "---------------------------------\n", big: true, at: days, asks: "?", time: "Posting Date", freq: "D"},
		{who: "SAP fiscal periods", head: "Fiscal year/period;Plant;Quantity\n", row: func(c cell) string { return fmt.Sprintf("%d%03d;%s;%.1f", c.at.Year(), int(c.at.Month()), c.id, c.y) }, at: months, ids: []string{"1000", "2000"}, asks: "?", time: "Fiscal year/period", freq: "MS"},
		{who: "SAP fiscal periods with a dot", head: "Period;Quantity\n", row: func(c cell) string { return fmt.Sprintf("%03d.%d;%s", int(c.at.Month()), c.at.Year(), c.comma()) }, at: months, asks: "?", time: "Period", freq: "MS"},
		{who: "Navision, two digits and dashes", head: "Boekingsdatum;Aantal\n", row: func(c cell) string { return fmt.Sprintf("%s;%s", c.t("02-01-06"), c.comma()) }, at: days, time: "Boekingsdatum", freq: "D"},
		{who: "AS/400, centuries in front", head: "ORDDTE,QTY\n", row: func(c cell) string { return fmt.Sprintf("1%s,%.0f", c.t("060102"), c.y) }, big: true, at: days, asks: "?", time: rowsCounted},
		{who: "JDE Julian", head: "date,qty\n", row: func(c cell) string { return fmt.Sprintf("1%s%03d,%.0f", c.t("06"), c.at.YearDay(), c.y) }, big: true, at: days, asks: "?", freq: "D"},
		{who: "formulas that keep text", head: "Date,Code,Qty\n", row: func(c cell) string {
			return fmt.Sprintf("\"=\"\"%s\"\"\",\"=\"\"0012\"\"\",%.1f", c.t("2006-01-02"), c.y)
		}, at: days, asks: "?", time: "Date", freq: "D"},
		{who: "apostrophes that keep text", head: "Date,Qty\n", row: func(c cell) string { return fmt.Sprintf("'%s,%.1f", c.t("2006-01-02"), c.y) }, at: days, asks: "?", time: "Date", freq: "D"},
		{who: "Favorita", head: "id,date,store_nbr,family,sales,onpromotion\n", row: func(c cell) string {
			return fmt.Sprintf("%d,%s,%s,%.1f,%d", c.i*4+c.k, c.t("2006-01-02"), strings.Replace(c.id, "/", ",", 1), c.y, c.i%5)
		}, at: days[:80], ids: []string{"1/AUTOMOTIVE", "1/BEAUTY", "2/AUTOMOTIVE", "2/BEAUTY"}, time: "date", freq: "D"},
		{who: "Rossmann", head: "\"Store\",\"DayOfWeek\",\"Date\",\"Sales\",\"Customers\",\"Open\",\"Promo\",\"StateHoliday\"\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%d,%s,%.0f,%d,1,%d,\"0\"", c.id, (int(c.at.Weekday())+6)%7+1, c.t("2006-01-02"), c.y, 500+c.i*37%177, c.i%2)
		}, big: true, at: backwards(days), ids: []string{"1", "2", "3"}, time: "Date", freq: "D"},
		{who: "Walmart, Fridays with dashes", head: "Store,Date,Weekly_Sales,Holiday_Flag\n", row: func(c cell) string { return fmt.Sprintf("%s,%s,%.1f,%d", c.id, c.t("02-01-2006"), c.y, c.i%2) },
			at: every(day(2010, 2, 5), 7*24*time.Hour, 140), ids: []string{"1", "2"}, time: "Date", freq: "W-FRI"},
		{who: "store and item by number", head: "date,store,item,sales\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%s,%.0f", c.t("2006-01-02"), strings.Replace(c.id, "/", ",", 1), c.y)
		},
			big: true, at: days, ids: []string{"1/1", "1/2", "2/1", "2/2"}, time: "date", freq: "D"},
		{who: "order date and ship date", head: "order_date,ship_date,qty\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%s,%.1f", c.t("2006-01-02"), c.at.AddDate(0, 0, 2+c.i*c.i%5).Format("2006-01-02"), c.y)
		}, at: days, asks: "?", time: "order_date", freq: "D"},
		{who: "weeks as numbers", head: "week,sales\n", row: func(c cell) string {
			year, week := c.at.ISOWeek()
			return fmt.Sprintf("%d%02d,%.1f", year, week, c.y)
		}, at: every(day(2023, 1, 2), 7*24*time.Hour, 60), time: "week", freq: "W-MON"},
		{who: "ten weeks as numbers", head: "week,sales\n", row: func(c cell) string {
			year, week := c.at.ISOWeek()
			return fmt.Sprintf("%d%02d,%.1f", year, week, c.y)
		}, at: every(day(2024, 1, 1), 7*24*time.Hour, 10), time: "week", freq: "W-MON", asks: "?"},
		{who: "weeks with a dash", head: "Week,Sales\n", row: func(c cell) string {
			year, week := c.at.ISOWeek()
			return fmt.Sprintf("%d-%02d,%.1f", year, week, c.y)
		}, at: every(day(2023, 1, 2), 7*24*time.Hour, 60), asks: "?", time: "Week", freq: "W-MON"},
		{who: "ten weeks with a dash", head: "Week,Sales\n", row: func(c cell) string {
			year, week := c.at.ISOWeek()
			return fmt.Sprintf("%d-%02d,%.1f", year, week, c.y)
		}, at: every(day(2024, 1, 1), 7*24*time.Hour, 10), asks: "?", time: "Week", freq: "W-MON"},
		{who: "weeks after the year", head: "KW;Absatz\n", row: func(c cell) string {
			year, week := c.at.ISOWeek()
			return fmt.Sprintf("%d/%d;%s", week, year, c.comma())
		}, at: every(day(2023, 1, 2), 7*24*time.Hour, 60), asks: "?", time: "KW", freq: "W-MON"},
		{who: "ten weeks before the year", head: "KW;Absatz\n", row: func(c cell) string {
			year, week := c.at.ISOWeek()
			return fmt.Sprintf("%02d/%d;%s", week, year, c.comma())
		}, at: every(day(2024, 1, 1), 7*24*time.Hour, 10), asks: "?", time: "KW", freq: "W-MON"},
		{who: "thousands with a k", head: "date,visits\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1fk", c.t("2006-01-02"), c.y) }, at: days, asks: "?", freq: "D"},
		{who: "thousands now and then with a k", head: "date,visits\n", row: func(c cell) string {
			if c.i%3 == 0 {
				return fmt.Sprintf("%s,%.1fk", c.t("2006-01-02"), c.y)
			}
			return fmt.Sprintf("%s,%.0f", c.t("2006-01-02"), c.y)
		}, at: days, asks: "?", freq: "D"},
	}
}

// jittered are times a few minutes apart.
func jittered(start time.Time, n int) (all []time.Time) {
	for i := range n {
		start = start.Add(time.Duration(40+i*i*17%700) * time.Second)
		all = append(all, start)
	}
	return all
}
