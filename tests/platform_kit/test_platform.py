"""What a platform says of itself that is not whole yet."""

from dataclasses import replace

import pytest

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platforms import platforms


def test_a_platform_that_nobody_can_publish_to_yet_says_so() -> None:
    whole = next(iter(platforms().values()))
    checks_only = replace(whole, publishes_by=None, connector=None)
    for asked in (lambda: checks_only.publisher, lambda: checks_only.connect):
        with pytest.raises(LetmepostError) as refused:
            asked()
        assert refused.value.code is ErrorCode.PLATFORM_NOT_ENABLED
        assert "validate" in (refused.value.remediation or "")
