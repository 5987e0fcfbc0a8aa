"""Every reason told by the defect it is for, on drawn photographs; what can be read is let through."""

from collections.abc import Callable
from datetime import date

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from workers.ocr.document import read_document
from workers.ocr.engine import Engine
from workers.ocr.images import Pixels
from workers.ocr.models import locate_models
from workers.ocr.quality import OK, REASONS
from workers.ocr.reading import KindName, Reading
from workers.sandbox.specimens import (
    make_person,
    photo,
    render_fund_statement,
    render_id_back,
    render_id_front,
    render_income_certificate,
    render_payslip,
    to_jpeg,
)

DAY = date(2026, 6, 1)
DRAW: dict[str, Callable[..., Image.Image]] = {
    "front": render_id_front,
    "back": render_id_back,
    "payslip": render_payslip,
    "letter": render_income_certificate,
    "fund": render_fund_statement,
}
Change = Callable[[Pixels], Pixels]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(locate_models(tmp_path_factory.mktemp("ocr")), threads=1)


def photograph(name: str, seed: int = 1, **options: float) -> Pixels:
    return np.array(photo(DRAW[name](make_person(seed)), seed, long_side=1800, **options), np.uint8)


def read(engine: Engine, picture: Pixels, expected: KindName | None = None) -> Reading:
    return read_document(to_jpeg(Image.fromarray(picture)), engine, DAY, expected)


def clipped(picture: NDArray[np.floating]) -> Pixels:
    return np.clip(picture, 0, 255).astype(np.uint8)


def dark(picture: Pixels) -> Pixels:
    noise = np.random.default_rng(0).normal(0, 5, picture.shape)
    return clipped(picture * 0.06 + noise)


def over_exposed(picture: Pixels) -> Pixels:
    return clipped(picture * 9.0 + 40)


def out_of_focus(picture: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 11), np.uint8)


def shaken(picture: Pixels) -> Pixels:
    streak = np.zeros((61, 61), np.float32)
    np.fill_diagonal(streak, 1 / 61)
    return np.asarray(cv2.filter2D(picture, -1, streak), np.uint8)


def lamp(picture: Pixels) -> Pixels:
    """A reflection in the middle of the sheet; the camera has turned the exposure down."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    veil = np.exp(-((np.hypot((x - 0.45 * width) / 1.6, y - 0.5 * height) / (0.13 * width)) ** 6))[..., None]
    return clipped(0.75 * (picture + (258 - picture.astype(np.float32)) * veil))


def cut(picture: Pixels) -> Pixels:
    return np.ascontiguousarray(picture[:, : int(0.72 * picture.shape[1])])


def far_away(picture: Pixels) -> Pixels:
    """The whole picture small in the middle of a plain table."""
    small = cv2.resize(picture[150:-150, 100:-100], None, fx=0.11, fy=0.11, interpolation=cv2.INTER_AREA)
    table = np.random.default_rng(0).normal(90, 3, (1350, 1800, 3))
    table[600 : 600 + small.shape[0], 800 : 800 + small.shape[1]] = small
    return clipped(table)


def few_pixels(picture: Pixels) -> Pixels:
    return np.asarray(cv2.resize(picture, None, fx=0.18, fy=0.18, interpolation=cv2.INTER_AREA), np.uint8)


def on_a_screen(picture: Pixels) -> Pixels:
    """Red, green and blue stripes three pixels wide at a slight angle."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    across, down = 0.998 * x + 0.06 * y, 0.998 * y - 0.06 * x
    light = picture.astype(np.float32)
    for channel in range(3):
        light[..., channel] *= 1 + 0.18 * np.cos(2 * np.pi * (across / 3.1 + channel / 3))
    return clipped(light * (1 + 0.1 * np.cos(2 * np.pi * down / 3.1))[..., None])


DEFECTS: dict[str, tuple[str, Change]] = {
    "dark": ("too_dark", dark),
    "over-exposed": ("over_exposed", over_exposed),
    "out of focus": ("blurred", out_of_focus),
    "shaken": ("blurred", shaken),
    "lamp": ("glare", lamp),
    "cut": ("cut_off", cut),
    "far away": ("too_small", far_away),
    "few pixels": ("too_small", few_pixels),
    "screen": ("photo_of_screen", on_a_screen),
}


@pytest.mark.parametrize("defect", DEFECTS)
@pytest.mark.parametrize("name", ["front", "back", "payslip", "letter"])
def test_a_defect_is_refused_with_its_own_reason(engine: Engine, name: str, defect: str) -> None:
    reason, change = DEFECTS[defect]
    reading = read(engine, change(photograph(name)))
    assert reading.quality == reason
    assert reading.pages, "people can see what was refused"


POOR: dict[str, Change] = {
    "dim": lambda picture: clipped(picture * 0.4 + np.random.default_rng(0).normal(0, 3, picture.shape)),
    "bright": lambda picture: clipped(picture * 1.35),
    "soft": lambda picture: np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.6), np.uint8),
    "small": lambda picture: np.asarray(cv2.resize(picture, None, fx=0.55, fy=0.55, interpolation=cv2.INTER_AREA)),
    "shadow": lambda picture: clipped(
        picture * (1 - 0.4 * (np.arange(picture.shape[1]) > 0.55 * picture.shape[1]))[:, None]
    ),
}


@pytest.mark.parametrize("condition", POOR)
@pytest.mark.parametrize("name", DRAW)
def test_an_ugly_picture_that_can_be_read_is_let_through(engine: Engine, name: str, condition: str) -> None:
    reading = read(engine, POOR[condition](photograph(name, 2)))
    assert reading.quality == OK
    assert reading.kind != "unknown"


@pytest.mark.parametrize("turns", [0, 2])
def test_the_other_side_of_the_card_is_refused(engine: Engine, turns: int) -> None:
    front, back = (np.rot90(photograph(name), turns) for name in ("front", "back"))
    assert read(engine, front, "id_card_back").quality == "wrong_side"
    assert read(engine, back, "id_card_front").quality == "wrong_side"
    assert read(engine, front, "id_card_front").quality == OK
    assert read(engine, back, "id_card_back").quality == OK


def test_a_reflection_beside_the_text_is_let_through(engine: Engine) -> None:
    picture = photograph("back", 3)
    cv2.circle(picture, (int(0.2 * picture.shape[1]), int(0.72 * picture.shape[0])), 40, (255, 255, 255), -1)
    assert read(engine, picture).quality == OK


def test_every_reason_says_what_to_do_in_both_languages() -> None:
    for reason in REASONS.values():
        assert reason.zh.count("。") >= 2
        assert reason.en.endswith(".")
        assert "!" not in reason.zh + reason.en
        assert "！" not in reason.zh
