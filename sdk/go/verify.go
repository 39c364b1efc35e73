package letmepost

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	webhookTolerance = 5 * time.Minute
	secretPrefix     = "whsec_"
	// More digits are no moment of ours.
	timestampDigits = 12
)

// Why a webhook is not to be trusted.
const (
	ReasonMissingHeader           = "missing_header"
	ReasonMalformedTimestamp      = "malformed_timestamp"
	ReasonTimestampOutOfTolerance = "timestamp_out_of_tolerance"
	ReasonInvalidSecret           = "invalid_secret"
	ReasonNoMatchingSignature     = "no_matching_signature"
	ReasonMalformedBody           = "malformed_body"
)

var reasons = map[string]string{
	ReasonMissingHeader:           "the headers hold no signature, or not all of it",
	ReasonMalformedTimestamp:      "the timestamp is not a number of seconds",
	ReasonTimestampOutOfTolerance: "the timestamp is too far from now",
	ReasonInvalidSecret:           "the secret is not whsec_ and base64",
	ReasonNoMatchingSignature:     "no signature is of this body and secret",
	ReasonMalformedBody:           "the body is signed, and is no event",
}

// WebhookVerificationError is a webhook that is not to be trusted.
type WebhookVerificationError struct {
	// One of the constants above, such as ReasonNoMatchingSignature.
	Reason string
}

// Error says why.
func (e *WebhookVerificationError) Error() string { return "letmepost: webhook: " + reasons[e.Reason] }

// ReceivedWebhook is a webhook as it came. Give Header, or Signature alone.
type ReceivedWebhook struct {
	// The body as it came, before anything has parsed it.
	Body []byte
	// All headers. The strongest of the three signatures that is there is checked.
	Header http.Header
	// The value of X-Letmepost-Signature-V1, or of X-Letmepost-Signature: "sha256=" and hex, or the
	// hex alone. These hold no time, so they do not tell a request that is sent again.
	Signature string
	// The SigningSecret of the endpoint, as it was shown.
	Secret string
	// More secrets that are good, while one is replaced.
	MoreSecrets []string
	// How far from now the time of the signature may be; 5 minutes without it.
	Tolerance time.Duration
	// The time to measure from; now without it.
	Now time.Time
}

// claim is what the headers say was signed, and the signatures that would do.
type claim struct {
	key        func(secret string) ([]byte, error)
	prefix     string
	signatures [][]byte
	// Whether the signature holds a time, and which.
	isDated   bool
	timestamp string
}

// VerifyWebhook gives the event of a webhook that is genuine. Any other is a
// *WebhookVerificationError.
func VerifyWebhook(received ReceivedWebhook) (*Event, error) {
	claimed, err := claimOf(received)
	if err != nil {
		return nil, err
	}
	if claimed.isDated {
		if err := checkTime(claimed.timestamp, received); err != nil {
			return nil, err
		}
	}
	isSigned := false
	for _, secret := range append([]string{received.Secret}, received.MoreSecrets...) {
		key, err := claimed.key(secret)
		if err != nil {
			return nil, err
		}
		isSigned = claimed.isSignedWith(key, received.Body) || isSigned
	}
	if !isSigned {
		return nil, &WebhookVerificationError{ReasonNoMatchingSignature}
	}
	var event *Event
	if err := json.Unmarshal(received.Body, &event); err != nil || event == nil {
		return nil, &WebhookVerificationError{ReasonMalformedBody}
	}
	return event, nil
}

// VerifyWebhookSignature tells whether a webhook is genuine.
func VerifyWebhookSignature(received ReceivedWebhook) bool {
	_, err := VerifyWebhook(received)
	return err == nil
}

func checkTime(timestamp string, received ReceivedWebhook) error {
	seconds, err := strconv.ParseUint(timestamp, 10, 63)
	if err != nil || len(timestamp) > timestampDigits {
		return &WebhookVerificationError{ReasonMalformedTimestamp}
	}
	tolerance, now := received.Tolerance, received.Now
	if tolerance == 0 {
		tolerance = webhookTolerance
	}
	if now.IsZero() {
		now = time.Now()
	}
	apart := now.Sub(time.Unix(int64(seconds), 0))
	if apart > tolerance || apart < -tolerance {
		return &WebhookVerificationError{ReasonTimestampOutOfTolerance}
	}
	return nil
}

func (c claim) isSignedWith(key, body []byte) bool {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(c.prefix))
	mac.Write(body)
	expected := mac.Sum(nil)
	for _, signature := range c.signatures {
		if hmac.Equal(signature, expected) {
			return true
		}
	}
	return false
}

func claimOf(received ReceivedWebhook) (claim, error) {
	header := received.Header
	if signature := received.Signature; signature != "" {
		return datedOrNot(signature), nil
	}
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	if signatures := header.Get("webhook-signature"); signatures != "" {
		if id == "" || timestamp == "" {
			return claim{}, &WebhookVerificationError{ReasonMissingHeader}
		}
		return standardClaim(id, timestamp, signatures), nil
	}
	for _, name := range []string{"X-Letmepost-Signature-V1", "X-Letmepost-Signature"} {
		if signature := header.Get(name); signature != "" {
			return datedOrNot(signature), nil
		}
	}
	return claim{}, &WebhookVerificationError{ReasonMissingHeader}
}

func standardClaim(id, timestamp, signatures string) claim {
	made := claim{
		key: decodedSecret, prefix: id + "." + timestamp + ".", isDated: true, timestamp: timestamp,
	}
	for _, each := range strings.Fields(signatures) {
		if !strings.HasPrefix(each, "v1,") {
			continue
		}
		if signature, err := base64.StdEncoding.DecodeString(each[len("v1,"):]); err == nil {
			made.signatures = append(made.signatures, signature)
		}
	}
	return made
}

func datedOrNot(value string) claim {
	if !strings.Contains(value, "t=") {
		made := claim{key: wholeSecret}
		made.add(strings.TrimPrefix(strings.TrimSpace(value), "sha256="))
		return made
	}
	made := claim{key: wholeSecret, isDated: true}
	for _, part := range strings.Split(value, ",") {
		name, text, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			made.timestamp, made.prefix = text, text+"."
		case "v1":
			made.add(text)
		}
	}
	return made
}

func (c *claim) add(digits string) {
	if signature, err := hex.DecodeString(digits); err == nil {
		c.signatures = append(c.signatures, signature)
	}
}

func decodedSecret(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || len(key) == 0 {
		return nil, &WebhookVerificationError{ReasonInvalidSecret}
	}
	return key, nil
}

func wholeSecret(secret string) ([]byte, error) {
	if secret == "" {
		return nil, &WebhookVerificationError{ReasonInvalidSecret}
	}
	return []byte(secret), nil
}
