"""The Graph API, which several platforms speak: its errors, its usage, and calls of it."""
