package dataset

import (
	"bytes"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// language holds the names of the months as people write them in dates: in
// whole, and short. The short ones may end in a point.
type language struct {
	code        string
	full, short [12]string
	months      map[string]monthName
}

type monthName struct {
	month int8
	short bool // and not the whole name too
}

// languageNames are full names, then short ones; further spellings follow a
// slash. English is not among them: its names need no look-up in a map.
var languageNames = []struct{ code, full, short string }{
	{"de", "Januar/Jänner Februar März/Maerz April Mai Juni Juli August September Oktober November Dezember",
		"Jan Feb Mär/Mrz/Mar Apr Mai Jun Jul Aug Sep/Sept Okt Nov Dez"},
	{"fr", "janvier février/fevrier mars avril mai juin juillet août/aout septembre octobre novembre décembre/decembre",
		"janv/jan févr/fév/fev/fevr mars/mar avr mai juin/jun juil/jul août/aoû/aou sept/sep oct nov déc/dec"},
	{"es", "enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre",
		"ene feb mar abr may jun jul ago sep/sept/set oct nov dic"},
	{"pt", "janeiro fevereiro março/marco abril maio junho julho agosto setembro outubro novembro dezembro",
		"jan fev mar abr mai jun jul ago set out nov dez"},
	{"it", "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
		"gen feb mar apr mag giu lug ago set ott nov dic"},
	{"nl", "januari februari maart april mei juni juli augustus september oktober november december",
		"jan feb mrt apr mei jun jul aug sep okt nov dec"},
	{"sv", "januari februari mars april maj juni juli augusti september oktober november december",
		"jan feb mar apr maj jun jul aug sep/sept okt nov dec"},
	{"da", "januar februar marts/mars april maj/mai juni juli august september oktober november december/desember",
		"jan feb mar apr maj/mai jun jul aug sep okt nov dec/des"},
	{"fi", "tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu",
		"tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu"},
	{"pl", "stycznia/styczeń lutego/luty marca/marzec kwietnia/kwiecień maja/maj czerwca/czerwiec lipca/lipiec sierpnia/sierpień września/wrzesień października/październik listopada/listopad grudnia/grudzień",
		"sty lut mar kwi maj cze lip sie wrz paź lis gru"},
	{"cs", "ledna/leden února/únor března/březen dubna/duben května/květen června/červen července/červenec srpna/srpen září října/říjen listopadu/listopad prosince/prosinec",
		"led úno bře dub kvě čvn čvc srp zář říj lis pro"},
	{"ru", "января/январь февраля/февраль марта/март апреля/апрель мая/май июня/июнь июля/июль августа/август сентября/сентябрь октября/октябрь ноября/ноябрь декабря/декабрь",
		"янв фев мар апр май июн июл авг сен/сент окт ноя/нояб дек"},
	{"tr", "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
		"Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara"},
	{"hu", "január február március április május június július augusztus szeptember október november december",
		"jan febr/feb márc ápr máj jún júl aug szept/sze okt nov dec"},
	{"sk", "januára/január februára/február marca/marec apríla/apríl mája/máj júna/jún júla/júl augusta/august septembra/september októbra/október novembra/november decembra/december",
		"jan feb mar apr máj jún júl aug sep/sept okt nov dec"},
	{"sl", "januar februar marec april maj junij julij avgust september oktober november december",
		"jan feb mar apr maj jun jul avg sep/sept okt nov dec"},
	{"hr", "siječnja/siječanj veljače/veljača ožujka/ožujak travnja/travanj svibnja/svibanj lipnja/lipanj srpnja/srpanj kolovoza/kolovoz rujna/rujan listopada/listopad studenoga/studeni/studenog prosinca/prosinac",
		"sij velj ožu tra svi lip srp kol ruj lis stu pro"},
	{"ro", "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
		"ian feb/febr mar/mart apr mai iun iul aug sep/sept oct nov/noi/noiem dec"},
	{"ca", "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
		"gen febr/feb març/mar abr maig/mai juny/jun jul ag/ago set oct nov des"},
	{"id", "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
		"Jan Feb Mar Apr Mei Jun Jul Agu/Agt/Ags Sep/Sept Okt Nov Des"},
	{"uk", "січня/січень лютого/лютий березня/березень квітня/квітень травня/травень червня/червень липня/липень серпня/серпень вересня/вересень жовтня/жовтень листопада/листопад грудня/грудень",
		"січ лют бер квіт/кві трав/тра черв/чер лип серп/сер вер жовт/жов лист/лис груд/гру"},
	{"bg", "януари февруари март април май юни юли август септември октомври ноември декември",
		"ян/яну фев/февр мар апр май юни юли авг сеп/септ окт ное/ноем дек"},
	{"el", "Ιανουαρίου/Ιανουάριος Φεβρουαρίου/Φεβρουάριος Μαρτίου/Μάρτιος Απριλίου/Απρίλιος Μαΐου/Μάιος Ιουνίου/Ιούνιος Ιουλίου/Ιούλιος Αυγούστου/Αύγουστος Σεπτεμβρίου/Σεπτέμβριος Οκτωβρίου/Οκτώβριος Νοεμβρίου/Νοέμβριος Δεκεμβρίου/Δεκέμβριος",
		"Ιαν Φεβ Μαρ Απρ Μαΐ/Μάι/Μαϊ/Μαι Ιουν Ιουλ Αυγ Σεπ/Σεπτ Οκτ Νοε Δεκ"},
	{"et", "jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember",
		"jaan veebr/veeb märts apr mai juuni juuli aug sept/sep okt nov dets"},
	{"lv", "janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris",
		"janv febr marts apr maijs jūn jūl aug sept okt nov dec"},
	{"lt", "sausio/sausis vasario/vasaris kovo/kovas balandžio/balandis gegužės/gegužė birželio/birželis liepos/liepa rugpjūčio/rugpjūtis rugsėjo/rugsėjis spalio/spalis lapkričio/lapkritis gruodžio/gruodis",
		"saus vas kov bal geg birž liep rugp rugs spal lapkr gruod"},
}

// languageSet is all of them, and their names together, lower case.
type languageSet struct {
	all    []*language
	byCode map[string]*language
	months map[string]bool
}

var languages = sync.OnceValue(func() *languageSet {
	set := &languageSet{byCode: map[string]*language{}, months: map[string]bool{}}
	for _, names := range languageNames {
		l := &language{code: names.code, months: map[string]monthName{}}
		l.add(&l.full, names.full, false)
		l.add(&l.short, names.short, true)
		set.all, set.byCode[l.code] = append(set.all, l), l
		for name := range l.months {
			set.months[name] = true
		}
	}
	return set
})

func (l *language) add(into *[12]string, names string, short bool) {
	for m, spellings := range strings.Fields(names) {
		for i, name := range strings.Split(spellings, "/") {
			if i == 0 {
				into[m] = name
			}
			if _, known := l.months[strings.ToLower(name)]; !known {
				l.months[strings.ToLower(name)] = monthName{int8(m + 1), short}
			}
		}
	}
}

// read reads the name of a month at the front of b, with a point behind a
// short one.
func (l *language) read(b []byte, m *moment) int {
	n := wordEnd(b)
	if n == 0 || n > 32 {
		return 0
	}
	name, ok := l.months[string(bytes.ToLower(b[:n]))]
	if !ok {
		return 0
	}
	m.month = name.month
	if name.short && n < len(b) && b[n] == '.' {
		n++
	}
	return n
}

// wordEnd returns the width of the letters at the front of b.
func wordEnd(b []byte) int {
	n := 0
	for n < len(b) {
		r, size := utf8.DecodeRune(b[n:])
		if !unicode.IsLetter(r) {
			break
		}
		n += size
	}
	return n
}

// monthWord finds the first name of a month in a cell.
func (l *language) monthWord(cell []byte) (from, to int, name monthName, ok bool) {
	for from < len(cell) {
		n := wordEnd(cell[from:])
		if n == 0 {
			from++
			continue
		}
		if name, ok = l.months[string(bytes.ToLower(cell[from:from+n]))]; ok {
			to = from + n
			if to < len(cell) && cell[to] == '.' && !(to+1 < len(cell) && cell[to+1] >= '0' && cell[to+1] <= '9') {
				to++
			}
			return from, to, name, true
		}
		from += n
	}
	return 0, 0, name, false
}

// inEnglish writes cells with the names of the months in English, so that the
// layouts of English dates are tried on them; nil when the cells are not of
// this language. short says that the names are not all whole ones.
func (l *language) inEnglish(cells [][]byte) (english [][]byte, short bool) {
	for _, cell := range cells {
		if _, _, name, ok := l.monthWord(cell); ok && name.short {
			short = true
		}
	}
	missed := 0
	for _, cell := range cells {
		from, to, name, ok := l.monthWord(cell)
		if !ok {
			if missed++; missed*20 > len(cells) {
				return nil, false
			}
			english = append(english, cell)
			continue
		}
		word := monthNames[name.month-1]
		if short {
			word = word[:3]
		}
		english = append(english, bytes.Join([][]byte{cell[:from], []byte(word), cell[to:]}, nil))
	}
	return english, short
}
