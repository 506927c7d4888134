package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/pgcast/pgcast/dataset"
)

// read runs one reader over a file.
func read(reader, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	switch reader {
	case "idle":
		return nil
	case "profile":
		p, err := dataset.Scan(context.Background(), f, dataset.DefaultLimits)
		if err != nil {
			return err
		}
		if len(p.NeedsChoice) > 0 || len(p.SeriesID) != 1 || p.Frequency == nil || *p.Frequency != "h" || p.DuplicateKeys > 0 {
			return fmt.Errorf("the profile is wrong: ids %v, %d series, asks %v", p.SeriesID, p.NSeries, p.NeedsChoice)
		}
		return nil
	case "standard":
		return standard(f)
	}
	return fmt.Errorf("no reader %q", reader)
}

// standard is what a program does that knows the file: the standard library's
// record reader and parsers, and a sum.
func standard(f io.Reader) error {
	r := csv.NewReader(f)
	r.ReuseRecord = true
	if _, err := r.Read(); err != nil {
		return err
	}
	sum, rows := 0.0, 0
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if _, err := time.Parse("2006-01-02 15:04:05", row[1]); err != nil {
			return err
		}
		y, err := strconv.ParseFloat(row[2], 64)
		if err != nil {
			return err
		}
		sum += y
		rows++
	}
	if rows == 0 || sum == 0 {
		return errors.New("no rows")
	}
	return nil
}
