package localstorage

import (
	"net/http"
	"slices"
	"strings"
)

// cors tells browsers which other sites may call, and reports whether that was
// all that was asked. Access is by a token in a header, never by cookie.
func (s *Server) cors(w http.ResponseWriter, r *http.Request) (answered bool) {
	origin, h := r.Header.Get("Origin"), w.Header()
	if origin == "" {
		return false
	}
	may := slices.Contains(s.config.Origins, "*") ||
		slices.ContainsFunc(s.config.Origins, func(o string) bool { return strings.EqualFold(o, origin) })
	if len(s.config.Origins) > 0 {
		h.Add("Vary", "Origin")
	}
	if may {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "Content-Disposition, Content-Length, Content-Range, ETag, Location, "+
			"Tus-Extension, Tus-Max-Size, Tus-Resumable, Tus-Version, Upload-Expires, Upload-Length, Upload-Metadata, Upload-Offset")
	}
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	if may {
		h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, apikey, Cache-Control, Content-Type, If-None-Match, Range, Tus-Resumable, "+
			"Upload-Length, Upload-Metadata, Upload-Offset, X-Client-Info, X-HTTP-Method-Override, X-Metadata, X-Signature, X-Upsert")
		h.Set("Access-Control-Max-Age", "600")
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}
