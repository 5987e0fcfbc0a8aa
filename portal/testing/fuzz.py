"""Files as nobody should send them: good ones with bytes turned, cut, doubled, moved and mixed.

`XINDAI_FUZZ=20000` makes every fuzz test try so many, other ones each time; without it they try the same few.
"""

import os
from collections.abc import Sequence

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

_EXTREMES = (b"\x00", b"\xff", b"\x7f", b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x01")
_asked = int(os.environ.get("XINDAI_FUZZ", "0"))

unhurried = settings(
    max_examples=_asked or 100,
    derandomize=not _asked,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def spoilt(draw: st.DrawFn, seeds: Sequence[bytes], words: Sequence[bytes] = ()) -> bytes:
    """One of the seeds after a few changes; `words` are what the format is made of, put where they don't belong.

    Half the changes are near the beginning, where headers are.
    """
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.sampled_from((1, 1, 2, 3, 8)))):
        near = min(len(data), 512) if draw(st.booleans()) else len(data)
        at = draw(st.integers(0, near))
        end = min(len(data), at + draw(st.integers(0, 64)))
        match draw(st.sampled_from(("turn", "put", "insert", "drop", "double", "move", "cut", "mix"))):
            case "turn" if at < len(data):
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "put":
                word = draw(st.sampled_from((*_EXTREMES, *words)))
                data[at : at + len(word)] = word
            case "insert":
                data[at:at] = draw(st.sampled_from((*_EXTREMES, *words))) * draw(st.sampled_from((1, 2, 100)))
            case "drop":
                del data[at:end]
            case "double":
                data[at:at] = data[at:end] * draw(st.integers(1, 20))
            case "move":
                moved = data[at:end]
                del data[at:end]
                data += moved
            case "cut":
                del data[at:]
            case "mix":
                data[at:] = draw(st.sampled_from(seeds))[at:]
            case _:
                pass
    return bytes(data)
