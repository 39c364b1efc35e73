"""Uploaded and fetched files: how they are stored, read once and handed to platforms."""
