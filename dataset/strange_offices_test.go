package dataset_test

import (
	"fmt"
	"strings"
	"time"
)

// fromOffices are files of statistics offices and central banks.
func fromOffices() []strange {
	months := monthsFrom(day(2015, 1, 1), 1, 96)
	quarters := monthsFrom(day(2005, 1, 1), 3, 60)
	years := monthsFrom(day(1990, 1, 1), 12, 30)
	return []strange{
		{who: "Eurostat, SDMX-CSV", head: "DATAFLOW,LAST UPDATE,freq,unit,s_adj,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS\n",
			row: func(c cell) string {
				return fmt.Sprintf("ESTAT:UNE_RT_M(1.0),06/01/25 23:00:00,M,PC_ACT,SA,%s,%s,%.1f,%s,", c.id, c.t("2006-01"), c.y, map[bool]string{true: "p"}[c.i > 90])
			}, at: months, ids: []string{"AT", "BE", "DE"}, time: "TIME_PERIOD", freq: "MS"},
		{who: "Destatis, flat file", head: "Statistik_Code;Statistik_Label;Zeit_Code;Zeit_Label;Zeit;1_Merkmal_Code;1_Merkmal_Label;1_Auspraegung_Code;1_Auspraegung_Label;BEV__Bevoelkerung\n",
			row: func(c cell) string {
				return fmt.Sprintf("12411;Fortschreibung des Bevölkerungsstandes;STAG;Stichtag;%s;DINSG;Deutschland insgesamt;DG;Deutschland;%s", c.t("02.01.2006"), c.comma())
			}, at: endsOf(years, 12), time: "Zeit", freq: "YE"},
		{who: "Destatis, table with year and month", head: "Tabelle: 61111-0002\nVerbraucherpreisindex: Deutschland, Monate;;\nVerbraucherpreisstatistik;;\nDeutschland;;\nJahr;Monat;Verbraucherpreisindex\n",
			row: func(c cell) string {
				return fmt.Sprintf("%d;%s;%s", c.at.Year(), []string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}[c.at.Month()-1], c.comma())
			}, foot: "__________;;\n© Statistisches Bundesamt (Destatis), 2025;;\nStand: 15.01.2025 / 10:14:31;;\n", at: months, time: "Jahr + Monat", freq: "MS"},
		{who: "ONS, months only", head: "\"Title\",\"CPI INDEX 00: ALL ITEMS 2015=100\"\n\"CDID\",\"D7BT\"\n\"Source dataset ID\",\"MM23\"\n\"PreUnit\",\"\"\n\"Unit\",\"Index, base year = 100\"\n\"Release date\",\"15-01-2025\"\n\"Next release\",\"19 February 2025\"\n\"Important notes\",\n",
			row: func(c cell) string { return fmt.Sprintf("%q,\"%.1f\"", strings.ToUpper(c.t("2006 Jan")), c.y) }, at: months, time: "Important notes", freq: "MS"},
		{who: "FRED, with holidays as dots", head: "DATE,DGS10\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("2006-01-02"), c.y) },
			foot: "2024-10-14,.\n2024-10-15,.\n", at: openDays(day(2022, 1, 3), 700), time: "DATE", freq: "B"},
		{who: "INE, months downwards", head: "\"Grupos ECOICOP\";\"Tipo de dato\";\"Periodo\";\"Total\"\n",
			row: func(c cell) string {
				return fmt.Sprintf("\"Índice general\";\"Índice\";\"%s\";\"%s\"", c.t("2006M01"), c.comma())
			},
			at: backwards(months), time: "Periodo", freq: "MS"},
		{who: "Bank of Japan", head: "Series code,FM08'FXERD01\nName of time-series,\"A.1. US.Dollar/Yen Spot Rate at 9:00 in JST\"\n",
			row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("2006/01/02"), c.y) }, at: openDays(day(2022, 1, 4), 300), time: "Name of time-series", freq: "B"},
		{who: "INSEE, downwards with flags", head: "\"Libellé\";\"Indice des prix à la consommation\";\"Codes\"\n\"idBank\";\"001759970\";\"\"\n\"Dernière mise à jour\";\"15/01/2025 08:45\";\"\"\n\"Période\";\"\";\"\"\n",
			row: func(c cell) string { return fmt.Sprintf("\"%s\";\"%.1f\";\"A\"", c.t("2006-01"), c.y) }, at: backwards(months), asks: "?", time: "Dernière mise à jour", freq: "MS"},
		{who: "ECB, a date and its name", head: "DATE,TIME PERIOD,\"US dollar/Euro (EXR.D.USD.EUR.SP00.A)\"\n",
			row: func(c cell) string { return fmt.Sprintf("%s,%s,%.1f", c.t("2006-01-02"), c.t("02 Jan 2006"), c.y) }, at: openDays(day(2022, 1, 3), 300), time: "DATE", freq: "B"},
		{who: "Bundesbank", head: ";BBEX3.D.USD.EUR.BB.AC.000;BBEX3.D.USD.EUR.BB.AC.000_FLAGS\n;Euro-Referenzkurs der EZB;\nEinheit;USD (US-Dollar);\nDimension;Eins;\nStand vom;15.01.2025 16:30:05 Uhr;\n",
			row: func(c cell) string {
				if wd := c.at.Weekday(); wd == time.Saturday || wd == time.Sunday {
					return c.t("2006-01-02") + ";.;Kein Wert vorhanden"
				}
				return fmt.Sprintf("%s;%s;", c.t("2006-01-02"), c.comma())
			}, at: openDays(day(2022, 1, 3), 300), time: "Stand vom", freq: "B"},
		{who: "BLS, year and period", head: "Series Id,Year,Period,Value\n", row: func(c cell) string { return fmt.Sprintf("LNS14000000,%d,%s,%.1f", c.at.Year(), c.t("M01"), c.y) },
			at: months, ids: nil, time: "Year + Period", freq: "MS"},
		{who: "BLS, with label", head: "Series ID,Year,Period,Label,Value\n", row: func(c cell) string {
			return fmt.Sprintf("CUUR0000SA0,%d,%s,%s,%.1f", c.at.Year(), c.t("M01"), c.t("2006 Jan"), c.y)
		}, at: months, asks: "?", time: "Year + Period", freq: "MS"},
		{who: "OECD", head: "\"LOCATION\",\"INDICATOR\",\"SUBJECT\",\"MEASURE\",\"FREQUENCY\",\"TIME\",\"Value\",\"Flag Codes\"\n",
			row: func(c cell) string {
				return fmt.Sprintf("%q,\"QGDP\",\"TOT\",\"PC_CHGPP\",\"Q\",\"%d-Q%d\",%.1f,", c.id, c.at.Year(), quarterOf(c.at), c.y)
			}, at: quarters, ids: []string{"AUS", "AUT"}, time: "TIME", freq: "QS"},
		{who: "Statistics Denmark and Norway, quarters as K", head: "\"tid\";\"værdi\"\n", row: func(c cell) string { return fmt.Sprintf("\"%dK%d\";\"%s\"", c.at.Year(), quarterOf(c.at), c.comma()) },
			at: quarters, time: "tid", freq: "QS"},
		{who: "Stats NZ, months as fractions", head: "Series_reference,Period,Data_value,STATUS,UNITS\n", row: func(c cell) string {
			return fmt.Sprintf("BDCQ.SF1AA2CA,%s,%.1f,FINAL,Dollars", strings.TrimSuffix(c.t("2006.01"), "0"), c.y)
		}, at: months, time: "Period", freq: "MS", asks: "?"},
		{who: "Stats NZ, quarters as months", head: "Series_reference,Period,Data_value,STATUS,UNITS\n", row: func(c cell) string {
			return fmt.Sprintf("BDCQ.SF1AA2CA,%s,%.1f,FINAL,Dollars", c.t("2006.01"), c.y)
		}, at: monthsFrom(day(2005, 3, 1), 3, 60), time: "Period", freq: "QS-MAR", asks: "?"},
		{who: "Rosstat", head: "Период;Индекс\n", row: func(c cell) string {
			return fmt.Sprintf("%s %d;%s", []string{"январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"}[c.at.Month()-1], c.at.Year(), c.comma())
		}, at: months, time: "Период", freq: "MS"},
		{who: "ABS, quarters by their last month", head: ",Unemployed total ;  Persons\nUnit,000\nSeries Type,Original\nData Type,STOCK\nFrequency,Quarter\nCollection Month,2\nSeries Start,Mar-2005\nSeries End,Dec-2019\nNo. Obs,60\nSeries ID,A2325846C\n",
			row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("Jan-2006"), c.y) }, at: monthsFrom(day(2005, 3, 1), 3, 60), asks: "?", freq: "QS-MAR", time: "Series ID"},
		{who: "Swiss National Bank", head: "\ufeff\"CubeId\";\"rendoblim\"\n\"PublishingDate\";\"2025-01-02 14:30\"\n\n\"Date\";\"D0\";\"Value\"\n", row: func(c cell) string {
			return fmt.Sprintf("\"%s\";\"%s\";\"%.1f\"", c.t("2006-01"), c.id, c.y)
		}, at: months, ids: []string{"10J", "2J"}, time: "Date", freq: "MS"},
		{who: "quarters as numbers after a dash", head: "period,value\n", row: func(c cell) string { return fmt.Sprintf("%d-%d,%.1f", c.at.Year(), quarterOf(c.at), c.y) },
			at: quarters, asks: "?", time: "period", freq: "QS"},
		{who: "half-years", head: "TIME,geo,OBS\n", row: func(c cell) string { return fmt.Sprintf("%d-S%d,DE,%.1f", c.at.Year(), 1+int(c.at.Month())/7, c.y) },
			at: monthsFrom(day(2000, 1, 1), 6, 40), ids: []string{"DE"}, time: "TIME", freq: "2QS", asks: "?"},
		{who: "half-years with an H", head: "period;value\n", row: func(c cell) string { return fmt.Sprintf("%dH%d;%.1f", c.at.Year(), 1+int(c.at.Month())/7, c.y) },
			at: monthsFrom(day(2000, 1, 1), 6, 40), time: "period", freq: "2QS", asks: "?"},
		{who: "financial years", head: "Year,Expenditure\n", row: func(c cell) string {
			return fmt.Sprintf("%d-%s,%.1f", c.at.Year(), c.at.AddDate(1, 0, 0).Format("06"), c.y)
		},
			at: monthsFrom(day(2001, 1, 1), 12, 11), time: "Year", freq: "YS", asks: "?"},
		{who: "financial years with a slash", head: "Year,Expenditure\n", row: func(c cell) string {
			return fmt.Sprintf("%d/%s,%.1f", c.at.Year(), c.at.AddDate(1, 0, 0).Format("06"), c.y)
		},
			at: monthsFrom(day(1990, 1, 1), 12, 30), time: "Year", freq: "YS", asks: "?"},
		{who: "Statistics Canada", head: "\ufeff\"REF_DATE\",\"GEO\",\"DGUID\",\"Products\",\"UOM\",\"UOM_ID\",\"SCALAR_FACTOR\",\"SCALAR_ID\",\"VECTOR\",\"COORDINATE\",\"VALUE\",\"STATUS\",\"SYMBOL\",\"TERMINATED\",\"DECIMALS\"\n",
			row: func(c cell) string {
				return fmt.Sprintf("\"%s\",\"%s\",\"2016A00\",\"All-items\",\"2002=100\",\"17\",\"units\",\"0\",\"v%d\",\"2.2\",\"%.1f\",\"\",\"\",\"\",\"1\"", c.t("2006-01"), c.id, len(c.id), c.y)
			}, at: months, ids: []string{"Canada", "Quebec"}, time: "REF_DATE", freq: "MS"},
		{who: "Taiwan, years of the Republic", head: "date,value\n", row: func(c cell) string { return fmt.Sprintf("%d/%s,%.1f", c.at.Year()-1911, c.t("01/02"), c.y) }, at: daysFrom(day(2023, 1, 1), 200), asks: "?", freq: "D"},
		{who: "Thailand, Buddhist years", head: "date,value\n", row: func(c cell) string { return fmt.Sprintf("%s/%d,%.1f", c.t("02/01"), c.at.Year()+543, c.y) }, at: daysFrom(day(2022, 1, 1), 300), asks: "?", freq: "D"},
	}
}
