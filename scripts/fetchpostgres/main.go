// Command fetchpostgres makes sure that there is a Postgres server pgcast can
// run, downloading one where none is installed, and prints its directory.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/pgcast/pgcast/internal/localpg"
)

func main() {
	dir, err := localpg.Find(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgcast:", err)
		os.Exit(1)
	}
	fmt.Println(dir)
}
