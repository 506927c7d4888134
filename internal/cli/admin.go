package cli

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/pgcast/pgcast/internal/problem"
	"github.com/pgcast/pgcast/internal/service"
)

// addAdmin serves metrics, health, readiness in detail and pprof on an address
// of its own. Empty means off.
func (p *port) addAdmin(address string) error {
	if address == "" {
		return nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen on ADMIN_ADDR: %w", err)
	}
	p.group.Add("admin", service.HTTP(l, p.adminPage(), ownWords))
	return nil
}

func (p *port) adminPage() http.Handler {
	mux := http.NewServeMux()
	p.admin(mux)
	p.health(mux)
	return inProblems(mux)
}

// admin mounts metrics and pprof.
func (p *port) admin(mux *http.ServeMux) {
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.house.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
}

// health mounts the answers to whether the process runs, and is of use.
func (p *port) health(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", p.readyz)
}

// readyz tells which part is not ready and why.
func (p *port) readyz(w http.ResponseWriter, r *http.Request) {
	ready := p.ready(r.Context())
	status, checks := http.StatusOK, map[string]string{}
	for name, err := range ready.Checks {
		checks[name] = "ok"
		if err != nil {
			status, checks[name] = http.StatusServiceUnavailable, err.Error()
		}
	}
	answer := map[string]any{"mode": ready.Mode, "checks": checks}
	if ready.Source != "" {
		answer["source"] = ready.Source
	}
	if ready.Reason != "" {
		answer["source_reason"] = ready.Reason
	}
	writeJSON(w, status, answer)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may have left
}

// refuse answers every request with one problem.
func refuse(code, detail string) http.Handler {
	return http.HandlerFunc(problem.New(code, detail).Answer)
}

// ownWords are the problems for what net/http refuses by itself.
func ownWords(status int) http.Handler {
	code := map[int]string{
		http.StatusRequestTimeout: "request_timeout", http.StatusExpectationFailed: "expectation_failed",
		http.StatusRequestHeaderFieldsTooLarge: "headers_too_large", http.StatusNotImplemented: "not_implemented",
		http.StatusInternalServerError: "internal",
	}[status]
	return refuse(or(code, "bad_request"), "")
}
