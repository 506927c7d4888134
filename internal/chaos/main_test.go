package chaos

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/pgcast/pgcast/db/dbtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(dbtest.Main(m)) }
