package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pgcast/pgcast/forecast/modeltest"
)

// client is a user with a browser: HTTP with a token, and one websocket.
type client struct {
	url, token string
	ended      chan frame // jobs that ended, as the websocket tells
	socket     *websocket.Conn
}

type frame struct {
	Type string `json:"type"`
	Job  struct {
		ID     string `json:"job_id"`
		Status string `json:"status"`
	} `json:"job"`
}

func newClient(ctx context.Context, s *server) (*client, error) {
	token, err := accessToken(filepath.Join(s.dir, "data", "env"))
	if err != nil {
		return nil, err
	}
	c := &client{url: s.url, token: token, ended: make(chan frame, 100)}
	header := http.Header{"Authorization": {"Bearer " + token}}
	url := "ws" + strings.TrimPrefix(s.url, "http") + "/v1/ws"
	if c.socket, _, err = websocket.DefaultDialer.DialContext(ctx, url, header); err != nil {
		return nil, fmt.Errorf("dial %s: %w", url, err)
	}
	if err := c.socket.WriteJSON(map[string]any{"type": "subscribe", "id": 1, "all": true}); err != nil {
		return nil, err
	}
	go c.listen()
	return c, nil
}

func (c *client) close() { _ = c.socket.Close() }

func (c *client) listen() {
	for {
		var f frame
		if c.socket.ReadJSON(&f) != nil {
			return
		}
		if f.Type == "job" && (f.Job.Status == "completed" || f.Job.Status == "failed") {
			c.ended <- f
		}
	}
}

// roundTrip uploads a file with a forecast asked for and returns the
// milliseconds until the websocket says that it is completed.
func (c *client) roundTrip(ctx context.Context, file string) (float64, error) {
	body, contentType, err := form(file)
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/v1/upload", body)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	var created struct {
		JobID string `json:"job_id"`
	}
	text, _ := io.ReadAll(res.Body)
	if err := json.Unmarshal(text, &created); err != nil || res.StatusCode != http.StatusCreated {
		return 0, fmt.Errorf("upload: %s: %s", res.Status, text)
	}
	for {
		select {
		case f := <-c.ended:
			if f.Job.ID == created.JobID && f.Job.Status == "completed" {
				return float64(time.Since(begin).Microseconds()) / 1000, nil
			}
			if f.Job.ID == created.JobID {
				return 0, fmt.Errorf("job %s %s", f.Job.ID, f.Job.Status)
			}
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(time.Minute):
			return 0, fmt.Errorf("job %s did not end within a minute", created.JobID)
		}
	}
}

func form(file string) (io.Reader, string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, "", err
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", filepath.Base(file))
	if err != nil {
		return nil, "", err
	}
	_, _ = part.Write(text)
	_ = w.WriteField("forecast", "{}")
	return &body, w.FormDataContentType(), w.Close()
}

// accessToken reads the local user's token from the file that `up` writes.
func accessToken(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(string(text), "PGCAST_ACCESS_TOKEN=")
	token, _, _ := strings.Cut(rest, "\n")
	return strings.Trim(token, "'"), nil
}

// airPassengers is the file every figure is measured on.
func airPassengers() string {
	var text strings.Builder
	text.WriteString("month,passengers\n")
	for i, v := range modeltest.AirPassengers() {
		fmt.Fprintf(&text, "%d-%02d,%g\n", 1949+i/12, i%12+1, v)
	}
	return text.String()
}
