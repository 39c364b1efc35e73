package letmepost

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

const (
	maxBackoff = 8 * time.Second
	// The first request of this very key still runs. After a lost answer, that is our own.
	inProgress = "idempotency_key.in_progress"
)

// worthRetrying tells whether the same call, with the same key, may do better after a try.
func worthRetrying(failure *LetmepostError, try int) bool {
	if failure.Rule == inProgress {
		return try > 0
	}
	status := failure.Status
	return failure.Retryable && (status == 0 || status == http.StatusTooManyRequests || status >= 500)
}

// backoff is the wait before a try, counted from 0: base × 2^try up to 8 s, half of it random. The
// random number is from 0 to 1.
func backoff(try int, base time.Duration, random float64) time.Duration {
	whole := base
	for ; try > 0 && whole < maxBackoff; try-- {
		whole *= 2
	}
	if whole > maxBackoff {
		whole = maxBackoff
	}
	half := whole / 2
	return half + time.Duration(float64(half)*random)
}

// retryAfter reads what Retry-After asks for, in seconds or as a date, and whether it is there.
func retryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if wait := at.Sub(now); wait > 0 {
		return wait, true
	}
	return 0, true
}

// sleep waits, or returns the context's error when that ends first.
func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
