package dataset

import "bytes"

// zoneNames are the names of clocks that stand behind times, with their hours
// east of UTC. A name that means several clocks is left out; for an offset the
// first name is written.
var zoneNames = []struct {
	name  string
	hours int32
}{
	{"UTC", 0}, {"GMT", 0}, {"Z", 0}, {"WET", 0}, {"CET", 1}, {"MEZ", 1}, {"WEST", 1}, {"CEST", 2}, {"MESZ", 2}, {"EET", 2}, {"EEST", 3}, {"MSK", 3},
	{"EST", -5}, {"EDT", -4}, {"CDT", -5}, {"CST", -6}, {"MDT", -6}, {"MST", -7}, {"PDT", -7}, {"PST", -8}, {"JST", 9}, {"KST", 9}, {"AEST", 10}, {"AEDT", 11},
}

// readZoneName reads the name of a clock.
func (m *moment) readZoneName(b []byte) int {
	n := 0
	for n < len(b) && letter(b[n]) {
		n++
	}
	for _, z := range zoneNames {
		if string(b[:n]) == z.name {
			m.zoned, m.offset = true, z.hours*3600
			return n
		}
	}
	return 0
}

func nameOfZone(offset int) string {
	for _, z := range zoneNames {
		if offset == int(z.hours)*3600 {
			return z.name
		}
	}
	return string(appendZone(nil, offset, true))
}

// joints stand between the two ends of an interval.
var joints = []string{" - ", " – ", " to ", " bis ", "/", " / ", "--"}

// readRest reads the end of an interval whose beginning stands before it, and
// the name of the clock behind it where there is one.
func (m *moment) readRest(b []byte) int {
	for _, joint := range joints {
		if !bytes.HasPrefix(b, []byte(joint)) || len(b) < len(joint)+4 {
			continue
		}
		end := bytes.TrimRight(b, ")")
		if open := bytes.LastIndexAny(end, " ("); open > 0 {
			m.readZoneNameIfAny(end[open+1:])
		}
		return len(b)
	}
	return 0
}

func (m *moment) readZoneNameIfAny(b []byte) {
	var z moment
	if len(b) > 1 && z.readZoneName(b) == len(b) {
		m.zoned, m.offset = true, z.offset
	}
}

var weekdayNames = [...]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// readWeekday reads an English name of a weekday, whose date says more.
func readWeekday(b []byte, short bool) int {
	n := 0
	for n < len(b) && letter(b[n]) {
		n++
	}
	word := string(bytes.ToLower(b[:min(n, 9)]))
	for _, name := range weekdayNames {
		if word == name && !short || short && word == name[:3] {
			return n
		}
	}
	return 0
}
