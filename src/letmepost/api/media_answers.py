"""The answers about direct uploads."""

from datetime import datetime
from typing import Literal

from letmepost.api.answers import Answer


class Upload(Answer):
    """Where the bytes of a file are to be sent, and until when. Then complete the upload."""

    id: str
    url: str
    method: Literal["PUT"]
    headers: dict[str, str]
    expires_at: datetime
