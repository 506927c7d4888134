package localstorage

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
)

// Config sets up a [Server].
type Config struct {
	Dir            string       // made if it is not there; one server at a time
	JWTSecret      []byte       // HS256 secret of user tokens and of signed URLs
	AnonKey        string       // taken as role anon beside tokens signed with the secret; "": none
	ServiceKey     string       // taken as role service_role likewise; "": none
	UserBucket     string       // the bucket in which users have folders; "" means forecast-uploads
	MaxObjectBytes int64        // for every bucket; 0: no limit but the bucket's own
	Origins        []string     // other sites whose pages may call, "*" for all; none: only its own
	Ephemeral      bool         // do not fsync: for tests, where a crash of the machine loses nothing
	Log            *slog.Logger // told of answers with status 500; nil: nobody is
}

// Server answers the Storage API. It is safe for concurrent use.
type Server struct {
	config Config
	store  *store
	log    *slog.Logger

	uploading sync.Map // ids of resumable uploads that a request is writing
}

var _ http.Handler = (*Server)(nil)

// New opens the directory. The paths that the server answers are those behind
// /storage/v1, so mount it with http.StripPrefix.
func New(c Config) (*Server, error) {
	if len(c.JWTSecret) == 0 {
		return nil, errors.New("local storage: no JWT secret")
	}
	if c.UserBucket == "" {
		c.UserBucket = "forecast-uploads"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	st, err := openStore(c.Dir, !c.Ephemeral)
	if err != nil {
		return nil, fmt.Errorf("local storage: %w", err)
	}
	return &Server{config: c, store: st, log: c.Log}, nil
}

// Close gives the directory back. The caller has stopped the HTTP server.
func (s *Server) Close() error { return s.store.close() }

// request is a request on its way through the server.
type request struct {
	*http.Request
	target
	caller caller
}

// handlers by operation. Those of open do not need a token.
var (
	handlers = map[string]func(*Server, http.ResponseWriter, *request) error{
		"POST buckets":  (*Server).createBucket,
		"GET buckets":   (*Server).listBuckets,
		"GET bucket":    (*Server).getBucket,
		"PUT bucket":    (*Server).updateBucket,
		"DELETE bucket": (*Server).deleteBucket,
		"POST empty":    (*Server).emptyBucket,

		"POST object":   (*Server).upload,
		"PUT object":    (*Server).upload,
		"DELETE object": (*Server).delete,

		"GET info":           (*Server).info,
		"HEAD info":          (*Server).info,
		"GET authenticated":  (*Server).download,
		"HEAD authenticated": (*Server).download,

		"POST list":    (*Server).list,
		"POST list-v2": (*Server).listFlat,
		"POST move":    (*Server).move,
		"POST copy":    (*Server).copy,
		"POST sign":    (*Server).sign,
		"POST upload":  (*Server).signUpload,
	}
	open = map[string]func(*Server, http.ResponseWriter, *request) error{
		"GET status":  (*Server).status,
		"HEAD status": (*Server).status,
		"GET object":  (*Server).downloadAny,
		"HEAD object": (*Server).downloadAny,
		"GET public":  (*Server).downloadPublic,
		"HEAD public": (*Server).downloadPublic,
		"GET sign":    (*Server).downloadSigned,
		"HEAD sign":   (*Server).downloadSigned,
		"PUT upload":  (*Server).uploadSigned,
	}
)

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.cors(w, r) {
		return
	}
	if r.URL.Path == tusPath || strings.HasPrefix(r.URL.Path, tusPath+"/") {
		s.tus(w, r)
		return
	}
	err := s.serve(w, r)
	if err == nil {
		return
	}
	var f *fault
	if !errors.As(err, &f) {
		f = broken
		if r.Context().Err() == nil {
			s.log.LogAttrs(r.Context(), slog.LevelError, "storage request failed",
				slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Any("error", err))
		}
	}
	writeFault(w, r, f)
}

// serve finds the handler and runs it. Whatever it returns becomes the answer.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) (err error) {
	t, err := route(r.Method, r.URL.EscapedPath())
	if err != nil {
		return err
	}
	rq := &request{Request: r, target: t}
	handle, isOpen := open[t.op]
	if !isOpen {
		handle = handlers[t.op]
	}
	if handle == nil {
		return noRoute(w, r)
	}
	if t.bucket != "" {
		if err := checkBucket(t.bucket); err != nil {
			return err
		}
	}
	if !isOpen {
		if rq.caller, err = s.caller(r); err != nil {
			return err
		}
	}
	return handle(s, w, rq)
}

func (s *Server) status(http.ResponseWriter, *request) error { return nil }

// noRoute answers as Supabase's web framework does, with a number for once.
func noRoute(w http.ResponseWriter, r *http.Request) error {
	drain(w, r)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = fmt.Fprintf(w, `{"message":%q,"error":"Not Found","statusCode":404}`, "Route "+r.Method+":"+r.URL.EscapedPath()+" not found")
	return nil
}
