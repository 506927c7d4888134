package localpg

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// A holding is the exclusive right to run a server on a directory. The kernel
// takes it back when its process ends, however it ends: so who holds a
// directory knows that any server found in it was left behind.
type holding struct {
	dir *os.File
}

func hold(dir string) (*holding, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case err == nil:
		return &holding{dir: f}, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		err = ErrInUse
	default:
		err = fmt.Errorf("lock the directory: %w", err)
	}
	f.Close()
	return nil, err
}

// release gives the directory back. It unlocks before it closes: a child that
// is being started at this moment has a copy of the descriptor for an instant,
// and would keep the lock.
func (h *holding) release() {
	_ = syscall.Flock(int(h.dir.Fd()), syscall.LOCK_UN)
	h.dir.Close()
}
