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
        self._swallows = 0
        self._every = self._asked = 0
        self._lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def cut(self) -> None:
        """Every connection breaks at once, and nobody gets another."""
        self.is_cut = True
        for one in list(self.open):
            with suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """From now on connections come about again, and nothing is lost."""
        self.is_cut = False
        self._every = 0

    def swallow(self, number: int) -> None:
        """So many turns of a chat reach the portal, but their replies are lost with the connections. The browser itself
        sends once more what it sent on a connection that had been used before."""
        self._swallows = number

    def lose_every(self, number: int) -> None:
        """Of so many requests one is lost with its connection, by turns before the portal has it and after."""
        self._every, self._asked = number, 0

    def fate_of(self, data: bytes) -> str:
        """What happens to a piece of a request: it passes, it is lost, or its reply is."""
        if self._swallows and b"/answers/" in data:
            self._swallows -= 1
            return "reply lost"
        if not self._every:
            return "passes"
        with self._lock:
            self._asked += 1
            times, left = divmod(self._asked, self._every)
        if left:
            return "passes"
        return "lost" if times % 2 else "reply lost"

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
            self.reply_lost = False
            back = threading.Thread(target=self._answer, args=(portal,), daemon=True)
            back.start()
            self._ask(portal)
            back.join()
            self.server.open -= {self.request, portal}

    def _ask(self, portal: socket.socket) -> None:
        with suppress(OSError):
            while data := self.request.recv(16 * 1024):
                fate = self.server.fate_of(data)
                if fate == "lost":
                    self._reset()
                    break
                self.reply_lost = self.reply_lost or fate == "reply lost"
                portal.sendall(data)
        with suppress(OSError):
            portal.shutdown(socket.SHUT_WR)

    def _answer(self, portal: socket.socket) -> None:
        with suppress(OSError):
            while data := portal.recv(16 * 1024):
                if self.reply_lost:
                    self._reset()
                    break
                self.request.sendall(data)
        with suppress(OSError):
            self.request.shutdown(socket.SHUT_WR)

    def _reset(self) -> None:
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.request.shutdown(socket.SHUT_RDWR)
