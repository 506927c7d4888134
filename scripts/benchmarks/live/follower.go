package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gorilla/websocket"
)

// follower is a client of /v1/ws that comes back with its cursor.
type follower struct {
	user   user
	random *rand.Rand

	cursor     string
	first      int64 // the version it began with
	newest     int64
	told       []step
	misordered int
	repeated   int
	resets     int
}

// step is a change of status of the one job.
type step struct {
	version int64
	status  string
}

func newFollower(u user, random *rand.Rand) *follower { return &follower{user: u, random: random} }

// wander connects so many times to one of the ports, and is cut at random.
func (f *follower) wander(ctx context.Context, ports []int, cuts int) error {
	for n := 0; n < cuts && ctx.Err() == nil; n++ {
		ws, err := f.connect(ctx, ports[f.random.IntN(len(ports))])
		if err != nil { // that one is dead just now
			pause(ctx, 50*time.Millisecond)
			n--
			continue
		}
		until := time.Now().Add(time.Duration(20+f.random.IntN(600)) * time.Millisecond)
		for time.Now().Before(until) && f.next(ws, until) == nil {
		}
		_ = ws.Close()
	}
	return ctx.Err()
}

func (f *follower) connect(ctx context.Context, port int) (*websocket.Conn, error) {
	ws, _, err := websocket.DefaultDialer.DialContext(ctx, fmt.Sprintf("ws://127.0.0.1:%d/%s", port, socket),
		map[string][]string{"Authorization": {"Bearer " + f.user.token}})
	if err != nil {
		return nil, err
	}
	ask := map[string]any{"type": "subscribe", "id": 1, "all": true}
	if f.cursor != "" {
		ask["cursor"] = f.cursor
	}
	if err := ws.WriteJSON(ask); err != nil {
		_ = ws.Close()
		return nil, err
	}
	return ws, nil
}

// next reads one frame.
func (f *follower) next(ws *websocket.Conn, until time.Time) error {
	_ = ws.SetReadDeadline(until)
	_, text, err := ws.ReadMessage()
	if err != nil {
		return err
	}
	var frame struct {
		Type, Cursor string
		Job          row
		Jobs         []row
	}
	if err := json.Unmarshal(text, &frame); err != nil {
		return err
	}
	switch frame.Type {
	case "snapshot":
		for _, r := range frame.Jobs {
			if f.cursor == "" { // nothing was promised before
				f.first, f.newest, f.told = r.Version, r.Version, nil
			}
		}
	case "reset":
		f.resets++
	case "job":
		f.take(step{frame.Job.Version, frame.Job.Status})
	}
	if frame.Cursor != "" {
		f.cursor = frame.Cursor
	}
	return nil
}

type row struct {
	Version int64
	Status  string
}

// take notes a change. One that the client was told before, maybe on another
// connection, it drops by its version.
func (f *follower) take(s step) {
	switch {
	case s.version > f.newest:
		f.newest = s.version
		f.told = append(f.told, s)
	case s.version <= f.first || slices.Contains(f.told, s):
		f.repeated++
	default:
		f.misordered++
	}
}

// catchUp stays connected until the newest version is known.
func (f *follower) catchUp(ctx context.Context, port int, h *house) error {
	var version int64
	if err := h.pool.QueryRow(ctx, `select version from jobs where id = $1::text::uuid`, f.user.job).Scan(&version); err != nil {
		return err
	}
	ws, err := f.connect(ctx, port)
	if err != nil {
		return err
	}
	defer ws.Close()
	until := time.Now().Add(10 * time.Second)
	for f.newest < version && f.next(ws, until) == nil {
	}
	return nil
}
