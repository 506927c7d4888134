package dataset_test

import (
	"fmt"
	"strings"
	"time"
)

// fromMachines are files of loggers and monitoring.
func fromMachines() []strange {
	tens := every(day(2024, 1, 15), 10*time.Minute, 400)
	fives := every(day(2024, 1, 15), 5*time.Minute, 400)
	hours := every(day(2024, 1, 2), time.Hour, 300)
	return []strange{
		{who: "HOBO", head: "\ufeff\"Plot Title: 10234567\"\n\"#\",\"Date Time, GMT+02:00\",\"Temp, °C (LGR S/N: 10234567)\",\"Host Connected (LGR S/N: 10234567)\"\n",
			row: func(c cell) string { return fmt.Sprintf("%d,%s,%.1f,", c.i+1, c.t("01/02/06 03:04:05 PM"), c.y) }, at: tens, time: "Date Time, GMT+02:00", freq: "10min"},
		{who: "EasyLog", head: "EasyLog USB-2,Time,Celsius(°C),High Alarm,Low Alarm,Serial Number\n", row: func(c cell) string {
			return fmt.Sprintf("%d,%s,%.1f,30.0,10.0,%s", c.i+1, c.t("02/01/2006 15:04:05"), c.y, map[bool]string{true: "010012345"}[c.i == 0])
		}, at: tens, time: "Time", freq: "10min", asks: "?"},
		{who: "Campbell TOA5", head: "\"TOA5\",\"Tower\",\"CR1000\",\"12345\",\"CR1000.Std.27\"\n\"TIMESTAMP\",\"AirTC_Avg\",\"RECORD\",\"RH\",\"BattV_Min\"\n\"TS\",\"Deg C\",\"RN\",\"%\",\"Volts\"\n\"\",\"Avg\",\"\",\"Smp\",\"Min\"\n",
			row: func(c cell) string {
				return fmt.Sprintf("\"%s\",%.1f,%d,%q,%.2f", c.t("2006-01-02 15:04:05"), c.y, c.i, map[bool]string{true: "NAN", false: "81"}[c.i%50 == 3], 12.5+float64(c.i%9)/100)
			}, at: tens, time: "TS", freq: "10min"},
		{who: "PRTG", head: "\"Date Time\",\"Date Time(RAW)\",\"Traffic (Speed)\",\"Traffic (Speed)(RAW)\",\"Coverage\"\n", row: func(c cell) string {
			return fmt.Sprintf("\"%s - %s\",\"%.10f\",\"%.1f kbit/s\",%.1f,\"100 %%\"", c.t("1/2/2006 3:04:05 PM"), c.at.Add(5*time.Minute).Format("3:04:05 PM"), 45306+float64(c.i)/288, c.y, c.y)
		}, foot: "\"Averages (of 400 values)\",\"\",\"110.0 kbit/s\",110.0,\"100 %\"\n", at: fives, time: "Date Time", freq: "5min", asks: "?"},
		{who: "InfluxDB", head: "#group,false,false,true,true,false,false,true\n#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string\n#default,mean,,,,,,\n,result,table,_start,_stop,_time,_value,_field\n",
			row: func(c cell) string {
				return fmt.Sprintf(",,0,2024-01-15T00:00:00Z,2024-02-15T00:00:00Z,%sZ,%.1f,usage", c.t("2006-01-02T15:04:05"), c.y)
			}, at: tens, time: "_time", freq: "10min", asks: "?"},
		{who: "Grafana, with units", head: "\"Time\",\"energy\"\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f kWh", c.t("2006-01-02 15:04:05"), c.y) }, at: tens, time: "Time", freq: "10min", asks: "?"},
		{who: "numbers with units without a blank", head: "time,temp\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f°C", c.t("2006-01-02 15:04:05"), c.y) }, at: tens, time: "time", freq: "10min", asks: "?"},
		{who: "ThingSpeak", head: "created_at,entry_id,field1,latitude,longitude,elevation,status\n", row: func(c cell) string {
			return fmt.Sprintf("%s UTC,%d,%.1f,,,,", c.at.Add(time.Duration(c.i*c.i%17)*time.Second).Format("2006-01-02 15:04:05"), c.i+1, c.y)
		}, at: tens, asks: "frequency_not_inferable"},
		{who: "Home Assistant", head: "entity_id,state,last_changed\n", row: func(c cell) string {
			state := fmt.Sprintf("%.1f", c.y)
			if c.i%40 == 7 {
				state = "unavailable"
			}
			return fmt.Sprintf("sensor.power,%s,%s", state, c.at.Add(time.Duration(c.i*c.i%170)*time.Second).Format("2006-01-02T15:04:05.000Z"))
		}, at: tens, asks: "frequency_not_inferable"},
		{who: "SCADA, comma before milliseconds", head: "Zeitstempel;Messwert;Qualität\n", row: func(c cell) string { return fmt.Sprintf("%s,000;%s;192", c.t("02.01.2006 15:04:05"), c.comma()) }, at: tens, time: "Zeitstempel", freq: "10min"},
		{who: "Fronius", head: "\ufeffDatum und Uhrzeit;Energie | Symo 10.0\n[dd.MM.yyyy HH:mm];[Wh]\n", row: func(c cell) string { return fmt.Sprintf("%s;%s", c.t("02.01.2006 15:04"), c.comma()) }, at: fives, time: "Datum und Uhrzeit", freq: "5min"},
		{who: "epochs with fractions", head: "timestamp,cpu\n", row: func(c cell) string { return fmt.Sprintf("%d.000,%.1f", c.at.Unix(), c.y) }, at: tens, time: "timestamp", freq: "10min", asks: "?"},
		{who: "epochs in scientific notation", head: "timestamp,cpu\n", row: func(c cell) string { return fmt.Sprintf("%.6e,%.1f", float64(c.at.Unix()), c.y) }, at: tens, freq: "10min", asks: "?"},
		{who: "seconds since the start", head: "elapsed_s,load\n", row: func(c cell) string { return fmt.Sprintf("%.1f,%.1f", float64(c.i)*0.5, c.y) }, at: tens, asks: "?", time: rowsCounted},
		{who: "Netatmo", head: "Id;Name;Long;Lat;ModuleName;ModuleType\n\"70:ee:50\";\"Home\";2.35;48.85;\"Indoor\";\"Base\"\nTimestamp;\"Timezone : Europe/Paris\";Temperature\n",
			row: func(c cell) string {
				return fmt.Sprintf("%d;\"%s\";%.1f", c.at.Unix(), c.t("2006/01/02 15:04:05"), c.y)
			}, at: tens, time: "Timestamp", freq: "10min", asks: "?"},
		{who: "times of day alone", head: "time,load\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.t("15:04"), c.y) }, at: every(day(2024, 1, 15), 10*time.Minute, 144), asks: "?"},
		{who: "an offset of minus zero", head: "start,end,mw\n", row: func(c cell) string {
			return fmt.Sprintf("%s-00:00,%s-00:00,%.1f", c.t("2006-01-02T15:04:05"), c.at.Add(time.Hour).Format("2006-01-02T15:04:05"), c.y)
		}, at: hours, time: "start", freq: "h"},
		{who: "Oracle", head: "\"TS\",\"VAL\"\n", row: func(c cell) string {
			return fmt.Sprintf("%q,%.1f", strings.ToUpper(c.t("02-Jan-06 03.04.05.000000000 PM")), c.y)
		}, at: hours, time: "TS", freq: "h", asks: "?"},
		{who: "SQL Server", head: "ts,val\n", row: func(c cell) string { return fmt.Sprintf("%s.0000000 +00:00,%.1f", c.t("2006-01-02 15:04:05"), c.y) }, at: hours, time: "ts", freq: "h"},
		{who: "Postgres", head: "bucket,val\n", row: func(c cell) string { return fmt.Sprintf("%s+00,%.1f", c.t("2006-01-02 15:04:05"), c.y) }, at: hours, time: "bucket", freq: "h"},
		{who: "Go's own time", head: "at,val\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", c.at.String(), c.y) }, at: hours, time: "at", freq: "h", asks: "?"},
		{who: "JavaScript's own time", head: "at,val\n", row: func(c cell) string {
			return fmt.Sprintf("%s (Coordinated Universal Time),%.1f", c.t("Mon Jan 02 2006 15:04:05 GMT-0700"), c.y)
		}, at: hours, time: "at", freq: "h", asks: "?"},
		{who: "HTTP dates", head: "at,val\n", row: func(c cell) string { return fmt.Sprintf("\"%s GMT\",%.1f", c.t("Mon, 02 Jan 2006 15:04:05"), c.y) }, at: hours, time: "at", freq: "h", asks: "?"},
	}
}
