package dataset

import (
	"fmt"
	"time"

	"github.com/pgcast/pgcast/forecast/series"
)

// universal reports whether the times are instants: they have an offset, or
// count from 1970. Until a row was read, the layout has to tell.
func (ps pieces) universal() bool {
	if s := ps[0].scale; s >= epochSeconds && s <= epochNanos {
		return true
	}
	l := ps[0].layout
	return l != nil && (l.has(zone) || l.has(zoneColon) || l.has(zoneAbbr))
}

// onDays moves an instant to the wall of the zone whose days are asked for.
func (rd *reader) onDays(at int64) int64 {
	utc := at - int64(rd.clock.offset)*microsPerSecond
	_, east := fromMicros(utc).In(rd.days).Zone()
	return utc + int64(east)*microsPerSecond
}

// late is what every time of a grid of days or longer stands behind midnight:
// a daily reading at six stays at six. It is 0 when they differ.
func (rd *reader) late() time.Duration {
	if rd.clock == nil || rd.days != nil || rd.freq.Unit == series.Second || rd.freq.Unit == series.Index {
		return 0
	}
	late, any := int64(0), false
	for _, g := range rd.groups {
		for _, points := range g.points {
			for _, p := range points {
				at := p.at - floorDiv(p.at, microsPerDay)*microsPerDay
				if any && at != late {
					return 0
				}
				late, any = at, true
			}
		}
	}
	return time.Duration(late) * time.Microsecond
}

// dayZones are offered where days begin in a zone that is not named.
var dayZones = []string{"Europe/London", "Europe/Berlin", "Europe/Helsinki", "Europe/Istanbul", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland",
	"America/Sao_Paulo", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"}

// askForZone speaks up when the instants of a file are the beginnings of days
// somewhere else: they move by an hour with the season, or days of work fall on
// a Sunday. Taken as days of UTC they would be those of the day before.
func (c *conclusion) askForZone() {
	k := c.best
	if k.wide != nil || !k.universal() || k.wall && k.mixed || k.rhythm.freq.Unit == series.Second || !k.shifted() {
		return
	}
	var zones []string
	for _, name := range dayZones {
		if zone, err := time.LoadLocation(name); err == nil && k.midnightsOf(zone) {
			zones = append(zones, name)
		}
	}
	c.ask("ambiguous_timezone", "timezone", append(zones, "UTC"), fmt.Sprintf("the times of %q seem to be midnights of another time zone, written in UTC: whose days are they?", k.label()))
}

// visited are the first instants of the file, in micros of UTC.
func (k *candidate) visited() []int64 {
	var all []int64
	for _, v := range k.hypothesis.visits[:min(len(k.hypothesis.visits), 5000)] {
		all = append(all, v.at.micros-int64(k.offset)*microsPerSecond)
	}
	return all
}

// shifted reports whether instants stand at two times of the day, one hour
// apart, or at one that is not midnight while Sundays are days of work.
func (k *candidate) shifted() bool {
	const hour = 3600 * microsPerSecond
	times, days, all := map[int64]bool{}, map[time.Weekday]bool{}, k.visited()
	for _, at := range all {
		times[at-floorDiv(at, microsPerDay)*microsPerDay] = true
		days[fromMicros(at).Weekday()] = true
		if len(times) > 2 {
			return false
		}
	}
	if len(times) == 1 {
		return !times[0] && len(all) > 9 && len(days) == 5 && (days[time.Saturday] || days[time.Sunday])
	}
	early := int64(-1)
	for at := range times {
		if times[(at+hour)%microsPerDay] {
			early = at
		}
	}
	return early >= 0 && len(all) > 2 && early%(hour/4) == 0
}

// midnightsOf reports whether days of a zone begin at all instants.
func (k *candidate) midnightsOf(zone *time.Location) bool {
	for _, at := range k.visited() {
		if t := fromMicros(at).In(zone); t.Hour()+t.Minute()+t.Second()+t.Nanosecond() != 0 {
			return false
		}
	}
	return true
}
