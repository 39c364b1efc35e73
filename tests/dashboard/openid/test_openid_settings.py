"""Settings of an OpenID Connect provider that cannot be meant are found at the start."""

import pytest

from letmepost.configuration import read_configuration
from letmepost.kit.settings import SettingsError

WHOLE = {
    "LETMEPOST_OPENID_ISSUER": "https://login.example/",
    "LETMEPOST_OPENID_CLIENT_ID": "a",
    "LETMEPOST_OPENID_CLIENT_SECRET": "b",
}


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({**WHOLE, "LETMEPOST_OPENID_CLIENT_SECRET": ""}, "CLIENT_SECRET must be set too"),
        ({**WHOLE, "LETMEPOST_OPENID_ISSUER": ""}, "LETMEPOST_OPENID_ISSUER must be set too"),
        ({"LETMEPOST_OPENID_EMAIL_DOMAINS": "a.example"}, "must be set too"),
        ({**WHOLE, "LETMEPOST_OPENID_ISSUER": "http://login.example"}, "begin with https://"),
        ({**WHOLE, "LETMEPOST_OPENID_ISSUER": "login.example"}, "begin with https://"),
        ({**WHOLE, "LETMEPOST_OPENID_ISSUER": "https://login.example?a"}, "without ? and #"),
        ({**WHOLE, "LETMEPOST_OPENID_EMAIL_DOMAINS": "a@b.example"}, "`a@b.example` is no domain"),
        ({**WHOLE, "LETMEPOST_OPENID_EMAIL_DOMAINS": "*"}, "`*` is no domain"),
        ({**WHOLE, "LETMEPOST_SIGNUP": "open"}, "choose first-user or closed"),
        (
            {
                **WHOLE,
                "LETMEPOST_SIGNUP": "closed",
                "LETMEPOST_OPENID_EMAIL_DOMAINS": "login.example",
            },
            "unset one of them",
        ),
    ],
)
def test_settings_that_cannot_be_meant_stop_the_start(
    environment: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        read_configuration(environment)
    assert words in str(raised.value)
    assert len(raised.value.sentences) == 1


def test_an_issuer_is_kept_to_the_letter() -> None:
    settings = read_configuration(WHOLE).openid
    assert settings.issuer == "https://login.example/"
    assert "b" not in repr(settings.client_secret)
