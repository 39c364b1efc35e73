"""Text of others on a terminal, which obeys control characters."""


def printable(text: str) -> str:
    """The same text with a space for each control character but the end of a line."""
    return "".join(each if each.isprintable() or each == "\n" else " " for each in text)
