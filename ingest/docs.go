package ingest

import _ "embed" // for the documentation

var (
	//go:embed docs/openapi.json
	openAPI []byte
	//go:embed docs/docs.html
	docsPage []byte
	//go:embed docs/docs.js
	docsScript []byte
	//go:embed docs/docs.css
	docsStyle []byte
)
