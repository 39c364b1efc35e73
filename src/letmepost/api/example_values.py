"""What the examples of the OpenAPI document are made of."""

from collections.abc import Mapping
from typing import Final

from letmepost.platforms import platforms

# Where a server that was set up with nothing answers.
PUBLIC_URL: Final = "http://127.0.0.1:8000"
DOCS_URL: Final = f"{PUBLIC_URL}/docs"
PLATFORM: Final = next(iter(platforms()))
IDS: Final[Mapping[str, str]] = {
    prefix: f"{prefix}_0002SkJ{rest}"
    for prefix, rest in {
        "acc": "3pQz8rLm5nYtB2K",
        "aud": "8bYo4nRv8iEcH6U",
        "att": "8wUj0jNr4eAyD2Q",
        "batch": "4mVb1cFv3dQxW7S",
        "evt": "9xVk1kOs5fBzE3R",
        "key": "1aWl2lPt6gCaF4S",
        "med": "5tRf7gKn1bXvA9M",
        "org": "0zXm3mQu7hDbG5T",
        "post": "4mVb1cFv3dQxW7T",
        "prof": "2aHd6wEj9sUoC4R",
        "req": "7vTh9iMq3dZxC1P",
        "upl": "5tRf7gKn1bXvA9N",
        "whd": "6uSg8hLp2cYwB0P",
        "whe": "6uSg8hLp2cYwB0N",
    }.items()
}
