package webhook

import (
	"testing"
	"time"
)

// The vector of the Standard Webhooks libraries (standard-webhooks: the tests of
// the JavaScript library, "sign function works").
func TestSignaturesAreThoseOfStandardWebhooks(t *testing.T) {
	t.Parallel()
	key, err := ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := Sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), `{"test": 2432232314}`)
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signed %s, want %s", got, want)
	}
}

func TestSecretsAreTakenInBothForms(t *testing.T) {
	t.Parallel()
	if key, err := ParseSecret("correct horse battery staple"); err != nil || string(key) != "correct horse battery staple" {
		t.Errorf("a plain text: %q, %v", key, err)
	}
	for _, text := range []string{"short", "whsec_", "whsec_not base64!", "whsec_c2hvcnQ="} {
		if _, err := ParseSecret(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
