"""What is to be published, as plain values: drafts, text lengths, media facts, errors."""
