"""A server beside a simulator, as the tests of posts have it."""

from tests.posts.conftest import alice, fake_clock, plain_logs, server

__all__ = ["alice", "fake_clock", "plain_logs", "server"]
