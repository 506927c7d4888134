package dataset

import (
	"strings"
	"sync"
	"unicode"
)

// nameWords splits a column name into lower-case words: at marks, and where a
// capital follows a small letter.
func nameWords(name string) []string {
	var split strings.Builder
	small := false
	for _, r := range name {
		if unicode.IsUpper(r) && small {
			split.WriteByte(' ')
		}
		small = unicode.IsLower(r)
		if unicode.IsLetter(r) {
			split.WriteRune(unicode.ToLower(r))
		} else {
			split.WriteByte(' ')
		}
	}
	return strings.Fields(split.String())
}

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// vocabulary holds the words of column names that hint at a role, in English,
// German, French, Spanish, Portuguese, Italian, Chinese, Japanese, Korean and
// Russian, with the units of time in some more.
type vocabulary struct {
	time, year, quarter, month, week, ordinal, day, hour, part, span, id, quality, target map[string]bool
}

var theVocabulary = sync.OnceValue(func() *vocabulary {
	return &vocabulary{
		time: wordSet(`date dates time ds dt ts timestamp datetime 시점 기간 期间 期間 when period periods year yr years month week day quarter yyyymm yyyymmdd epoch
			datum zeit zeitpunkt zeitstempel jahr monat woche tag quartal fecha hora periodo año ano anno mes mese annee année mois jour semaine trimestre heure giorno uhrzeit zeitraum día dia settimana ora
			日付 日期 日時 时间 時間 年月 年月日 年 月 日 月份 年份 年度 季度 四半期 週 周 날짜 일자 일시 시간 년월 연월 년 월 дата время период год месяц день неделя квартал tarih`),
		year:    wordSet("year yr years yyyy jahr año ano anno annee année 年 年份 年度 년 연도 년도 год rok år vuosi yıl jaar"),
		quarter: wordSet("quarter qtr q quartal trimestre trim 季度 四半期 분기 квартал kwartał kwartaal"),
		month:   wordSet("month mon mo mm monat mes mese mois 月 月份 월 месяц miesiąc maand ay måned månad"),
		week:    wordSet("week weeks yearweek isoweek weekno weeknum yw calweek kalenderwoche wk woche semana semaine settimana kw 週 周 주 неделя tydzień uge vecka"),
		ordinal: wordSet("doy julian"),
		day:     wordSet("day dd dy tag dia día jour giorno 日 일 день dzień dag gün"),
		hour:    wordSet("hour hr hh he stunde hora heure ora 時 时 小时 시 час godzina uur saat"),
		part:    wordSet("half semester semestre semestral halbjahr season saison hours stunden interval dekad trimester kwartał kwartal quarter qtr mtu he"),
		span:    wordSet("minutes minute seconds second sec secs ms millis elapsed uptime offset minuten sekunden secondes segundos minutos"),
		id: wordSet(`id ids key store stores item items sku shop product code nr no series station sensor region dept department customer client location
			site group meter household unique uid code number plz zip branch warehouse route line channel order invoice ticket receipt transaction account
			filiale markt laden artikel produkt kunde nummer konto tienda producto cliente código codigo magasin produit numéro loja produto negozio prodotto codice winkel klant sklep towar
			mağaza ürün магазин товар код номер 编号 门店 商品 产品 店舗 番号 コード 매장 상품 코드`),
		quality: wordSet("sdev stdev std stddev stderr unc uncertainty ndays nobs quality qc"),
		target:  wordSet("y value values sales demand count close target amount quantity qty volume total load consumption price"),
	}
})

func anyWord(name string, set map[string]bool) bool {
	for _, w := range nameWords(name) {
		if set[w] {
			return true
		}
	}
	return false
}
