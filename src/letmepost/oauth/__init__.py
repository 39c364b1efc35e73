"""The OAuth 2.1 authorization server: how people let programs act for them."""
