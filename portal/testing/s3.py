"""An S3 API on this machine, as a process of its own: moto's server, which keeps buckets in memory."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM
from tempfile import TemporaryDirectory

import httpx

from portal.embedded.process import running

BUCKET = "xindai"


@dataclass(frozen=True, slots=True)
class S3:
    """A server with one empty bucket, on a loopback port."""

    endpoint: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a client here; moto takes any credentials."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def count_unfinished(self) -> int:
        """Uploads in parts that were neither completed nor given up: a real bucket would charge for them."""
        return httpx.get(f"{self.endpoint}/{BUCKET}?uploads").text.count("<UploadId>")


@contextmanager
def run_s3() -> Iterator[S3]:
    """Started, with the bucket made; ended with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = S3(f"http://127.0.0.1:{port}")

    def is_ready() -> bool:
        try:
            httpx.put(f"{server.endpoint}/{BUCKET}").raise_for_status()
        except httpx.TransportError:
            return False
        return True

    with (
        TemporaryDirectory(prefix="xindai-s3.") as folder,
        running(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            is_ready=is_ready,
            stop_signal=SIGTERM,
            log=Path(folder) / "s3.log",
        ),
    ):
        yield server
