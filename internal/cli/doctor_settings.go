package cli

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

// settings checks what the environment says, before anybody is asked.
func (d *doctor) settings(unreadable error) {
	before := len(d.findings)
	if unreadable != nil {
		for _, err := range each(unreadable) {
			d.setting(err)
		}
	}
	if err := d.config.Require("DATABASE_URL", "SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY"); err != nil {
		for _, err := range each(err) {
			if !d.named(err) {
				d.setting(err)
			}
		}
	}
	if _, err := webhookKey(d.config.WebhookKey); err != nil {
		d.fail("settings", "WEBHOOK_SECRET cannot be used", "set it to whsec_ and the output of openssl rand -base64 32, the same for ingest and for processors")
	}
	d.oneProject()
	if len(d.findings) == before {
		d.ok("settings", "settings: DATABASE_URL, SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY are set")
	}
}

// setting turns an error of package config, "NAME …: set it to …", into a
// finding.
func (d *doctor) setting(err error) {
	what, advice, _ := strings.Cut(err.Error(), ": ")
	d.fail("settings", what, advice)
}

// named reports whether there is a finding about the same variable already: one
// that cannot be read counts as empty.
func (d *doctor) named(err error) bool {
	name, _, _ := strings.Cut(err.Error(), " ")
	for _, f := range d.findings {
		if strings.HasPrefix(f.Text, name+" ") {
			return true
		}
	}
	return false
}

// oneProject compares the Supabase projects that the settings are about, where
// they tell.
func (d *doctor) oneProject() {
	of := map[string]string{
		"DATABASE_URL":              projectOfDatabase(d.config.DatabaseURL),
		"DATABASE_LISTEN_URL":       projectOfDatabase(d.config.ListenURL),
		"SUPABASE_SERVICE_ROLE_KEY": readKey(d.config.ServiceKey).Project,
		"SUPABASE_ANON_KEY":         readKey(d.config.AnonKey).Project,
	}
	want := projectOfURL(d.config.SupabaseURL)
	for _, name := range []string{"DATABASE_URL", "DATABASE_LISTEN_URL", "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_ANON_KEY"} {
		if want != "" && of[name] != "" && of[name] != want {
			d.fail("one_project", name+" is of project "+of[name]+", SUPABASE_URL of project "+want,
				"take both from the settings of the same project")
		}
	}
}

var (
	hostOfProject   = regexp.MustCompile(`^(?:db\.)?([a-z0-9]{20})\.supabase\.(?:co|in|net)$`)
	userOfProject   = regexp.MustCompile(`^[^.]+\.([a-z0-9]{20})$`)
	directOfProject = regexp.MustCompile(`^db\.[a-z0-9]{20}\.supabase\.(?:co|in|net)$`)
)

// projectOfURL returns the project's reference, or "" when the URL is not one
// of a hosted project.
func projectOfURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return group(hostOfProject, u.Hostname())
}

// projectOfDatabase finds the reference in the host (direct) or in the user
// (poolers).
func projectOfDatabase(text string) string {
	config, err := pgx.ParseConfig(text)
	if err != nil || text == "" {
		return ""
	}
	if ref := group(hostOfProject, config.Host); ref != "" {
		return ref
	}
	return group(userOfProject, config.User)
}

func group(pattern *regexp.Regexp, text string) string {
	if m := pattern.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}
