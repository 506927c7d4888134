package config_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/internal/config"
)

func env(pairs ...string) func(string) string {
	values := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return values[name] }
}

func TestDefaultsHoldWhenNothingIsSet(t *testing.T) {
	t.Parallel()
	c, err := config.Read(env())
	if err != nil {
		t.Fatal(err)
	}
	if c.Port != 8080 || c.Bucket != "forecast-uploads" || c.MaxUpload != 512<<20 || c.LogLevel != slog.LevelInfo {
		t.Errorf("defaults are %+v", c)
	}
}

func TestListenURLFallsBackToTheDatabaseURL(t *testing.T) {
	t.Parallel()
	c, err := config.Read(env("DATABASE_URL", "postgres://u:p@h/d", "SUPABASE_URL", "https://x.supabase.co/", "ALLOWED_ORIGINS", "https://a.example, https://b.example/"))
	if err != nil {
		t.Fatal(err)
	}
	if c.ListenURL != c.DatabaseURL {
		t.Errorf("ListenURL is %q", c.ListenURL)
	}
	if c.SupabaseURL != "https://x.supabase.co" {
		t.Errorf("SupabaseURL keeps its slash: %q", c.SupabaseURL)
	}
	if strings.Join(c.Origins, " ") != "https://a.example https://b.example" {
		t.Errorf("Origins are %q", c.Origins)
	}
}

func TestAWrongSettingIsNamedWithWhatToSet(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"PORT": "eighty", "LOG_LEVEL": "loud", "SUPABASE_URL": "supabase.co", "DATABASE_URL": "https://secret@db", "MAX_UPLOAD_BYTES": "-1", "WEBHOOK_ALLOW_PRIVATE": "perhaps",
	} {
		_, err := config.Read(env(name, value))
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "set it to") {
			t.Errorf("%s=%s: error %v does not name the setting and what to set", name, value, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error repeats the password: %v", name, err)
		}
	}
}

func TestRequireNamesEveryMissingSetting(t *testing.T) {
	t.Parallel()
	c, _ := config.Read(env("SUPABASE_URL", "https://x.supabase.co"))
	err := c.Require("DATABASE_URL", "SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY")
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"DATABASE_URL", "SUPABASE_SERVICE_ROLE_KEY"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "SUPABASE_URL is") {
		t.Errorf("a setting that is there is named: %v", err)
	}
}

func TestAWrongConnectionStringIsNeverRepeated(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"host=h password = secret sslmode=bogus", "PASSWORD=secret host=h port=x", "secret",
		"postgres://u:pass@secret@h:5432/d", "postgres://u:secret/@h/d", "postgres://u:secret%zz@h/d", "mysql://u:secret@h/d",
	} {
		_, err := config.Read(env("DATABASE_LISTEN_URL", value))
		if err == nil || !strings.Contains(err.Error(), "DATABASE_LISTEN_URL is not a connection string") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", value, err)
		}
	}
	for _, value := range []string{"host=h password='a b' sslmode=require", "postgres://u:a%40b@h:5432/d?options=a@b", "postgresql:///d?host=/run/pg", "postgres://u@h1:1,h2:2/d"} {
		if _, err := config.Read(env("DATABASE_URL", value)); err != nil {
			t.Errorf("%s: %v", value, err)
		}
	}
}
