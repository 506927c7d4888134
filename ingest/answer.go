package ingest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/internal/job"
)

// links are the addresses that go on from a job.
type links struct {
	Self      string `json:"self"`
	Forecast  string `json:"forecast"`
	Events    string `json:"events"`
	Cancel    string `json:"cancel"`
	Reprocess string `json:"reprocess"`
	Result    string `json:"result,omitempty"` // of the newest run asked for
	Files     string `json:"files,omitempty"`  // folder of the files, once there are results
}

func linksOf(j job.Job) links {
	self := "/v1/jobs/" + j.ID.String()
	l := links{Self: self, Forecast: "/v1/forecast", Events: self + "/events", Cancel: self + "/cancel", Reprocess: self + "/reprocess"}
	if j.ForecastID != "" {
		l.Result = "/v1/forecast/" + j.ForecastID
	}
	if j.OutputPath != "" {
		l.Files = self + "/files/"
	}
	return l
}

// jobAnswer is the job resource.
type jobAnswer struct {
	job.Job
	Resolved any   `json:"resolved,omitempty"` // the request with every open field filled in
	Links    links `json:"links"`
}

// detailAnswer is the job resource with its wide columns.
type detailAnswer struct {
	job.Detail
	Links links `json:"links"`
}

func answer(c *fiber.Ctx, status int, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return send(c, status, text)
}

// send answers with JSON.
func send(c *fiber.Ctx, status int, text []byte) error {
	c.Status(status)
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(text)
}

// accepted answers with a job that will go on by itself.
func accepted(c *fiber.Ctx, j job.Job, text []byte) error {
	follow(c, j)
	return send(c, fiber.StatusAccepted, text)
}

// follow says where and when to look again.
func follow(c *fiber.Ctx, j job.Job) {
	c.Set(fiber.HeaderLocation, linksOf(j).Self)
	if !j.Status.Terminal() {
		c.Set(fiber.HeaderRetryAfter, retryAfter(sinceUpdate(j)))
	}
}

func sinceUpdate(j job.Job) time.Duration { return time.Since(j.UpdatedAt) }

// retryAfter grows with the time in which nothing happened, from 1 to 15 s.
func retryAfter(quiet time.Duration) string {
	seconds := int(quiet.Seconds() / 2)
	return strconv.Itoa(min(max(seconds, 1), 15))
}
