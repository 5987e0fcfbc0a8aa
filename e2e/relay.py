"""A line between a phone and the portal that can be cut: Chromium's own offline mode lets what is under way arrive."""

import socket
import struct
import threading
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST, as a line does that is gone


class Relay(ThreadingTCPServer):
    """Passes everything on to a portal while it is whole."""

    daemon_threads = True

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.target = ("127.0.0.1", urlsplit(url).port or 80)
        self.url = f"http://localhost:{self.server_address[1]}"
        self.is_cut = False
        self.open: set[socket.socket] = set()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def cut(self) -> None:
        """Every connection breaks at once, and nobody gets another."""
        self.is_cut = True
        for one in list(self.open):
            with suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """From now on connections come about again."""
        self.is_cut = False

    def end(self) -> None:
        """Nothing of it is left."""
        self.cut()
        self.shutdown()
        self.server_close()


class _Connection(BaseRequestHandler):
    server: Relay
    request: socket.socket

    def handle(self) -> None:
        if self.server.is_cut:
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            return
        with socket.create_connection(self.server.target) as portal:
            self.server.open |= {self.request, portal}
            back = threading.Thread(target=_pump, args=(portal, self.request), daemon=True)
            back.start()
            _pump(self.request, portal)
            back.join()
            self.server.open -= {self.request, portal}


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(16 * 1024):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
