"""What the commands that speak to a server share: settings, calls, and how answers are shown."""
