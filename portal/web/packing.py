"""Answers made small: on a slow line the bytes are the wait.

A compressed page tells its length, and a length tells secrets that stand beside what somebody else put there (BREACH).
The token of our forms is therefore masked anew in every page (portal.web.auth), and the session's cookie goes along
with no request that another site begins but a plain link.
"""

import gzip
from typing import Final, Literal

import brotli

Encoding = Literal["br", "gzip", ""]

_WORTH: Final = 600
"""Bytes below which packing saves no packet."""
_QUICK: Final = {"br": 4, "gzip": 5}
_BEST: Final = {"br": 11, "gzip": 9}


def choose_encoding(accepted: str) -> Encoding:
    """The best that the browser takes, by its Accept-Encoding; refused ones (`q=0`) count as not named."""
    named = {}
    for offer in accepted.lower().split(","):
        name, _, weight = offer.partition(";")
        named[name.strip()] = weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    if named.get("br"):
        return "br"
    return "gzip" if named.get("gzip") else ""


def pack(body: bytes, encoding: Encoding, *, best: bool = False) -> bytes:
    """Compressed; `best` is for what is kept, and takes a hundred times as long."""
    level = (_BEST if best else _QUICK).get(encoding, 0)
    if encoding == "br":
        packed: bytes = brotli.compress(body, mode=brotli.MODE_TEXT, quality=level)
        return packed
    return gzip.compress(body, level, mtime=0) if encoding == "gzip" else body


def pack_page(text: str, accepted: str) -> tuple[bytes, Encoding]:
    """A page as it goes out, and what it is packed with."""
    body = text.encode()
    encoding = choose_encoding(accepted) if len(body) > _WORTH else ""
    return pack(body, encoding), encoding
