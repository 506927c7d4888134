package cli

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/webhook"
)

// webhookKey reads WEBHOOK_SECRET; nil means that webhooks are off.
func webhookKey(secret string) ([]byte, error) {
	if secret == "" {
		return nil, nil
	}
	key, err := webhook.ParseSecret(secret)
	if err != nil {
		return nil, fmt.Errorf("WEBHOOK_SECRET: %w: set it to whsec_ and the output of openssl rand -base64 32", err)
	}
	return key, nil
}

// webhookSecret makes one of a data directory's own secret, the same at every
// start.
func webhookSecret(secret []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("webhooks of pgcast up"))
	return "whsec_" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// postman delivers webhooks; nil when they are off.
func (h *house) postman() *webhook.Sender {
	if h.webhooks == nil {
		return nil
	}
	return webhook.New(webhook.Config{
		Deliveries: h.db, Key: h.webhooks, Private: h.config.WebhookOpen, Agent: "pgcast/" + h.env.Version,
		Log: h.log, Metrics: h.registry,
	})
}

// mayCall refuses a webhook that would never be delivered.
func (h *house) mayCall(w *job.Webhook) error {
	if w == nil {
		return nil
	}
	if h.webhooks == nil {
		return &job.SpecError{Pointer: "/webhook", Code: "not_supported", Detail: "webhooks are off in this deployment",
			Hint: "leave the field out; its operator turns them on with WEBHOOK_SECRET"}
	}
	if err := webhook.CheckURL(w.URL, h.config.WebhookOpen); err != nil {
		return &job.SpecError{Pointer: "/webhook/url", Code: "invalid_field", Detail: "the URL cannot be called: " + err.Error(),
			Hint: "write an https URL of a public host, such as https://example.com/hooks/pgcast"}
	}
	return nil
}
