// Package web holds the page: plain HTML, CSS and JavaScript modules, embedded
// as they are, with nothing to build and nothing fetched from elsewhere.
package web

import (
	"embed"
	"io/fs"
)

//go:embed static
var static embed.FS

// Page returns the files of the page, index.html at the root.
func Page() fs.FS {
	page, err := fs.Sub(static, "static")
	if err != nil {
		panic("web: " + err.Error()) // the folder is embedded above
	}
	return page
}
