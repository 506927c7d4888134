package cli

import "net/http"

// inProblems serves mux. Requests that no room answers, or not by this method,
// get a problem document in place of the mux's own plain text.
func inProblems(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.RequestURI == "*" { // OPTIONS * is answered before
			refuse("bad_request", "Only OPTIONS asks for *.").ServeHTTP(w, r)
			return
		}
		own, room := mux.Handler(r)
		if room != "" {
			mux.ServeHTTP(w, r)
			return
		}
		said := silent{http.Header{}}
		own.ServeHTTP(said, r)
		if allow := said.header.Get("Allow"); allow != "" {
			notAllowed(allow).ServeHTTP(w, r)
			return
		}
		refuse("not_found", "").ServeHTTP(w, r)
	})
}

// notAllowed answers with the methods that an address has.
func notAllowed(allow string) http.Handler {
	answer := refuse("method_not_allowed", "")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		answer.ServeHTTP(w, r)
	})
}

// silent takes an answer for the sake of its headers.
type silent struct{ header http.Header }

func (s silent) Header() http.Header         { return s.header }
func (s silent) Write(p []byte) (int, error) { return len(p), nil }
func (s silent) WriteHeader(int)             {}
