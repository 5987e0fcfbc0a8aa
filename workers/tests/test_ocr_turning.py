"""Which way up a page is, told by what is read both ways."""

import numpy as np

from workers.ocr.images import Pixels
from workers.ocr.layout import Line
from workers.ocr.turning import Quads, read_upright

NUMBER = "320100199806090115"


class Reads:
    """The number with some doubt the right way up, and four of its digits with none on its head."""

    def detect(self, page: Pixels) -> Quads:
        raise NotImplementedError

    def look_closer(self, page: Pixels, found: Quads) -> Quads:
        raise NotImplementedError

    def recognise(self, page: Pixels, quads: Quads) -> list[Line]:
        text, score = (NUMBER, 0.85) if page[0, 0, 0] else ("3215", 0.99)
        return [Line(text, score, quads[0], (score,) * len(text), (0.5,) * len(text))]


def test_few_certain_characters_on_its_head_are_not_the_right_way_up() -> None:
    page = np.zeros((40, 400, 3), np.uint8)
    page[0, 0] = 255
    quads = np.array([[[10.0, 5.0], [390.0, 5.0], [390.0, 35.0], [10.0, 35.0]]])
    upright, (line,) = read_upright(page, quads, Reads())
    assert line.text == NUMBER
    assert upright[0, 0, 0] == 255
