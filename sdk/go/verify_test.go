package letmepost

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	secret      = "whsec_Q2F0Y2hlcnNPZlRoZUxpZ2h0SW5UaGVGZXJyeQ=="
	otherSecret = "whsec_Tm90VGhlU2VjcmV0T2ZUaGlzRW5kcG9pbnRBdA=="
	webhookBody = `{"id":"evt_1","type":"post.published","data":{"text":"Grüße ⛴️"}}`
)

var received = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func mac(key, message string) []byte {
	made := hmac.New(sha256.New, []byte(key))
	made.Write([]byte(message))
	return made.Sum(nil)
}

func standard(secret string, age time.Duration) http.Header {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	at := strconv.FormatInt(received.Add(-age).Unix(), 10)
	signature := base64.StdEncoding.EncodeToString(mac(string(key), "evt_1."+at+"."+webhookBody))
	header := http.Header{}
	header.Set("webhook-id", "evt_1")
	header.Set("webhook-timestamp", at)
	header.Set("webhook-signature", "v1,"+signature)
	return header
}

func dated(secret string, age time.Duration) string {
	at := strconv.FormatInt(received.Add(-age).Unix(), 10)
	return "t=" + at + ",v1=" + hex.EncodeToString(mac(secret, at+"."+webhookBody))
}

func plain(secret string) string { return hex.EncodeToString(mac(secret, webhookBody)) }

func with(header http.Header, name, value string) http.Header {
	changed := header.Clone()
	if changed == nil {
		changed = http.Header{}
	}
	if value == "" {
		changed.Del(name)
	} else {
		changed.Set(name, value)
	}
	return changed
}

func webhook(change func(*ReceivedWebhook)) ReceivedWebhook {
	made := ReceivedWebhook{Body: []byte(webhookBody), Secret: secret, Now: received}
	change(&made)
	return made
}

func TestAGenuineWebhookIsVerified(t *testing.T) {
	good := standard(secret, 0)
	both := standard(otherSecret, 0).Get("webhook-signature") + " " + good.Get("webhook-signature")
	for what, change := range map[string]func(*ReceivedWebhook){
		"Standard Webhooks":           func(w *ReceivedWebhook) { w.Header = good },
		"one of several signatures":   func(w *ReceivedWebhook) { w.Header = with(good, "webhook-signature", both) },
		"299 seconds old":             func(w *ReceivedWebhook) { w.Header = standard(secret, 299*time.Second) },
		"dated":                       func(w *ReceivedWebhook) { w.Header = with(nil, "X-Letmepost-Signature-V1", dated(secret, 0)) },
		"dated, under its older name": func(w *ReceivedWebhook) { w.Header = with(nil, "X-Letmepost-Signature", dated(secret, 0)) },
		"dated, alone":                func(w *ReceivedWebhook) { w.Signature = dated(secret, 0) },
		"plain":                       func(w *ReceivedWebhook) { w.Header = with(nil, "X-Letmepost-Signature", "sha256="+plain(secret)) },
		"plain, alone":                func(w *ReceivedWebhook) { w.Signature = "sha256=" + plain(secret) },
		"bare hex":                    func(w *ReceivedWebhook) { w.Signature = plain(secret) },
		"bare hex in capitals":        func(w *ReceivedWebhook) { w.Signature = strings.ToUpper(plain(secret)) },
		"one of several secrets": func(w *ReceivedWebhook) {
			w.Header, w.Secret, w.MoreSecrets = good, otherSecret, []string{secret}
		},
	} {
		t.Run(what, func(t *testing.T) {
			event, err := VerifyWebhook(webhook(change))
			if err != nil {
				t.Fatal(err)
			}
			equal(t, event.Type, "post.published")
			equal(t, VerifyWebhookSignature(webhook(change)), true)
		})
	}
}

func TestAnyOtherWebhookIsRefused(t *testing.T) {
	good := standard(secret, 0)
	for what, each := range map[string]struct {
		reason string
		change func(*ReceivedWebhook)
	}{
		"another secret":         {ReasonNoMatchingSignature, func(w *ReceivedWebhook) { w.Header = standard(otherSecret, 0) }},
		"another body":           {ReasonNoMatchingSignature, func(w *ReceivedWebhook) { w.Header, w.Body = good, []byte(webhookBody+" ") }},
		"another id":             {ReasonNoMatchingSignature, func(w *ReceivedWebhook) { w.Header = with(good, "webhook-id", "evt_2") }},
		"no base64":              {ReasonNoMatchingSignature, func(w *ReceivedWebhook) { w.Header = with(good, "webhook-signature", "v1,?") }},
		"another version":        {ReasonNoMatchingSignature, func(w *ReceivedWebhook) { w.Header = with(good, "webhook-signature", "v2,AAAA") }},
		"half a signature":       {ReasonNoMatchingSignature, func(w *ReceivedWebhook) { w.Signature = plain(secret)[:32] }},
		"301 seconds old":        {ReasonTimestampOutOfTolerance, func(w *ReceivedWebhook) { w.Header = standard(secret, 301*time.Second) }},
		"of tomorrow":            {ReasonTimestampOutOfTolerance, func(w *ReceivedWebhook) { w.Header = standard(secret, -24*time.Hour) }},
		"an old dated form":      {ReasonTimestampOutOfTolerance, func(w *ReceivedWebhook) { w.Signature = dated(secret, 301*time.Second) }},
		"a smaller tolerance":    {ReasonTimestampOutOfTolerance, func(w *ReceivedWebhook) { w.Header, w.Tolerance = standard(secret, time.Minute), time.Second }},
		"a time that is none":    {ReasonMalformedTimestamp, func(w *ReceivedWebhook) { w.Header = with(good, "webhook-timestamp", "soon") }},
		"a time with a sign":     {ReasonMalformedTimestamp, func(w *ReceivedWebhook) { w.Header = with(good, "webhook-timestamp", "+1") }},
		"a very long time":       {ReasonMalformedTimestamp, func(w *ReceivedWebhook) { w.Header = with(good, "webhook-timestamp", "0000000000001") }},
		"a dated form of no day": {ReasonMalformedTimestamp, func(w *ReceivedWebhook) { w.Signature = "t=,v1=00" }},
		"no headers":             {ReasonMissingHeader, func(w *ReceivedWebhook) {}},
		"no id":                  {ReasonMissingHeader, func(w *ReceivedWebhook) { w.Header = with(good, "webhook-id", "") }},
		"a secret of no base64":  {ReasonInvalidSecret, func(w *ReceivedWebhook) { w.Header, w.Secret = good, "whsec_?" }},
		"an empty secret":        {ReasonInvalidSecret, func(w *ReceivedWebhook) { w.Header, w.Secret = good, "" }},
		"an empty secret, plain": {ReasonInvalidSecret, func(w *ReceivedWebhook) { w.Signature, w.Secret = plain(""), "" }},
		"a body of no JSON":      {ReasonMalformedBody, func(w *ReceivedWebhook) { w.Body, w.Signature = []byte("no"), hex.EncodeToString(mac(secret, "no")) }},
		"a body of null": {ReasonMalformedBody, func(w *ReceivedWebhook) {
			w.Body, w.Signature = []byte("null"), hex.EncodeToString(mac(secret, "null"))
		}},
		"a weaker signature that is right": {ReasonNoMatchingSignature, func(w *ReceivedWebhook) {
			w.Header = with(standard(otherSecret, 0), "X-Letmepost-Signature", "sha256="+plain(secret))
		}},
	} {
		t.Run(what, func(t *testing.T) {
			_, err := VerifyWebhook(webhook(each.change))
			var refused *WebhookVerificationError
			if !errors.As(err, &refused) {
				t.Fatal(err)
			}
			equal(t, refused.Reason, each.reason)
			equal(t, strings.HasPrefix(refused.Error(), "letmepost: webhook: "), true)
			equal(t, VerifyWebhookSignature(webhook(each.change)), false)
		})
	}
}
