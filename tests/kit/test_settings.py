"""Settings from the environment."""

import pytest
from pydantic import Field

from letmepost.kit.settings import (
    SettingsError,
    SettingsModel,
    read_group,
    refuse_unknown,
    variable_names,
)


class ServerSettings(SettingsModel):
    port: int = Field(8000, ge=1, le=65535)
    host: str = "127.0.0.1"
    auto_migrate: bool = True


class SimulatorSettings(SettingsModel):
    api_url: str


KNOWN = variable_names(ServerSettings).values()


def test_without_variables_the_defaults_hold() -> None:
    assert read_group(ServerSettings, {}) == ServerSettings(port=8000)


def test_variables_are_the_field_names_with_the_prefix() -> None:
    read = read_group(
        ServerSettings, {"LETMEPOST_PORT": "9000", "LETMEPOST_AUTO_MIGRATE": "off", "PORT": "1"}
    )
    assert read == ServerSettings(port=9000, auto_migrate=False)


def test_a_group_may_have_a_longer_prefix() -> None:
    read = read_group(
        SimulatorSettings, {"LETMEPOST_BLUESKY_API_URL": "http://x"}, "LETMEPOST_BLUESKY_"
    )
    assert read.api_url == "http://x"


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read_group(ServerSettings, {"LETMEPOST_PORT": ""}).port == 8000


def test_every_wrong_value_has_its_own_sentence_that_names_the_variable() -> None:
    with pytest.raises(SettingsError) as refused:
        read_group(
            ServerSettings, {"LETMEPOST_PORT": "99999999", "LETMEPOST_AUTO_MIGRATE": "perhaps"}
        )
    assert [each.partition(":")[0] for each in refused.value.sentences] == [
        "LETMEPOST_PORT",
        "LETMEPOST_AUTO_MIGRATE",
    ]


def test_a_missing_value_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^LETMEPOST_BLUESKY_API_URL: Field required$"):
        read_group(SimulatorSettings, {}, "LETMEPOST_BLUESKY_")


def test_a_refused_value_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        read_group(ServerSettings, {"LETMEPOST_PORT": "hunter2"})
    assert "hunter2" not in str(refused.value)


def test_a_misspelled_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(SettingsError, match=r"LETMEPOST_PROT is unknown; did you mean .*_PORT\?"):
        refuse_unknown({"LETMEPOST_PROT": "9000"}, KNOWN)


def test_every_unknown_name_is_listed() -> None:
    environment = {"LETMEPOST_XYZZY": "1", "LETMEPOST_HOTS": "2", "OTHER_XYZZY": "3"}
    with pytest.raises(SettingsError) as refused:
        refuse_unknown(environment, KNOWN)
    assert len(refused.value.sentences) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LETMEPOST_PORT", "tcp://10.0.0.7:8000"),
        ("LETMEPOST_PORT_8000_TCP", "tcp://10.0.0.7:8000"),
        ("LETMEPOST_PORT_8000_TCP_ADDR", "10.0.0.7"),
        ("LETMEPOST_SERVICE_HOST", "10.0.0.7"),
        ("LETMEPOST_SERVICE_PORT", "8000"),
        ("LETMEPOST_SERVICE_PORT_HTTP", "8000"),
    ],
)
def test_what_kubernetes_says_of_a_service_called_letmepost_is_ignored(
    name: str, value: str
) -> None:
    assert read_group(ServerSettings, {name: value}).port == 8000
    refuse_unknown({name: value}, KNOWN)
