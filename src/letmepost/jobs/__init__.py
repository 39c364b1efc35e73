"""Durable jobs with leases and fences; knows nothing of posts."""
