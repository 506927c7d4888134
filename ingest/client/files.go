package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
)

// File opens a file of a job: input.csv, output.json, forecast.csv or
// forecast.png; results are those of the newest completed run.
func (c *Client) File(ctx context.Context, jobID, name string) (io.ReadCloser, error) {
	return c.open(ctx, "/v1/jobs/"+url.PathEscape(jobID)+"/files/"+url.PathEscape(name))
}

// Result opens output.json of one run, or only the series that are named.
func (c *Client) Result(ctx context.Context, forecastID string, series ...string) (io.ReadCloser, error) {
	path := "/v1/forecast/" + url.PathEscape(forecastID)
	if len(series) > 0 {
		path += "?" + url.Values{"series": series}.Encode()
	}
	return c.open(ctx, path)
}

func (c *Client) open(ctx context.Context, path string) (io.ReadCloser, error) {
	res, err := c.send(ctx, call{method: http.MethodGet, path: path, again: true})
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}
