package realtime

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/notifier/feed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(dbtest.Main(m)) }

// testColumns are one of each type that matters.
var testColumns = []feed.ColumnInfo{
	{Name: "id", Type: "uuid"}, {Name: "status", Type: "text"}, {Name: "priority", Type: "int4"}, {Name: "progress", Type: "float4"},
	{Name: "run_at", Type: "timestamptz"}, {Name: "due", Type: "bool"}, {Name: "params", Type: "jsonb"},
}
