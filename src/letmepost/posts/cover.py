"""The picture that options name as the cover of a video, read like an attached file."""

from typing import Any

from pydantic.alias_generators import to_camel

from letmepost.posts.body import MediaBody


def cover_of(options: Any) -> tuple[str, MediaBody] | None:  # noqa: ANN401 - any platform's options
    """The field that names a cover, and the file; None where no options name one.

    A platform's options say in `cover_fields` which of their fields do: `url` or `media_id`.
    """
    if options is None:
        return None
    for field, source in getattr(options, "cover_fields", {}).items():
        value = getattr(options, field)
        if value is not None:
            item = MediaBody.model_construct(kind="image", **{source: value})
            return f"options.{to_camel(field)}", item
    return None
