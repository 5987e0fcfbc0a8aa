"""A page of an app on a phone, drawn from top to bottom: what a screenshot holds."""

from random import Random

from e2e.bench.documents.sheet import Sheet, choose_face
from workers.sandbox.specimens.drawing import Colour

_WIDTH, _HEIGHT = 1080, 2340
_GREY: Colour = (130, 134, 142)


class PhoneScreen:
    """1080 × 2340 px with a status bar and a title."""

    def __init__(self, rng: Random, title: str) -> None:
        self._sheet = Sheet(_WIDTH, _HEIGHT, choose_face(rng, plain=True), (244, 245, 247))
        accent: Colour = rng.choice(((22, 119, 255), (18, 150, 120), (228, 90, 40), (60, 70, 90)))
        draw = self._sheet.draw
        draw.rectangle((0, 0, _WIDTH, 230), fill=accent)
        self._sheet.text(70, 52, f"{rng.randint(7, 22)}:{rng.randrange(60):02d}", 38, fill=(255, 255, 255), bold=True)
        draw.rounded_rectangle((930, 36, 1000, 68), 8, outline=(255, 255, 255), width=4)
        draw.rectangle((938, 44, 976, 60), fill=(255, 255, 255))
        draw.line((60, 164, 40, 164 - 22), fill=(255, 255, 255), width=6)
        self._sheet.text(540, 160, title, 48, fill=(255, 255, 255), anchor="mm", bold=True)
        self._y = 250.0

    def line(self, text: str, field: str = "") -> None:
        """A centred line."""
        self._block(96)
        self._sheet.text(540, self._y - 48, text, 40, anchor="mm", field=field)

    def pair(self, label: str, value: str, field: str = "", *, strong: bool = False) -> None:
        """A label at the left, its value at the right."""
        self._block(92)
        self._sheet.text(60, self._y - 46, label, 38, fill=(90, 94, 102), bold=strong)
        self._sheet.text(1020, self._y - 46, value, 40, anchor="rm", bold=strong, field=field)
        self._sheet.draw.line((60, self._y, 1020, self._y), fill=(234, 235, 238), width=2)

    def large(self, label: str, value: str, field: str) -> None:
        """The figure the page is about, under its label."""
        self._block(250)
        self._sheet.text(540, self._y - 190, label, 38, fill=_GREY, anchor="mm")
        self._sheet.text(540, self._y - 95, value, 92, bold=True, anchor="mm", field=field)

    def section(self, title: str) -> None:
        """A heading between blocks."""
        self._y += 84
        self._sheet.text(60, self._y - 38, title, 36, fill=_GREY)

    def finish(self) -> Sheet:
        """The page with its mark."""
        self._sheet.mark(340, _HEIGHT - 70, 44)
        return self._sheet

    def _block(self, height: float) -> None:
        self._sheet.draw.rectangle((0, self._y, _WIDTH, self._y + height), fill=(255, 255, 255))
        self._y += height
