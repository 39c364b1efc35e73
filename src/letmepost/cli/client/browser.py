"""The user's browser."""

import threading
import webbrowser


def open_page(address: str) -> None:
    """Open a page beside what this program does: a browser in the terminal ends when it is left."""
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
