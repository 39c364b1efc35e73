"""What a process counts is served where nothing else is."""

import asyncio
import socket

import aiohttp
import pytest

from letmepost import worker
from letmepost.configuration import read_configuration
from letmepost.kit.process_metrics import process_metrics, serving_metrics
from letmepost.kit.settings import SettingsError
from tests.listening import free_port


def _free() -> int:
    with free_port() as (listener, _):
        port: int = listener.getsockname()[1]
    return port


async def test_a_worker_answers_with_what_it_counts() -> None:
    port = _free()
    with serving_metrics("127.0.0.1", port):
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://127.0.0.1:{port}/metrics") as answer,
        ):
            shown = await answer.text()
    assert answer.status == 200
    assert "letmepost_lease_losses_total" in shown
    assert "process_resident_memory_bytes" in shown
    with socket.socket() as probe:
        assert await asyncio.to_thread(probe.connect_ex, ("127.0.0.1", port)) != 0


def test_a_port_that_is_taken_is_a_mistake_in_the_settings() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = read_configuration({"LETMEPOST_WORKER_METRICS_PORT": str(port)}).server
        with (
            pytest.raises(SettingsError, match=f"Cannot listen on 127.0.0.1, port {port}"),
            worker._figures_served(settings),
        ):
            pass


def test_counts_are_not_doubled_by_the_times_of_their_birth() -> None:
    assert b"_created" not in process_metrics()
