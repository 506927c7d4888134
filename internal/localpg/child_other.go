//go:build unix && !linux

package localpg

import "syscall"

// serverAttr puts the server in a session of its own, where the terminal's
// Ctrl-C does not reach it. There is no deathSignal here: when its starter is
// killed, the server stays until the next Start stops it.
func serverAttr(a account, _ syscall.Signal) *syscall.SysProcAttr { return toolAttr(a) }

func toolAttr(a account) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	if a.other() {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attr
}
