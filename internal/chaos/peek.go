package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// peek looks into the bucket past the front, at any path: the keys of package
// storage are those pgcast itself may use.
type peek struct{ url string }

// names lists a folder.
func (p peek) names(ctx context.Context, folder string) ([]string, error) {
	question, err := json.Marshal(map[string]any{"prefix": folder, "limit": 1000})
	if err != nil {
		return nil, err
	}
	text, _, err := p.call(ctx, http.MethodPost, "/object/list/"+bucketName, question)
	if err != nil {
		return nil, err
	}
	var entries []struct{ Name string }
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, fmt.Errorf("list %s: %w: %s", folder, err, text)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return names, nil
}

// read returns an object; one that went away between the list and now is
// empty, which no checksum is of.
func (p peek) read(ctx context.Context, path string) ([]byte, error) {
	text, status, err := p.call(ctx, http.MethodGet, "/object/"+bucketName+"/"+path, nil)
	if status != http.StatusOK {
		return nil, err
	}
	return text, err
}

func (p peek) call(ctx context.Context, method, path string, body []byte) (text []byte, status int, err error) {
	r, err := http.NewRequestWithContext(ctx, method, p.url+"/storage/v1"+path, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	r.Header.Set("Authorization", "Bearer "+serviceKey)
	r.Header.Set("apikey", serviceKey)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	text, err = io.ReadAll(res.Body)
	return text, res.StatusCode, err
}
