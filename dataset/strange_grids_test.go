package dataset_test

import (
	"fmt"
	"strings"
	"time"
)

// fromGrids are files of energy meters and grid operators.
func fromGrids() []strange {
	quarters := every(day(2024, 1, 10), 15*time.Minute, 960)
	hours := every(day(2024, 1, 2), time.Hour, 480)
	halves := every(day(2024, 1, 2), 30*time.Minute, 480)
	return []strange{
		{who: "a German load profile that ends at 24:00", head: "Datum;Uhrzeit;kWh\n", row: func(c cell) string {
			date, clock := c.t("02.01.2006"), c.t("15:04")
			if clock == "00:00" {
				date, clock = c.at.AddDate(0, 0, -1).Format("02.01.2006"), "24:00"
			}
			return date + ";" + clock + ";" + c.comma()
		}, at: every(day(2024, 1, 10).Add(15*time.Minute), 15*time.Minute, 960), time: "Datum + Uhrzeit", freq: "15min"},
		{who: "Green Button", head: "Name,JANE DOE\nAddress,\"1 MAIN ST, TOWN CA 90001\"\nAccount Number,1234567890\nService,Service 1\n\nTYPE,DATE,START TIME,END TIME,USAGE,UNITS,COST,NOTES\n",
			row: func(c cell) string {
				return fmt.Sprintf("Electric usage,%s,%s,%s,%.1f,kWh,$%.2f,", c.t("2006-01-02"), c.t("15:04"), c.at.Add(59*time.Minute).Format("15:04"), c.y, c.y/5)
			}, at: hours, time: "DATE + START TIME", freq: "h"},
		{who: "ENTSO-E", head: "\"MTU (UTC)\",\"Day-ahead Price [EUR/MWh]\",\"Currency\",\"BZN|DE-LU\"\n", row: func(c cell) string {
			return fmt.Sprintf("\"%s - %s\",\"%.1f\",\"EUR\",\"\"", c.t("02.01.2006 15:04"), c.at.Add(time.Hour).Format("02.01.2006 15:04"), c.y)
		}, at: hours, time: "MTU (UTC)", freq: "h"},
		{who: "SMARD", head: "\ufeffDatum von;Datum bis;Biomasse [MWh] Originalauflösungen;Photovoltaik [MWh] Originalauflösungen\n", row: func(c cell) string {
			return fmt.Sprintf("%s;%s;%s,00;-", c.t("02.01.2006 15:04"), c.at.Add(15*time.Minute).Format("02.01.2006 15:04"), c.grouped("."))
		}, big: true, at: quarters, asks: "?", time: "Datum von", freq: "15min"},
		{who: "IESO, hours from 1 to 24", head: "\\\\Hourly Demand Report,,,\n\\\\Created at 2025-01-15 07:30:32,,,\n\\\\For 2024,,,\nDate,Hour,Market Demand,Ontario Demand\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%d,%.0f,%d", c.at.Add(-time.Hour).Format("2006-01-02"), c.at.Add(-time.Hour).Hour()+1, c.y, 15000+c.i*37%977)
		}, big: true, at: every(hours[1], time.Hour, 480), time: "Date + Hour", freq: "h"},
		{who: "hours from 1 to 24, nothing above", head: "Date,HE,MW\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%d,%.0f", c.at.Add(-time.Hour).Format("01/02/2006"), c.at.Add(-time.Hour).Hour()+1, c.y)
		}, big: true, at: every(hours[1], time.Hour, 480), time: "Date + HE", freq: "h"},
		{who: "AEMO", head: "REGION,SETTLEMENTDATE,TOTALDEMAND,RRP,PERIODTYPE\n", row: func(c cell) string {
			return fmt.Sprintf("NSW1,\"%s\",%.1f,%.2f,TRADE", c.t("2006/01/02 15:04:05"), c.y, 50+float64(c.i*7%31))
		}, at: every(day(2024, 1, 1).Add(5*time.Minute), 5*time.Minute, 500), time: "SETTLEMENTDATE", freq: "5min"},
		{who: "PJM, UTC and Eastern side by side", head: "datetime_beginning_utc,datetime_beginning_ept,nerc_region,zone,mw,is_verified\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%s,RFC,%s,%.1f,True", c.t("1/2/2006 3:04:05 PM"), c.at.Add(-5*time.Hour).Format("1/2/2006 3:04:05 PM"), c.id, c.y)
		}, at: hours, ids: []string{"AE", "DOM"}, time: "datetime_beginning_utc", freq: "h"},
		{who: "RTE, half-hours that are empty every other row", head: "Périmètre\tNature\tDate\tHeures\tConsommation\tPrévision J-1\n", row: func(c cell) string {
			return fmt.Sprintf("France\tDonnées définitives\t%s\t%s\t%.0f\t%d\nFrance\tDonnées définitives\t%s\t%s\t\t%d", c.t("2006-01-02"), c.t("15:04"), c.y, 50000+c.i*37%977,
				c.t("2006-01-02"), c.at.Add(15*time.Minute).Format("15:04"), 50000+c.i*31%977)
		}, big: true, at: halves, time: "Date + Heures", freq: "15min"},
		{who: "National Grid, half-hours as numbers", head: "SETTLEMENT_DATE,SETTLEMENT_PERIOD,ND,TSD\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%d,%.0f,%d", strings.ToUpper(c.t("02-Jan-2006")), c.at.Hour()*2+c.at.Minute()/30+1, c.y, 20000+c.i*37%977)
		}, big: true, at: halves, asks: "?"},
		{who: "NYISO", head: "\"Time Stamp\",\"Time Zone\",\"Name\",\"PTID\",\"Load\"\n", row: func(c cell) string {
			return fmt.Sprintf("%q,\"EST\",%q,%d,%.1f", c.t("01/02/2006 15:04:05"), c.id, 61700+len(c.id), c.y)
		}, at: every(day(2024, 1, 15), 5*time.Minute, 300), ids: []string{"CAPITL", "WEST"}, time: "Time Stamp", freq: "5min"},
		{who: "EIA, downwards after a preamble", head: "Total Electric Power, Monthly\nhttps://www.eia.gov/electricity/\n10:12:31 GMT-0500\nSource: U.S. Energy Information Administration\n\nMonth,Total thousand megawatthours\n",
			row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("Jan 2006"), c.y) }, at: backwards(monthsFrom(day(2015, 1, 1), 1, 96)), time: "Month", freq: "MS"},
		{who: "EIA, hours of a panel", head: "period,respondent,respondent-name,type,value,value-units\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%s,\"%s, Inc.\",D,%.1f,megawatthours", c.t("2006-01-02T15"), c.id, "Op "+c.id, c.y)
		}, at: hours, ids: []string{"MISO", "PJM"}, time: "period", freq: "h"},
		{who: "a meter, the first header cell empty", head: "\"\";\"MT_001\";\"MT_002\"\n", row: func(c cell) string {
			return fmt.Sprintf("\"%s\";%s;%d", c.t("2006-01-02 15:04:05"), c.comma(), 10+c.i%7)
		}, at: quarters, time: "column1", freq: "15min"},
		{who: "a day per row, an hour per column", head: "Date;H1;H2;H3;H4\n", row: func(c cell) string { return fmt.Sprintf("%s;%s;1,5;2,5;3,5", c.t("02.01.2006"), c.comma()) }, at: daysFrom(day(2024, 1, 1), 60), time: "Date", freq: "D"},
		{who: "a summer change, local times, one hour twice", head: "Zeit;kWh\n", row: func(c cell) string {
			zone, _ := time.LoadLocation("Europe/Berlin")
			return fmt.Sprintf("%s;%s", c.at.In(zone).Format("2006-01-02T15:04:05-07:00"), c.comma())
		}, at: every(day(2024, 10, 20), time.Hour, 400), time: "Zeit", freq: "h"},
	}
}
