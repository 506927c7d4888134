package cli

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/pgcast/pgcast/db/dbtest"
)

// TestMain lets the stories run the verbs as the command pgcast, which is this
// test binary again.
func TestMain(m *testing.M) {
	testscript.Main(leakless{dbtest.Main(m)}, map[string]func(){"pgcast": func() {
		os.Exit(Run(context.Background(), os.Args[1:], Env{
			Getenv: os.Getenv, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Version: "test",
		}))
	}})
}

// leakless fails when the tests leave a goroutine behind.
type leakless struct{ tests interface{ Run() int } }

func (l leakless) Run() int {
	code := l.tests.Run()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
