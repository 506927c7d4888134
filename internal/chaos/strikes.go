package chaos

import (
	"context"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// longFreeze is how long a processor is frozen for others to take it for dead
// by its heartbeat alone: the lease is 30 s.
const longFreeze = 33 * time.Second

func between(random *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(random.Float64()*float64(most-least))
}

func (s *site) kill(ctx context.Context, random *rand.Rand) {
	if p := s.victim(ctx, random); p != nil {
		defer p.release()
		l := p.current()
		l.signal(syscall.SIGKILL)
		<-l.gone
	}
}

func (s *site) terminate(ctx context.Context, random *rand.Rand) {
	if p := s.victim(ctx, random); p != nil {
		defer p.release()
		s.fail(p.current().terminate())
	}
}

func (s *site) freezeShortly(ctx context.Context, random *rand.Rand) {
	s.freeze(ctx, random, between(random, time.Second, 6*time.Second))
}

func (s *site) freezePastLease(ctx context.Context, random *rand.Rand) {
	s.freeze(ctx, random, longFreeze)
}

func (s *site) freeze(ctx context.Context, random *rand.Rand, d time.Duration) {
	if p := s.victim(ctx, random); p != nil {
		defer p.release()
		p.current().freeze(ctx.Done(), d)
	}
}

func (s *site) restartPostgres(ctx context.Context, random *rand.Rand) {
	s.fail(s.postgres.restart(ctx, between(random, 0, 2*time.Second)))
}

// cutListen cuts connections that hold the lock of a processor's life: those
// that listen.
func (s *site) cutListen(ctx context.Context, random *rand.Rand) {
	s.cut(ctx, random, `select pid from pg_locks where locktype = 'advisory' and objsubid = 1 and granted order by pid`)
}

func (s *site) cutAny(ctx context.Context, random *rand.Rand) {
	s.cut(ctx, random, `select pid from pg_stat_activity where application_name like 'pgcast%' order by pid`)
}

// cut ends half of the connections that sql names, one at least.
func (s *site) cut(ctx context.Context, random *rand.Rand, sql string) {
	pids, err := query(ctx, s.postgres, pgx.RowTo[int32], sql)
	if err != nil || len(pids) == 0 {
		return // Postgres is down just now
	}
	random.Shuffle(len(pids), func(i, j int) { pids[i], pids[j] = pids[j], pids[i] })
	_, _ = query(ctx, s.postgres, pgx.RowTo[bool], `select pg_terminate_backend(unnest($1::int[]))`, pids[:(len(pids)+1)/2])
}

func (s *site) worsen(ctx context.Context, random *rand.Rand) {
	weather := weathers[random.IntN(len(weathers))]
	lasts := between(random, time.Second, 5*time.Second)
	if s.Duration > 2*time.Minute && random.IntN(8) == 0 {
		lasts *= 6 // longer than a completion may take
	}
	s.store.front.turn(weather, 0.2+0.6*random.Float64())
	wait(ctx.Done(), lasts)
	s.store.front.turn(fair, 0)
}

// holdRows is an operator who looks at running rows and takes a while.
func (s *site) holdRows(ctx context.Context, random *rand.Rand) {
	conn, err := s.postgres.connect(ctx)
	if err != nil {
		return
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `begin`); err != nil {
		return
	}
	if _, err := conn.Exec(ctx, `select from jobs where status in ('pending', 'processing') limit $1 for update skip locked`, 1+random.IntN(8)); err == nil {
		wait(ctx.Done(), between(random, 500*time.Millisecond, 4*time.Second))
	}
}
