package cli

import (
	"context"
	"fmt"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/internal/config"
	"github.com/pgcast/pgcast/internal/storage"
)

// migrate is `pgcast migrate`: schema and bucket, safe to run again.
func migrate(ctx context.Context, env Env, args []string) error {
	if _, err := parse(flags(env, "migrate", ""), args, 0); err != nil {
		return err
	}
	c, err := config.Read(env.Getenv)
	if err == nil {
		err = c.Require("DATABASE_URL", "SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY")
	}
	if err != nil {
		return err
	}
	log := logger(env, c.LogLevel)
	if err := db.Migrate(ctx, c.ListenURL, log); err != nil {
		return advised(ctx, c.ListenURL, err)
	}
	bucket := storage.New(storage.Config{URL: c.SupabaseURL + "/storage/v1", Key: c.ServiceKey, Bucket: c.Bucket, Log: log})
	if err := bucket.Ensure(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "schema and bucket %s are current\n", c.Bucket)
	return err
}
