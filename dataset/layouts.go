package dataset

// dateWords are the dates a cell may begin with, the likelier ones first.
var dateWords = []string{
	"%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d",
	"%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y",
	"%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%d %B %Y", "%d. %B %Y", "%d-%B-%Y",
	"%b %d %Y", "%b %d, %Y", "%B %d %Y", "%B %d, %Y", "%Y-%b-%d", "%Y %b %d",
	"%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d", "%y/%m/%d", "%d-%b-%y", "%d %b %y",
}

// clockWords are the times of day that may follow a date.
var clockWords = []string{"%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p"}

var zoneWords = []string{"", "%:z", "%z", " %:z", " %z", " UTC"}

// periodWords are labels of a month, quarter or week; they stand for its
// first day.
var periodWords = []string{
	"%Y-%m", "%Y/%m", "%m/%Y", "%m-%Y", "%YM%m", "%Y-M%m", "%Y:%m", "%Y %m",
	"%b %Y", "%b-%Y", "%b/%Y", "%Y-%b", "%Y %b", "%Y%b", "%B %Y", "%B-%Y", "%Y %B", "%b-%y", "%b %y", "%y-%b",
	"%YQ%q", "%Y-Q%q", "%Y Q%q", "%Y:Q%q", "%Y/Q%q", "Q%q %Y", "Q%q-%Y", "Q%q/%Y", "%qQ%Y", "%qQ %Y", "%Yq%q",
	"%G-W%V", "%GW%V", "%G-W%V-%u", "%G W%V", "%G-%V-%u",
}

// bareWords are times that look like whole numbers; they need evidence beyond
// their digits.
var bareWords = []string{"%Y", "%Y%m%d", "%Y%m", "%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S"}

// layoutSet holds every layout the recogniser knows, compiled.
type layoutSet struct{ text, bare, clock []*layout }

func newLayoutSet() *layoutSet {
	set := &layoutSet{}
	for _, date := range dateWords {
		set.text = append(set.text, mustLayout(date))
	}
	for _, period := range periodWords {
		set.text = append(set.text, mustLayout(period))
	}
	for _, date := range dateWords {
		for _, gap := range []string{" ", "T", ", "} {
			for _, clock := range clockWords {
				for _, zone := range zoneWords {
					set.text = append(set.text, mustLayout(date+gap+clock+zone))
				}
			}
		}
	}
	for _, bare := range bareWords {
		set.bare = append(set.bare, mustLayout(bare))
	}
	set.text = append(set.text, mustLayout("%Y%m%d %H:%M"), mustLayout("%Y%m%d %H:%M:%S"), mustLayout("%Y%m%dT%H%M%S"), mustLayout("%Y%m%dT%H%M%S%:z"))
	for _, clock := range clockWords {
		set.clock = append(set.clock, mustLayout(clock))
	}
	return set
}

// mustLayout compiles a format of this file.
func mustLayout(format string) *layout {
	l, err := compileLayout(format)
	if err != nil {
		panic(err.Error())
	}
	return l
}
