// Package auth knows who asks: it verifies Supabase access tokens, makes the
// tokens of a local deployment, and decides which requests may have one.
//
// Which algorithm a token may use depends on the kind of key it is checked
// with, never on the token alone: HS256 goes to the project's legacy secret,
// RS256, ES256 and EdDSA go to the project's published keys, and no other
// algorithm is looked at. So a public key can never serve as a secret.
package auth
