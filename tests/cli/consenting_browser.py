"""A browser whose user consents to everything: `python consenting_browser.py ADDRESS`."""

import sys
import urllib.parse
import urllib.request

with urllib.request.urlopen(sys.argv[1]) as page:  # noqa: S310 - loopback only
    address = page.geturl()
    shown = page.read()
if b"<form" in shown:
    form = urllib.parse.urlencode({"decision": "approve"}).encode()
    urllib.request.urlopen(address, form).read()  # noqa: S310 - as above
