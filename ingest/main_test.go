package ingest_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/pgcast/pgcast/db/dbtest"
)

func TestMain(m *testing.M) {
	if uploadChild() {
		return
	}
	// fasthttp and fiber keep one clock each for the life of the process.
	goleak.VerifyTestMain(dbtest.Main(m),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/gofiber/fiber/v2/utils.StartTimeStampUpdater.func1.1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}
