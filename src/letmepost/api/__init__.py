"""The HTTP surface: routes, errors, idempotency and rate limits over the use cases."""
