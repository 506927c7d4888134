package ingest

import "slices"

// Routes are the addresses that the server answers, as "GET /v1/jobs/:id", but
// for those of the page.
func (s *Server) Routes() []string {
	var routes []string
	for _, r := range s.app.GetRoutes(true) {
		if r.Method != "HEAD" {
			routes = append(routes, r.Method+" "+r.Path)
		}
	}
	slices.Sort(routes)
	return slices.Compact(routes)
}
