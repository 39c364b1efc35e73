"""What this process has counted, for tests that look at what was added."""

from prometheus_client import REGISTRY


def counted(name: str, **labels: str) -> float:
    """The value of one series; 0 for one that has counted nothing yet."""
    return REGISTRY.get_sample_value(name, labels) or 0.0
