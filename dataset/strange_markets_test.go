package dataset_test

import (
	"fmt"
	"time"
)

// fromMarkets are files of exchanges and banks.
func fromMarkets() []strange {
	open := openDays(day(2022, 1, 3), 400, day(2022, 1, 17), day(2022, 2, 21), day(2022, 4, 15), day(2022, 5, 30), day(2022, 7, 4), day(2022, 12, 26))
	hours := every(day(2024, 1, 2), time.Hour, 300)
	return []strange{
		{who: "Yahoo", head: "Date,Open,High,Low,Close,Adj Close,Volume\n", row: func(c cell) string {
			return fmt.Sprintf("%s,%.1f,%.1f,%.1f,%.1f,%.6f,%d", c.t("2006-01-02"), c.y, c.y+2, c.y-2, c.y+1, c.y*0.97, 1000000+c.i*77777%99991)
		}, at: open, time: "Date", freq: "B"},
		{who: "Nasdaq, downwards with dollars", head: "Date,Close/Last,Volume,Open,High,Low\n", row: func(c cell) string {
			return fmt.Sprintf("%s,$%.1f,%d,$%.1f,$%.1f,$%.1f", c.t("01/02/2006"), c.y, 1000000+c.i*77777%99991, c.y+1, c.y+2, c.y-2)
		}, at: backwards(open), time: "Date", freq: "B"},
		{who: "Investing.com", head: "\ufeff\"Date\",\"Price\",\"Open\",\"High\",\"Low\",\"Vol.\",\"Change %\"\n", row: func(c cell) string {
			return fmt.Sprintf("%q,\"%.1f\",\"%.1f\",\"%.1f\",\"%.1f\",\"%.2fM\",\"%.2f%%\"", c.t("01/02/2006"), c.y, c.y+1, c.y+2, c.y-2, 40+float64(c.i%17), float64(c.i%9)-4)
		}, at: backwards(open), time: "Date", freq: "B"},
		{who: "Stooq, text", head: "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n", row: func(c cell) string {
			return fmt.Sprintf("AAPL.US,D,%s,000000,%.1f,%.1f,%.1f,%.1f,%d,0", c.t("20060102"), c.y, c.y+2, c.y-2, c.y+1, 1000+c.i*777%991)
		}, at: open, time: "<DATE>", freq: "B", asks: "?"},
		{who: "MetaTrader", head: "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n", row: func(c cell) string {
			return fmt.Sprintf("%s\t%.1f\t%.1f\t%.1f\t%.1f\t%d\t0\t%d", c.t("2006.01.02\t15:04:05"), c.y, c.y+2, c.y-2, c.y+1, 1000+c.i*777%991, c.i%7)
		}, at: hours, time: "<DATE> + <TIME>", freq: "h"},
		{who: "Binance, no header", row: func(c cell) string {
			return fmt.Sprintf("%d,%.8f,%.8f,%.8f,%.8f,%.5f,%d,%.8f,%d,%.5f,%.8f,0", c.at.UnixMilli(), c.y, c.y+2, c.y-2, c.y+1, 100+float64(c.i*7%31)/3, c.at.UnixMilli()+3599999, 1000*c.y, 500+c.i*13%77, 50+float64(c.i*7%31)/3, 500*c.y)
		}, at: hours, time: "column1", freq: "h"},
		{who: "CoinMarketCap", head: "timeOpen;timeClose;open;high;low;close;volume;marketCap;timestamp\n", row: func(c cell) string {
			return fmt.Sprintf("\"%sZ\";\"%sZ\";%.1f;%.1f;%.1f;%.1f;%.2f;%.2f;\"%sZ\"", c.t("2006-01-02T15:04:05.000"), c.t("2006-01-02T23:59:59.999"), c.y, c.y+2, c.y-2, c.y+1, 1e6*c.y, 1e8*c.y, c.t("2006-01-02T23:59:59.999"))
		}, at: backwards(daysFrom(day(2023, 1, 1), 300)), time: "timeOpen", freq: "D"},
		{who: "CryptoDataDownload", head: "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USDT,tradecount\n", row: func(c cell) string {
			return fmt.Sprintf("%d,%s,BTC/USDT,%.1f,%.1f,%.1f,%.1f,%.3f,%.3f,%d", c.at.UnixMilli(), c.t("2006-01-02 15:04:05"), c.y, c.y+2, c.y-2, c.y+1, c.y/3, c.y*7, 100+c.i%31)
		}, at: backwards(hours), time: "date", freq: "h", ids: []string{"BTC/USDT"}, asks: "?"},
		{who: "a bank, month ends on open days", head: "Date,NAV\n", row: func(c cell) string { return fmt.Sprintf("%s,%.1f", lastOpen(c.at).Format("02-Jan-2006"), c.y) },
			at: endsOf(monthsFrom(day(2014, 1, 1), 1, 120), 1), time: "Date", freq: "ME"},
		{who: "a bank, German dates of two digits and a balance", head: "Buchungstag;Wertstellung;Saldo;Währung\n", row: func(c cell) string {
			return fmt.Sprintf("%s;%s;%s,00;EUR", c.t("02.01.06"), c.t("02.01.06"), c.grouped("."))
		}, big: true, at: daysFrom(day(2023, 1, 1), 200), time: "Buchungstag", freq: "D"},
		{who: "a Swiss bank", head: "Datum;Saldo CHF\n", row: func(c cell) string { return fmt.Sprintf("%s;%s.00", c.t("02.01.2006"), c.grouped("'")) }, big: true, at: daysFrom(day(2023, 1, 1), 200), time: "Datum", freq: "D"},
		{who: "card transactions", head: "Date,Description,Amount,Running Bal.\n", row: func(c cell) string {
			return fmt.Sprintf("%s,\"SHOP %d, NY\",-%.1f,\"1,%03d.10\"", c.t("01/02/2006"), c.i, c.y, 100+c.i)
		},
			at: scattered(day(2023, 1, 3), 200), asks: "?"},
	}
}

// lastOpen is the last Monday to Friday up to a day.
func lastOpen(at time.Time) time.Time {
	for at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		at = at.AddDate(0, 0, -1)
	}
	return at
}

// scattered are days at odd distances.
func scattered(start time.Time, n int) (all []time.Time) {
	for i := range n {
		start = start.AddDate(0, 0, 1+i*i%7+i%3)
		all = append(all, start)
	}
	return all
}
