"""Settings, database, clock, crypto and ids: no word of the domain."""
