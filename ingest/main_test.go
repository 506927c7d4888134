package ingest_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/pgcast/pgcast/db/dbtest"
)

// whole runs the tests and asks whether they met every documented answer.
type whole struct{ goleak.TestingM }

func (w whole) Run() int { return everyAnswer(w.TestingM.Run()) }

func TestMain(m *testing.M) {
	if uploadChild() {
		return
	}
	// fasthttp and fiber keep one clock each for the life of the process.
	goleak.VerifyTestMain(whole{dbtest.Main(m)},
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/gofiber/fiber/v2/utils.StartTimeStampUpdater.func1.1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}
