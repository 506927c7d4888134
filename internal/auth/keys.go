package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"
)

// publicMethods are the algorithms that go with a published key.
var publicMethods = []string{
	jwt.SigningMethodRS256.Alg(), jwt.SigningMethodES256.Alg(), jwt.SigningMethodEdDSA.Alg(),
}

const (
	// refreshEvery is how old keys can be. Supabase lets caches keep them for
	// so long, and a rotated key stays in the set for longer.
	refreshEvery = 10 * time.Minute

	// refetchEvery is how often a kid that nobody knows may make us ask again.
	refetchEvery = 30 * time.Second

	// fetchTimeout bounds one fetch, and how long a request waits for it.
	fetchTimeout = 5 * time.Second
)

// keys are the published keys of a project.
type keys struct {
	url     string
	set     keyfunc.Keyfunc
	storage jwkset.Storage
	stop    context.CancelFunc
}

// fetchKeys fetches the keys and goes on doing so. A fetch that fails leaves
// those that are there, and is told at the level missed.
func fetchKeys(url string, log *slog.Logger, missed slog.Level) (*keys, error) {
	ctx, stop := context.WithCancel(context.Background())
	set, err := keyfunc.NewDefaultOverrideCtx(ctx, []string{url}, keyfunc.Override{
		Client:            &http.Client{Timeout: fetchTimeout},
		HTTPTimeout:       fetchTimeout,
		RateLimitWaitMax:  fetchTimeout,
		RefreshInterval:   refreshEvery,
		RefreshUnknownKID: rate.NewLimiter(rate.Every(refetchEvery), 1),
		RefreshErrorHandlerFunc: func(url string) func(context.Context, error) {
			return func(ctx context.Context, err error) {
				if !errors.Is(err, context.Canceled) {
					log.Log(ctx, missed, "signing keys not fetched", "url", url, "error", err)
				}
			}
		},
	})
	if err != nil {
		stop()
		return nil, fmt.Errorf("auth: signing keys at %q: %w", url, err)
	}
	return &keys{url: url, set: set, storage: set.Storage(), stop: stop}, nil
}

// public returns the key that a token names. A token that names none is
// refused: every key of Supabase has a kid.
func (k *keys) public(ctx context.Context, t *jwt.Token) (any, error) {
	if kid, ok := t.Header["kid"].(string); !ok || kid == "" {
		return nil, errors.New("it names no key")
	}
	key, err := k.set.KeyfuncCtx(ctx)(t)
	if err == nil {
		return key, nil
	}
	if known, readErr := k.storage.KeyReadAll(ctx); readErr != nil || len(known) == 0 {
		return nil, fmt.Errorf("%w: none at %s", ErrKeysUnavailable, k.url)
	}
	return nil, err
}
