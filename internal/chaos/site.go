package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/internal/job"
)

// site is the deployment and everything that is known about it.
type site struct {
	Config
	postgres   *postgres
	store      *store
	door       *db.DB // as the HTTP API uses it
	processors []*process
	users      []job.UserID

	mu       sync.Mutex
	struck   map[string]int
	answers  []answer // what the operator and the users were told
	failures []string // what cannot go on, and what did not end in good order
}

// open starts everything.
func open(ctx context.Context, c Config) (_ *site, err error) {
	s := &site{Config: c, struck: map[string]int{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.postgres, err = openPostgres(ctx, c.Dir); err != nil {
		return nil, err
	}
	if err = db.Shim(ctx, s.postgres.url); err != nil {
		return nil, err
	}
	if err = db.Migrate(ctx, s.postgres.url, nil); err != nil {
		return nil, err
	}
	if err = record(ctx, s.postgres); err != nil {
		return nil, err
	}
	if s.store, err = openStore(c.Dir, s.random("storage")); err != nil {
		return nil, err
	}
	if err = s.store.bucket.Ensure(ctx); err != nil {
		return nil, err
	}
	if s.door, err = db.Open(ctx, s.postgres.url, db.Options{AppName: operator}); err != nil {
		return nil, err
	}
	random := s.random("users")
	for range 5 {
		s.users = append(s.users, job.UserID{UUID: uuid.Must(uuid.NewRandomFromReader(bytesOf{random}))})
	}
	return s, s.startProcessors()
}

func (s *site) startProcessors() error {
	env := []string{
		"DATABASE_URL=" + s.postgres.url, "DATABASE_LISTEN_URL=", "SUPABASE_URL=" + s.store.url, "SUPABASE_SERVICE_ROLE_KEY=" + serviceKey,
		"SUPABASE_JWT_SECRET=" + jwtSecret, fmt.Sprintf("PROCESSOR_SLOTS=%d", slots), "GOMAXPROCS=2",
	}
	random := s.random("processors")
	for i := range s.Config.Processors {
		p, err := startProcess(s.Config, fmt.Sprintf("processor-%d", i), env, random)
		if err != nil {
			return err
		}
		s.processors = append(s.processors, p)
	}
	return nil
}

// close stops everything. Whatever has not been started is passed over.
func (s *site) close() error {
	err := s.stopProcessors()
	if s.door != nil {
		s.door.Close()
	}
	if s.store != nil {
		err = errors.Join(err, s.store.close())
	}
	if s.postgres != nil {
		err = errors.Join(err, s.postgres.stop())
	}
	return err
}

func (s *site) stopProcessors() error {
	ends := make([]error, len(s.processors))
	var all sync.WaitGroup
	for i, p := range s.processors {
		all.Go(func() { ends[i] = p.close() })
	}
	all.Wait()
	return errors.Join(ends...)
}

// random is the source of everything that happens by one name.
func (s *site) random(name string) *rand.Rand {
	var salt uint64
	for _, b := range []byte(name) {
		salt = salt*131 + uint64(b)
	}
	return rand.New(rand.NewPCG(s.Seed, salt))
}

func (s *site) count(strike string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.struck[strike]++
}

func (s *site) fail(err error) {
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.failures = append(s.failures, err.Error())
	}
}

// owner is the process that holds some running job, nil when none is known.
func (s *site) owner(ctx context.Context, random *rand.Rand) *process {
	holders, err := query(ctx, s.postgres, pgx.RowTo[string],
		`select claimed_by from jobs where status = 'processing' and claimed_by is not null order by id`)
	if err != nil || len(holders) == 0 {
		return nil
	}
	holder := holders[random.IntN(len(holders))]
	for _, p := range s.processors {
		if p.current().journal.processor() == holder {
			return p
		}
	}
	return nil
}

// victim is a reserved process: most often one that holds a job, else any.
func (s *site) victim(ctx context.Context, random *rand.Rand) *process {
	if random.Float64() < 0.8 {
		if p := s.owner(ctx, random); p != nil && p.reserve() {
			return p
		}
	}
	for _, i := range random.Perm(len(s.processors)) {
		if p := s.processors[i]; p.reserve() {
			return p
		}
	}
	return nil
}

// bytesOf makes bytes of random numbers.
type bytesOf struct{ *rand.Rand }

func (b bytesOf) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b.Uint32())
	}
	return len(p), nil
}
