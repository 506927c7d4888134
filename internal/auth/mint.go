package auth

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// Claims are what a token made here says.
type Claims struct {
	Role    string     // authenticated, service_role or anon
	User    job.UserID // of role authenticated; zero for the others
	Issuer  string     // SUPABASE_URL + /auth/v1
	Issued  time.Time
	Expires time.Time
}

// mintedClaims are the claims in the form of Supabase.
type mintedClaims struct {
	Role string `json:"role"`
	jwt.RegisteredClaims
}

// Mint makes a token signed with a project's secret, HS256: the anon key, the
// service role key, or the access token of a user of a local deployment.
func Mint(secret []byte, c Claims) (string, error) {
	if len(secret) == 0 {
		return "", errors.New("mint token: no secret")
	}
	m := mintedClaims{Role: c.Role, RegisteredClaims: jwt.RegisteredClaims{
		Issuer: c.Issuer, IssuedAt: jwt.NewNumericDate(c.Issued), ExpiresAt: jwt.NewNumericDate(c.Expires),
	}}
	if c.Role == RoleAuthenticated {
		m.Subject, m.Audience = c.User.String(), jwt.ClaimStrings{audience}
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, m).SignedString(secret)
	if err != nil {
		return "", fmt.Errorf("mint token: %w", err)
	}
	return token, nil
}
