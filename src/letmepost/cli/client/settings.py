"""Which server a command speaks to, and as whom: a file in the user's home, and the environment."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

from letmepost.cli.client.stop import Stop, disk_words

DEFAULT_BASE: Final = "http://127.0.0.1:8000"
KEY_VARIABLES: Final = ("LMP_API_KEY", "LETMEPOST_API_KEY")
BASE_VARIABLES: Final = ("LMP_API_BASE", "LETMEPOST_API_URL")
FOLDER_VARIABLE: Final = "LMP_CONFIG_DIR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What `lmp login` keeps. The key belongs to the server that it was made by."""

    api_base: str | None = None
    api_key: str | None = None
    organization_id: str | None = None
    profile_id: str | None = None


_NAMES: Final = {
    "api_base": "apiBase",
    "api_key": "apiKey",
    "organization_id": "organizationId",
    "profile_id": "profileId",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """What a command works with: the environment wins over the file."""

    path: Path
    stored: Stored
    base: str
    key: str | None
    key_is_stored: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str], base: str | None = None) -> Self:
        """Read both; `base` is an address that was given to the command. Raise `Stop`."""
        path = _folder(environment) / "config.json"
        stored = read_stored(path)
        named = base or _first(environment, BASE_VARIABLES)
        address = checked_base(named or stored.api_base or DEFAULT_BASE)
        key = _first(environment, KEY_VARIABLES)
        # A key must not be shown to another server than the one that it belongs to.
        is_stored = key is None and stored.api_base == address and stored.api_key is not None
        return cls(
            path=path,
            stored=stored,
            base=address,
            key=stored.api_key if is_stored else key,
            key_is_stored=is_stored,
        )

    @property
    def profile_id(self) -> str | None:
        """The profile in use, where it is one of this server."""
        return self.stored.profile_id if self.stored.api_base == self.base else None

    @property
    def required_key(self) -> str:
        """The key; raise `Stop` where there is none."""
        if self.key:
            return self.key
        if self.stored.api_key and self.stored.api_base != self.base:
            raise Stop(
                f"There is no key for {self.base}: the stored one is for {self.stored.api_base}.",
                f"Run `lmp login --base {self.base}`, or set LMP_API_KEY.",
            )
        raise Stop(
            f"There is no key for {self.base}.",
            "Run `lmp login`, or set LMP_API_KEY. The server's operator makes a first key with "
            "`letmepost bootstrap`.",
        )

    def using_profile(self, profile_id: str | None) -> Stored:
        """What is to be kept when another profile is used."""
        return replace(
            self.stored,
            api_base=self.base,
            api_key=self.stored.api_key if self.stored.api_base == self.base else None,
            profile_id=profile_id,
        )


def _folder(environment: Mapping[str, str]) -> Path:
    if named := environment.get(FOLDER_VARIABLE):
        return Path(named)
    try:
        return Path.home() / ".letmepost"
    except RuntimeError:
        raise Stop(
            "There is no home folder to keep the login in.",
            f"Set HOME, or {FOLDER_VARIABLE} to a folder.",
        ) from None


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environment[name] for name in names if environment.get(name)), None)


def checked_base(address: str) -> str:
    """The address of a server without a slash at its end; raise `Stop` for what is none."""
    try:
        parts = urlsplit(address)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or "@" in address or any(letter.isspace() for letter in address):
        raise Stop(
            f"{address} is not the address of a server.",
            "Give one such as https://letmepost.example.com, by --base or LMP_API_BASE.",
        )
    path = parts.path.rstrip("/").removesuffix("/v1")
    return f"{parts.scheme}://{parts.netloc}{path}"


def read_stored(path: Path) -> Stored:
    """What the file keeps; nothing where there is none. Raise `Stop` for one that is broken."""
    try:
        kept: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Stored()
    except OSError as error:
        raise Stop(
            f"{path} cannot be read: {disk_words(error)}.",
            f"Make it readable, or name another folder in {FOLDER_VARIABLE}.",
        ) from None
    except ValueError:
        kept = None
    if not isinstance(kept, dict):
        raise Stop(f"{path} is not JSON.", "Delete it, and run `lmp login` again.")
    return Stored(
        **{
            name: value
            for name, wire in _NAMES.items()
            if isinstance(value := kept.get(wire), str) and value
        }
    )


def keep(path: Path, stored: Stored) -> None:
    """Write the file whole or not at all, readable by its owner alone; raise `Stop`."""
    document = {wire: value for name, wire in _NAMES.items() if (value := getattr(stored, name))}
    write_whole(path, json.dumps(document, indent=2) + "\n", private=True)


def write_whole(path: Path, text: str, *, private: bool = False) -> None:
    """Write a file in one step, so that a full disk leaves the one before it; raise `Stop`.

    A `private` file is for its owner alone, mode 0600.
    """
    import tempfile  # noqa: PLC0415 - loaded when it runs

    written: str | None = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            # A pipe or a device is written as it stands; nothing can take its place.
            path.write_text(text, encoding="utf-8")
            return
        number, written = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(number)
        # It was made for its owner alone.
        if not private:
            Path(written).chmod(0o666 & ~_umask())
        Path(written).replace(path)
    except OSError as error:
        if written:
            with suppress(OSError):
                Path(written).unlink(missing_ok=True)
        raise Stop(
            f"{path} could not be written: {disk_words(error)}.",
            "Free some space or choose another folder, and run the command again.",
        ) from None


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
