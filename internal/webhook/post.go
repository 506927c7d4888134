package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// maxAnswerBytes is how much of an answer is read, to be polite. None is kept.
const maxAnswerBytes = 64 << 10

// newClient makes a client that goes nowhere but where it was sent. Connections
// are not kept: the next delivery goes elsewhere, and dialing is the check.
func newClient(private bool) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	if !private {
		dialer.Control = guard
	}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            dialer.DialContext,
			DisableKeepAlives:      true,
			DisableCompression:     true,
			TLSHandshakeTimeout:    5 * time.Second,
			MaxResponseHeaderBytes: maxAnswerBytes,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// post makes one attempt.
func (s *Sender) post(ctx context.Context, d job.Delivery) job.Tried {
	tried := job.Tried{Delivery: d}
	if err := CheckURL(d.URL, s.config.Private); err != nil {
		tried.Problem, tried.Final = "the URL cannot be called: "+err.Error(), true
		return tried
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, strings.NewReader(d.Payload))
	if err != nil {
		tried.Problem, tried.Final = "the URL cannot be called", true
		return tried
	}
	now := time.Now()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", s.config.Agent)
	req.Header.Set("Webhook-Id", d.ID.String())
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("Webhook-Signature", Sign(s.config.Key, d.ID.String(), now, d.Payload))
	resp, err := s.client.Do(req)
	if err != nil {
		tried.Problem, tried.Final = unanswered(err)
		return tried
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswerBytes) // what it says is of no interest
	tried.Response = resp.StatusCode
	tried.Problem, tried.Final = judge(resp.StatusCode)
	return tried
}

// judge reads an answer by its status.
func judge(status int) (problem string, final bool) {
	switch {
	case status/100 == 2:
		return "", false
	case status/100 == 3:
		return fmt.Sprintf("it answered %d: redirects are not followed", status), true
	case status == http.StatusGone:
		return "it answered 410: it does not want to be told", true
	}
	return fmt.Sprintf("it answered %d", status), false
}

// unanswered tells why there was no answer. It names no address: the user who
// reads it must not learn the network from it.
func unanswered(err error) (problem string, final bool) {
	var dns *net.DNSError
	switch {
	case errors.Is(err, ErrForbidden):
		return "its host is not at a public address", true
	case errors.As(err, &dns):
		return "its host name is not known", false
	case errors.Is(err, context.DeadlineExceeded):
		return "it did not answer in time", false
	case strings.Contains(err.Error(), "tls:"), strings.Contains(err.Error(), "x509:"):
		return "its certificate is not good, or it speaks no TLS", false
	}
	return "it could not be reached", false
}
