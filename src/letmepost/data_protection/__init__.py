"""What is kept of an organization or a profile: given out whole, and erased whole."""
