package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// outputFlags are the options of `forecast` and `submit` about the result.
type outputFlags struct {
	file, format string
	quiet        bool
}

func (o *outputFlags) define(fs *flag.FlagSet) {
	fs.StringVar(&o.file, "o", "-", "output `FILE`, - for standard output")
	fs.StringVar(&o.format, "format", "csv", "csv or json")
	fs.BoolVar(&o.quiet, "quiet", false, "say nothing on standard error")
}

// check refuses what cannot become a result before any work is done.
func (o *outputFlags) check() error {
	if o.format != "csv" && o.format != "json" {
		return usageError{fmt.Sprintf("--format %q is neither csv nor json", o.format)}
	}
	if o.file == "-" {
		return nil
	}
	if info, err := os.Stat(o.file); err == nil && info.IsDir() {
		return usageError{fmt.Sprintf("-o %s is a directory", o.file)}
	}
	if info, err := os.Stat(filepath.Dir(o.file)); err != nil || !info.IsDir() {
		return usageError{fmt.Sprintf("-o %s: there is no directory %s", o.file, filepath.Dir(o.file))}
	}
	return nil
}

// save writes the result: a file appears whole or not at all. What is there
// and no plain file, such as /dev/null or a pipe, is written to as it is.
func (o *outputFlags) save(stdout io.Writer, write func(io.Writer) error) error {
	if o.file == "-" {
		return write(stdout)
	}
	path := o.file
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(file), file.Close())
	}
	part, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return err
	}
	err = write(part)
	if err = errors.Join(err, part.Chmod(0o644), part.Close()); err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		_ = os.Remove(part.Name())
	}
	return err
}
