package dataset_test

import (
	"fmt"
	"time"
)

// fromWeather are files of weather services and of science.
func fromWeather() []strange {
	days := daysFrom(day(2023, 1, 1), 300)
	hours := every(day(2024, 1, 2), time.Hour, 480)
	minutes := every(time.Date(2006, 12, 16, 17, 24, 0, 0, time.UTC), time.Minute, 900)
	return []strange{
		{who: "NOAA", head: "\"STATION\",\"NAME\",\"DATE\",\"PRCP\",\"TMAX\"\n", row: func(c cell) string {
			return fmt.Sprintf("\"USW00094728\",\"NY CITY CENTRAL PARK, NY US\",%q,\"%.1f\",\"%d\"", c.t("2006-01-02"), c.y, 10+c.i%23)
		}, at: days, time: "DATE", freq: "D"},
		{who: "DWD, with blanks and an end of record", head: "STATIONS_ID;MESS_DATUM;QN_9;TT_TU;RF_TU;eor\n", row: func(c cell) string {
			return fmt.Sprintf("       3987;%s;    3;%6.1f;%6.1f;eor", c.t("2006010215"), c.y, 60+float64(c.i%31))
		}, at: hours, asks: "?", time: "MESS_DATUM", freq: "h"},
		{who: "MeteoSwiss", head: "stn;time;tre200d0\n", row: func(c cell) string {
			return fmt.Sprintf("%s;%s;%.1f", c.id, c.t("20060102"), c.y)
		}, at: days, ids: []string{"BAS", "BER"}, time: "time", freq: "D"},
		{who: "Open-Meteo", head: "latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation\n52.52,13.419998,38.0,0,GMT,GMT\n\ntime,temperature_2m (°C),rain (mm)\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%.1f,%.2f", c.t("2006-01-02T15:04"), c.y, float64(c.i%5))
		}, at: hours, time: "time", freq: "h"},
		{who: "Meteostat, no header", row: func(c cell) string {
			return fmt.Sprintf("%s,%.1f,%d,,0.0,,250,11.2,,1013.2,", c.t("2006-01-02"), c.y, c.i%13)
		}, at: days, time: "column1", freq: "D"},
		{who: "Bureau of Meteorology", head: "Product code,Bureau of Meteorology station number,Year,Month,Day,Rainfall amount (millimetres),Period over which rainfall was measured (days),Quality\n", row: func(c cell) string {
			return fmt.Sprintf("IDCJAC0009,066062,%s,%.1f,1,Y", c.t("2006,01,02"), c.y)
		}, at: days, time: "Year + Month + Day", freq: "D"},
		{who: "Environment Canada", head: "\ufeff\"Longitude (x)\",\"Latitude (y)\",\"Station Name\",\"Climate ID\",\"Date/Time\",\"Year\",\"Month\",\"Day\",\"Data Quality\",\"Max Temp (°C)\",\"Max Temp Flag\"\n", row: func(c cell) string {
			return fmt.Sprintf("\"-79.40\",\"43.67\",\"TORONTO CITY\",\"6158355\",%q,%q,%q,%q,\"\",\"%.1f\",\"\"", c.t("2006-01-02"), c.t("2006"), c.t("01"), c.t("02"), c.y)
		}, at: days, time: "Year + Month + Day", freq: "D"},
		{who: "UCI, household power", head: "Date;Time;Global_active_power;Voltage\n", row: func(c cell) string {
			return fmt.Sprintf("%s;%.3f;%.3f", c.t("2/1/2006;15:04:05"), c.y, 230+float64(c.i%17)/10)
		}, foot: "17/12/2006;08:24:00;?;?\n", at: minutes, asks: "?", time: "Date + Time", freq: "min"},
		{who: "UCI, air quality", head: "Date;Time;CO(GT);PT08.S1(CO);;\n", row: func(c cell) string {
			return fmt.Sprintf("%s;%s;%d;;", c.t("02/01/2006;15.04.05"), c.comma(), 900+c.i%211)
		}, foot: ";;;;;\n;;;;;\n", at: hours, time: "Date + Time", freq: "h", asks: "?"},
		{who: "UCI, Beijing", head: "No,year,month,day,hour,pm2.5,DEWP\n", row: func(c cell) string {
			return fmt.Sprintf("%d,%s,%d,%.1f,%d", c.i+1, c.t("2006,1,2"), c.at.Hour(), c.y, c.i%23-10)
		},
			at: hours, time: "year + month + day + hour", freq: "h"},
		{who: "UCI, Seoul bikes in Latin 1", head: "Date,Rented Bike Count,Hour,Temperature(\xb0C)\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%.0f,%d,%.1f", c.t("02/01/2006"), c.y, c.at.Hour(), float64(c.i%37)-5)
		},
			big: true, at: hours, time: "Date + Hour", freq: "h"},
		{who: "UCI, bike sharing", head: "instant,dteday,season,yr,mnth,hr,holiday,temp,cnt\n", row: func(c cell) string {
			return fmt.Sprintf("%d,%s,1,0,%d,%d,0,%.1f,%d", c.i+1, c.t("2006-01-02"), int(c.at.Month()), c.at.Hour(), c.y, 100+c.i%211)
		}, at: hours, asks: "?", time: "dteday + hr", freq: "h"},
		{who: "Jena", head: "\"Date Time\",\"p (mbar)\",\"T (degC)\"\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%.1f,%.2f", c.t("02.01.2006 15:04:05"), c.y, float64(c.i%37)-8.02)
		},
			at: every(day(2009, 1, 1).Add(10*time.Minute), 10*time.Minute, 500), time: "Date Time", freq: "10min"},
		{who: "days of the year in two columns", head: "YEAR,DOY,T2M\n", row: func(c cell) string { return fmt.Sprintf("%d,%d,%.1f", c.at.Year(), c.at.YearDay(), c.y) }, at: daysFrom(day(2022, 1, 1), 500), time: "YEAR + DOY", freq: "D", asks: "?"},
		{who: "NASA POWER", head: "-BEGIN HEADER-\nNASA/POWER CERES/MERRA2 Native Resolution Daily Data \nDates (month/day/year): 01/01/2022 through 05/15/2023 \nParameter(s): \nT2M     MERRA-2 Temperature at 2 Meters (C) \n-END HEADER-\nYEAR,MO,DY,T2M\n",
			row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("2006,1,2"), c.y) }, at: days, time: "YEAR + MO + DY", freq: "D"},
		{who: "two years of digits and days of the year", head: "date,value\n", row: func(c cell) string { return fmt.Sprintf("%s%03d,%.1f", c.t("06"), c.at.YearDay(), c.y) }, at: daysFrom(day(2023, 1, 1), 500), asks: "?", time: "date", freq: "D"},
		{who: "SILSO, semicolons and no header", row: func(c cell) string {
			return fmt.Sprintf("%d;%02d;%8.3f; %.1f;  6.7;   -1;1", c.at.Year(), int(c.at.Month()), float64(c.at.Year())+(float64(c.at.Month())-0.5)/12, c.y)
		}, at: monthsFrom(day(1950, 1, 1), 1, 300), asks: "?", time: "column1 + column2", freq: "MS"},
	}
}
