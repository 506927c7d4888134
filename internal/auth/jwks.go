package auth

import (
	"io"
	"net/http"
)

// JWKS answers /auth/v1/.well-known/jwks.json of a local deployment. Its tokens
// are signed with a secret, and secrets are never published: the set is empty,
// as that of a Supabase project with a legacy secret is.
func JWKS() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "public, max-age=600")
		_, _ = io.WriteString(w, `{"keys":[]}`) // whoever asked may have gone
	})
}
