package cli

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestDataDirIsPrivateAndKeepsItsKeys(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "deep", "data")
	first := openDir(t, path)
	if err := first.writeEnv([][2]string{{"A", "b"}}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{".": 0o700, "lock": 0o600, "keys.json": 0o600, "env": 0o600} {
		info, err := os.Stat(first.file(name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %v, want %v", name, got, want)
		}
	}
	closeDir(t, first)

	again := openDir(t, path)
	defer closeDir(t, again)
	if again.keys != first.keys || len(again.keys.JWTSecret) < 32 {
		t.Errorf("keys %+v after a restart, %+v before", again.keys, first.keys)
	}
	if entries, err := os.ReadDir(path); err != nil || len(entries) != 3 {
		t.Errorf("%v, %v: want the lock, the keys, the env file and nothing else", entries, err)
	}
}

func TestDataDirThatOthersMayReadIsClosed(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	d := openDir(t, path)
	defer closeDir(t, d)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestDataDirHasOneOwner(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	first := openDir(t, path)
	_, err := openDataDir(path)
	if err == nil || !strings.Contains(err.Error(), "another pgcast is running on "+path) || !strings.Contains(err.Error(), "--data-dir") {
		t.Errorf("second owner: %v", err)
	}
	closeDir(t, first)
	closeDir(t, openDir(t, path))
}

func TestDamagedKeysAreNamed(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"cut":     `{"jwt_secret":"0123`,
		"empty":   ``,
		"short":   `{"jwt_secret":"short","user_id":"7f0c2b1e-4a58-4f6e-9d6c-0f4f3a1b2c3d"}`,
		"user":    `{"jwt_secret":"0123456789abcdef0123456789abcdef","user_id":"nobody"}`,
		"no user": `{"jwt_secret":"0123456789abcdef0123456789abcdef"}`,
	} {
		path := t.TempDir()
		file := filepath.Join(path, "keys.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := openDataDir(path)
		if err == nil || !strings.Contains(err.Error(), file+" is damaged: remove it") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		closeDir(t, openDir(t, path)) // the lock was given back, and the advice helps
	}
}

// What is written is what a shell reads.
func TestEnvFileIsShell(t *testing.T) {
	t.Parallel()
	d := openDir(t, t.TempDir())
	defer closeDir(t, d)
	awkward := "postgres://u@/d?host=%2Ftmp&x='$HOME' `id` \"\\ \n!*#;é"
	if err := d.writeEnv([][2]string{{"PLAIN", "a"}, {"AWKWARD", awkward}, {"EMPTY", ""}}); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-c", `. "$1"; sh -c 'printf "%s|%s|%s" "$PLAIN" "$AWKWARD" "$EMPTY"'`, "sh", d.file("env")).Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := "a|" + awkward + "|"; string(out) != want {
		t.Errorf("the shell reads %q, want %q", out, want)
	}
}

func openDir(t *testing.T, path string) *dataDir {
	t.Helper()
	d, err := openDataDir(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func closeDir(t *testing.T, d *dataDir) {
	t.Helper()
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
}

func TestADirectoryOfSomebodyElseIsLeftAlone(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "letter.txt"), []byte("dear"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := openDataDir(path); err == nil || !strings.Contains(err.Error(), "other files") {
		t.Errorf("a directory with files in it: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("%v, %v: want it as it was", info.Mode(), err)
	}
}
