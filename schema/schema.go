// Package schema is the law of pgcast: tables, constraints, triggers, verbs and
// policies, as plain SQL migrations that goose and the Supabase CLI both run.
//
// A migration is named <YYYYMMDDHHMMSS>_<name>.sql, goes forward only, and is
// valid as one transaction. schema.sql shows what all of them together make.
package schema

import "embed"

// FS holds the migrations.
//
//go:embed 2*.sql
var FS embed.FS

// Shim is what a plain Postgres lacks of Supabase: the roles anon,
// authenticated and service_role, and the schema auth. It raises an error on a
// Supabase project.
//
//go:embed shim.sql
var Shim string
