package main

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// batch is a file of series that one call of pgcast can forecast: one
// frequency, one horizon, dates or counted rows.
type batch struct {
	file            string
	period, horizon string
	counted         bool // the series have no calendar
}

// split sorts the training series into files, in the order of the file.
func split(m3, dir string) ([]batch, error) {
	meta, err := catalogue(filepath.Join(m3, "meta.csv"))
	if err != nil {
		return nil, err
	}
	var files []batch
	var opened []*os.File
	defer func() {
		for _, out := range opened {
			_ = out.Close() // written: Flush tells
		}
	}()
	writers := map[batch]*csv.Writer{}
	err = training(m3, func(row []string) error {
		m := meta[row[0]]
		p := batch{period: m["period"], horizon: m["horizon"], counted: m["ds_kind"] == "index"}
		p.file = filepath.Join(dir, fmt.Sprintf("%s-%s-%s-%v.csv", m["group"], p.period, p.horizon, p.counted))
		if writers[p] == nil {
			out, err := os.Create(p.file)
			if err != nil {
				return err
			}
			opened = append(opened, out)
			writers[p] = csv.NewWriter(out)
			_ = writers[p].Write([]string{"unique_id", "ds", "y"})
			files = append(files, p)
		}
		return writers[p].Write(row)
	})
	if err != nil {
		return nil, err
	}
	for _, w := range writers {
		w.Flush()
		if err := w.Error(); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// training calls do with every row of the training parts: id, time, value.
func training(m3 string, do func(row []string) error) error {
	file, err := os.Open(filepath.Join(m3, "train.csv.gz"))
	if err != nil {
		return err
	}
	defer file.Close()
	text, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	rows := csv.NewReader(text)
	if _, err := rows.Read(); err != nil { // the header
		return err
	}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = do(row)
		}
		if err != nil {
			return err
		}
	}
}

// catalogue reads the table of series, by id.
func catalogue(path string) (map[string]map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w (the data lie beside the clone; see -shared)", err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, err
	}
	all := map[string]map[string]string{}
	for _, row := range rows[1:] {
		fields := map[string]string{}
		for i, name := range rows[0] {
			fields[name] = row[i]
		}
		all[fields["unique_id"]] = fields
	}
	return all, nil
}

// forecast runs pgcast on the part and returns its output and processor time.
func (p batch) forecast(ctx context.Context, binary, model string) ([]byte, time.Duration, error) {
	args := []string{"forecast", p.file, "--quiet", "--target", "y", "--id", "unique_id",
		"--season", p.period, "--horizon", p.horizon, "--model", model}
	if p.counted {
		request := p.file + ".json"
		if err := os.WriteFile(request, []byte(`{"time_column": []}`), 0o600); err != nil {
			return nil, 0, err
		}
		args = append(args, "--request", request)
	} else {
		args = append(args, "--time", "ds")
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, 0, fmt.Errorf("forecast %s: %w", filepath.Base(p.file), err)
	}
	return out, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}
