"""`lmp logout`: forget the stored key."""

import os
from dataclasses import replace

from letmepost.cli.client.options import AsJson, Output
from letmepost.cli.client.screen import Screen
from letmepost.cli.client.settings import KEY_VARIABLES, ClientSettings, keep


def logout(*, as_json: AsJson = False, output: Output = None) -> None:
    """Forget the stored key. The key itself still works: `lmp keys revoke` ends it."""
    screen = Screen(as_json=as_json, output=output)
    settings = ClientSettings.read(os.environ)
    had_one = settings.stored.api_key is not None
    if had_one:
        forgotten = replace(settings.stored, api_key=None, organization_id=None, profile_id=None)
        keep(settings.path, forgotten)
    words = "The stored key is forgotten." if had_one else "No key was stored."
    named = [name for name in KEY_VARIABLES if os.environ.get(name)]
    if named:
        words += f" {named[0]} is still set, and commands go on using it."
    screen.say({"loggedOut": had_one}, words)
