"""A server that speaks S3, in a thread of this process: moto's, on a free port of loopback."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection

from moto.server import ThreadedMotoServer

BUCKET = "letmepost-test"
# Read for the region alone.
SIGNED = "AWS4-HMAC-SHA256 Credential=made-up/20261124/us-east-1/s3/aws4_request"


@dataclass
class S3:
    """A bucket, and the variables that lead to it. What it holds outlives a restart."""

    url: str
    environment: Mapping[str, str]
    _server: ThreadedMotoServer

    def stop(self) -> None:
        """End the server; nothing listens on its port then."""
        self._server.stop()

    def start(self) -> None:
        """Serve again, on the same port."""
        self._server = ThreadedMotoServer(*self._server.get_host_and_port(), verbose=False)
        self._server.start()


@contextmanager
def running_s3() -> Iterator[S3]:
    """Serve one empty bucket."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }
    running = S3(f"s3://{BUCKET}/some/prefix", environment, server)
    try:
        connection = HTTPConnection(host, port)
        connection.request("PUT", f"/{BUCKET}", headers={"Authorization": SIGNED})
        assert connection.getresponse().status == HTTPStatus.OK
        connection.close()
        yield running
    finally:
        running.stop()
