package localpg

import (
	"maps"
	"slices"
)

// port is part of the socket's file name. No TCP port is opened, so it never
// collides with another server's.
const port = "5432"

// arguments returns the command line of the server. Settings travel there and
// not in postgresql.conf, so that a cluster made by an earlier version of
// pgcast runs with today's settings.
func arguments(c Config, p place) []string {
	settings := map[string]string{
		"listen_addresses":        "",
		"port":                    port,
		"unix_socket_directories": `"` + p.socket + `"`,
		"unix_socket_permissions": "0700",
		"timezone":                "UTC",
		"log_timezone":            "UTC",

		// The notifier reads row changes by logical replication. A slot
		// nobody reads must not fill the disk.
		"wal_level":              "logical",
		"max_wal_senders":        "20",
		"max_replication_slots":  "20",
		"max_slot_wal_keep_size": "1GB",

		// A queue runs short statements: compiling or spreading them
		// costs more than it gains, and the spreading needs more of
		// /dev/shm than containers have.
		"jit":                              "off",
		"max_parallel_workers_per_gather":  "0",
		"max_parallel_maintenance_workers": "0",

		"max_connections": "100",
		"shared_buffers":  "64MB",
		"max_wal_size":    "512MB",
	}
	if c.Ephemeral {
		maps.Copy(settings, map[string]string{
			"fsync":              "off",
			"synchronous_commit": "off",
			"full_page_writes":   "off",
			"max_connections":    "200",
			"shared_buffers":     "32MB",
			// With a database per test, autovacuum would visit one
			// every tenth of a second.
			"autovacuum": "off",
		})
	}
	maps.Copy(settings, c.Settings)

	args := []string{"-D", p.data}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}
