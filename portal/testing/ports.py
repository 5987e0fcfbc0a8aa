"""Ports for servers that tests start."""

import os
import socket

_FIRST, _LAST = 20_000, 32_000
"""Below those that systems hand out by themselves (Linux: from 32768): an outgoing connection must not take one
between its being found free and the server's listening."""


def free_ports(count: int = 1) -> int:
    """The first of so many free ports in a row; test runs side by side begin to look in different places."""
    offset = os.getpid() * 30 % (_LAST - _FIRST)
    for step in range(0, _LAST - _FIRST, count):
        start = _FIRST + (offset + step) % (_LAST - _FIRST)
        if all(_is_free(port) for port in range(start, start + count)):
            return start
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
