package auth

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// ErrNotLocal is why a request may not have the local user's token; what wraps
// it says which rule it broke.
var ErrNotLocal = errors.New("auth: not a request of this machine's own page")

// LocalRequest is what [MayHaveLocalToken] looks at in a request.
type LocalRequest struct {
	Loopback bool                       // the server listens on a loopback address only
	Host     string                     // the Host header, as sent
	Header   func(name string) []string // every value of a header as sent, empty ones too; nil when there is none
}

// forwarding are the headers that proxies, tunnels and load balancers leave on
// what they pass on. A tunnel connects from loopback, so the address of the
// peer says nothing.
var forwarding = []string{
	"Forwarded", "Via", "X-Real-IP",
	"X-Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port",
	"X-Forwarded-Server", "X-Forwarded-Scheme", "X-Forwarded-Ssl", "X-Forwarded-Prefix", "X-Forwarded-By",
	"X-Forwarded-Uri", "X-Forwarded-Path", "X-Forwarded-Method", "X-Forwarded-User", "X-Forwarded-Email",
	"X-Forwarded-Access-Token", "X-Forwarded-Client-Cert", "Forwarded-For", "X-Original-Forwarded-For",
	"X-Original-Host", "X-Original-URL", "X-Rewrite-URL", "X-Host",
	"X-Client-IP", "X-Cluster-Client-IP", "X-ProxyUser-IP", "Proxy-Client-IP", "WL-Proxy-Client-IP",
	"True-Client-IP", "CF-Connecting-IP", "CF-Ray", "CDN-Loop", "Fastly-Client-IP", "Fly-Client-IP",
	"X-Azure-ClientIP", "X-Amzn-Trace-Id", "X-Envoy-External-Address", "X-Cloud-Trace-Context",
	"X-Request-Start", "Tailscale-User-Login", "X-Appengine-User-IP", "X-Vercel-Forwarded-For",
}

// MayHaveLocalToken decides whether `pgcast up` gives its local user's token to
// a request. It returns nil, or [ErrNotLocal] with the reason.
//
// The Host rule defeats DNS rebinding: a page of elsewhere whose name was made
// to point here still sends its own name. The Origin and Sec-Fetch-Site rules
// keep out pages of other origins, other ports of this machine included. The
// forwarding rule keeps out whoever comes through a proxy or a tunnel.
//
// A header counts when it is there, also empty, and with each of its values: a
// proxy may add its own line behind one that the client made up.
func MayHaveLocalToken(r LocalRequest) error {
	if !r.Loopback {
		return notLocal("the server listens beyond loopback")
	}
	if !isLocalHost(r.Host) {
		return notLocal("Host is %q", r.Host)
	}
	for _, origin := range r.Header("Origin") {
		if !strings.EqualFold(origin, "http://"+r.Host) {
			return notLocal("Origin is %q", origin)
		}
	}
	for _, site := range r.Header("Sec-Fetch-Site") {
		if site != "same-origin" && site != "none" {
			return notLocal("Sec-Fetch-Site is %q", site)
		}
	}
	for _, name := range forwarding {
		if len(r.Header(name)) > 0 {
			return notLocal("%s is present", name)
		}
	}
	return nil
}

func notLocal(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrNotLocal, fmt.Sprintf(format, args...))
}

// isLocalHost reports whether a Host header names this machine itself:
// localhost, 127.0.0.1 or [::1], with or without a port.
func isLocalHost(host string) bool {
	name := host
	if h, port, err := net.SplitHostPort(host); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return false
		}
		name = h
		if strings.HasPrefix(host, "[") {
			name = "[" + h + "]"
		}
	}
	return strings.EqualFold(name, "localhost") || name == "127.0.0.1" || name == "[::1]"
}
