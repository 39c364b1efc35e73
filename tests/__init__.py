"""The tests; shared pieces live beside this file and are imported as `tests.clock`."""
