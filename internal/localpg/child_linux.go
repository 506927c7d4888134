package localpg

import "syscall"

// serverAttr puts the server in a session of its own, where the terminal's
// Ctrl-C does not reach it, and has the kernel send it deathSignal when the
// thread that started it is gone.
func serverAttr(a account, deathSignal syscall.Signal) *syscall.SysProcAttr {
	attr := toolAttr(a)
	attr.Pdeathsig = deathSignal
	return attr
}

// toolAttr is for programs that end by themselves.
func toolAttr(a account) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if a.other() {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attr
}
