"""What nobody here can answer, as sentences to learn from: those of `elsewhere.toml` as they stand, and each of its
topics in a few of the frames that go with it. The frames take turns, so that the same sentences come out every time."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

_FILE = Path(__file__).with_name("elsewhere.toml")
# So far apart are the frames that neighbours in a list of topics begin with: they get different ones.
_SHIFT = 7


def sentences() -> Iterator[str]:
    """All of them, as somebody would type them."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    yield from data["none"]
    for about in data["about"]:
        frames = about["frames"]
        for number, topic in enumerate(about["topics"].split(",")):
            for turn in range(about["frames_each"]):
                yield frames[(number * _SHIFT + turn) % len(frames)].format(topic.strip())
