"""One photograph, whatever was done to its file; and other people's in the same pose."""

from collections.abc import Callable
from io import BytesIO
from itertools import combinations

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from portal.underwriting.queries import NEAR_BITS
from workers.ocr.fingerprint import BITS, take_fingerprint
from workers.sandbox.specimens import make_person, photo, render_id_back, render_id_front, render_payslip

Draw = Callable[..., Image.Image]


def take(picture: Image.Image) -> str:
    return take_fingerprint(np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1]))


def apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def shoot(draw: Draw, number: int) -> Image.Image:
    """Nearly the same pose each time, on a desk of its own."""
    return photo(draw(make_person(number)), number, long_side=800, tilt=1.5)


def squeezed(picture: Image.Image) -> Image.Image:
    data = BytesIO()
    picture.save(data, "JPEG", quality=40)
    return Image.open(data)


@pytest.mark.parametrize(
    "change",
    [
        squeezed,
        lambda picture: picture.resize((400, 300)),
        lambda picture: ImageEnhance.Brightness(picture).enhance(0.8),
    ],
    ids=["squeezed", "half the size", "darker"],
)
def test_the_same_photograph_is_near(change: Callable[[Image.Image], Image.Image]) -> None:
    picture = shoot(render_id_front, 4001)
    taken = take(picture)
    assert len(taken) * 4 == BITS
    assert apart(taken, take(change(picture))) <= NEAR_BITS


@pytest.mark.parametrize("draw", [render_id_front, render_id_back])
def test_other_cards_in_the_same_pose_are_not(draw: Draw) -> None:
    taken = [take(shoot(draw, 4100 + number)) for number in range(8)]
    assert min(apart(one, other) for one, other in combinations(taken, 2)) > NEAR_BITS


def test_a_page_without_a_background_has_none() -> None:
    assert take(render_payslip(make_person(4200))) == ""
