package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/pgcast/pgcast/schema"
)

// Current returns an error unless every migration of this binary has been
// applied.
func (db *DB) Current(ctx context.Context) error {
	var there bool
	if err := db.pool.QueryRow(ctx, `select to_regclass($1::text) is not null`, versionTable).Scan(&there); err != nil {
		return wrap("read schema version", err)
	}
	if !there {
		return errors.New("read schema version: the database was never migrated: run pgcast migrate")
	}
	var applied []int64
	err := db.pool.QueryRow(ctx, `select array_agg(distinct version_id) from `+versionTable+` where is_applied`).Scan(&applied)
	if err != nil {
		return wrap("read schema version", err)
	}
	have := make(map[int64]bool, len(applied))
	for _, version := range applied {
		have[version] = true
	}
	for _, version := range versions() {
		if !have[version] {
			return fmt.Errorf("migration %d is missing: run pgcast migrate", version)
		}
	}
	return nil
}

// versions are those of the embedded migrations, in order.
func versions() []int64 {
	names, _ := fs.Glob(schema.FS, "*.sql") // the pattern is well-formed
	all := make([]int64, 0, len(names))
	for _, name := range names {
		digits, _, _ := strings.Cut(name, "_")
		version, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			panic("db: migration without a version: " + name)
		}
		all = append(all, version)
	}
	return all
}
