"""The dashboard: pages on which members sign in and do by hand what programs do by the API."""
