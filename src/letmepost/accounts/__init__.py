"""Connected platform accounts: how they are connected, refreshed and disconnected."""
