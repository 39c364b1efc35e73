"""Publish to many social accounts with one HTTP call, and learn what truly happened."""
