package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// secretPrefix marks a secret in the form of Standard Webhooks.
const secretPrefix = "whsec_"

// leastSecret is the shortest key that is taken, in bytes.
const leastSecret = 8

// ParseSecret reads a secret: "whsec_" and base64, or any other text, which is
// taken as it stands.
func ParseSecret(text string) ([]byte, error) {
	key := []byte(text)
	if encoded, marked := strings.CutPrefix(text, secretPrefix); marked {
		var err error
		if key, err = base64.StdEncoding.DecodeString(encoded); err != nil {
			return nil, errors.New("webhook: what follows whsec_ is not base64")
		}
	}
	if len(key) < leastSecret {
		return nil, fmt.Errorf("webhook: a secret of %d bytes is too short, at least %d", len(key), leastSecret)
	}
	return key, nil
}

// Sign returns the value of the header webhook-signature.
func Sign(key []byte, id string, at time.Time, body string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "." + body))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
