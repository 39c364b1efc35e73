"""Archives of a whole installation, and moving it to another database."""
