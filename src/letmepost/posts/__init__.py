"""Posts and publications: what was asked for, and how each target travels to its end."""
