package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// Progress is for a person who watches; in a pipe the stories see none.
func TestProgressIsShownOnATerminal(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sales.csv")
	var text strings.Builder
	text.WriteString("month,sales\n")
	for i := range 48 {
		fmt.Fprintf(&text, "%d-%02d-01,%d\n", 2020+i/12, i%12+1, 100+i+10*(i%12))
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, quiet := range []bool{false, true} {
		args := []string{"forecast", file, "--horizon", "2"}
		if quiet {
			args = append(args, "--quiet")
		}
		var stdout bytes.Buffer
		screen := onTerminal(t, func(terminal *os.File) {
			if code := Run(t.Context(), args, Env{Stdout: &stdout, Stderr: terminal}); code != exitOK {
				t.Errorf("exit code %d", code)
			}
		})
		if shown := strings.Contains(screen, "%"); shown == quiet {
			t.Errorf("quiet %t: progress shown is %t: %q", quiet, shown, screen)
		}
		if quiet && screen != "" {
			t.Errorf("quiet says %q", screen)
		}
		if strings.Count(stdout.String(), "\n") != 3 {
			t.Errorf("standard output %q", &stdout)
		}
	}
}

// onTerminal runs do with the terminal of a pseudo-terminal, see pty(7), and
// returns what was written to it.
func onTerminal(t *testing.T, do func(terminal *os.File)) string {
	t.Helper()
	control, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	var number uint32
	ioctl(t, control, syscall.TIOCSPTLCK, unsafe.Pointer(new(int32)))
	ioctl(t, control, syscall.TIOCGPTN, unsafe.Pointer(&number))
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	screen := make(chan string)
	go func() {
		text, _ := io.ReadAll(control) // ends with an error when the terminal is closed
		screen <- string(text)
	}()
	do(terminal)
	if err := terminal.Close(); err != nil {
		t.Error(err)
	}
	return <-screen
}

func ioctl(t *testing.T, f *os.File, request uintptr, arg unsafe.Pointer) {
	t.Helper()
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(arg)); errno != 0 {
		t.Fatal(errno)
	}
}
