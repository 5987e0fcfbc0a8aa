"""The sheet's corners in drawn photographs whose corners are known, and pictures in which there is no sheet."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from workers.ocr.geometry import even_light, find_sheet, rectify
from workers.ocr.images import Pixels
from workers.sandbox.specimens import (
    make_person,
    make_statement,
    render_id_back,
    render_id_front,
    render_income_certificate,
    render_statement,
)

Corners = NDArray[np.float64]


def pixels(image: Image.Image) -> Pixels:
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])


def table(seed: int, width: int = 2000, height: int = 1500) -> NDArray[np.float32]:
    """Boards with a grain: straight lines that belong to no sheet."""
    dice = np.random.default_rng(seed)
    grain = dice.normal(0, 6, (height // 3, 24)).astype(np.float32)
    tone = 110 + cv2.resize(grain, (width, height)) + 12 * np.sign(np.sin(np.arange(height) / 90))[:, None]
    return np.asarray(np.stack([tone * 0.7, tone, tone * 1.2], axis=-1), np.float32)


def lay(sheet: Pixels, corners: Corners, seed: int) -> Pixels:
    """The sheet on the table, a little soft and noisy."""
    scene = table(seed)
    height, width = scene.shape[:2]
    source = np.array([[0, 0], [sheet.shape[1], 0], [sheet.shape[1], sheet.shape[0]], [0, sheet.shape[0]]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    laid = cv2.warpPerspective(sheet, matrix, (width, height), flags=cv2.INTER_AREA)
    cover = cv2.warpPerspective(np.ones(sheet.shape[:2], np.float32), matrix, (width, height))[..., None]
    scene = scene * (1 - cover) + laid * cover
    soft = cv2.GaussianBlur(scene, (0, 0), 0.8) + np.random.default_rng(seed).normal(0, 3, scene.shape)
    return np.clip(soft, 0, 255).astype(np.uint8)


def seen_aslant(width: float, height: float, degrees: float) -> Corners:
    """Where a phone's camera sees the corners of a sheet of so many millimetres, leaning back."""
    flat = np.array([[-width, -height], [width, -height], [width, height], [-width, height]]) / 2
    lean = np.radians(degrees)
    distance = 1.6 * width
    depth = distance - flat[:, 1] * np.sin(lean)
    seen = np.column_stack([flat[:, 0], flat[:, 1] * np.cos(lean)]) / depth[:, None]
    return np.asarray(seen * 0.75 * 2000 + np.array([1000, 750]), np.float64)


SHEETS = {
    "front": pixels(render_id_front(make_person(1))),
    "back": pixels(render_id_back(make_person(2))),
    "letter": pixels(render_income_certificate(make_person(3))),
    "statement": pixels(render_statement(make_statement(make_person(4)))[0]),
}
VIEWS: dict[str, Corners] = {
    "level": np.array([[260.0, 220], [1740, 220], [1740, 1150], [260, 1150]]),
    "turned": np.array([[380.0, 150], [1790, 330], [1680, 1230], [250, 1050]]),
    "slanting": np.array([[420.0, 300], [1560, 260], [1800, 1250], [180, 1290]]),
    "upright": np.array([[620.0, 90], [1330, 110], [1310, 1400], [640, 1390]]),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", SHEETS)
def test_corners_are_found_to_the_pixel(name: str, view: str) -> None:
    found = find_sheet(lay(SHEETS[name], VIEWS[view], seed=len(name)))
    assert found is not None
    assert found.whole
    assert np.abs(found.corners - VIEWS[view]).max() < 4


def test_a_rectified_card_has_a_cards_proportions_and_what_is_on_it_in_place() -> None:
    front = SHEETS["front"]
    photo = lay(front, seen_aslant(85.6, 54, degrees=28), seed=1)
    sheet = find_sheet(photo)
    assert sheet is not None
    flat = rectify(photo, sheet)
    margin = round(0.0117 * flat.shape[1])
    inner = flat[margin:-margin, margin:-margin]
    assert inner.shape[1] / inner.shape[0] == pytest.approx(85.6 / 54, rel=0.01)
    straight = cv2.resize(front, (inner.shape[1], inner.shape[0]), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(straight.ravel(), inner.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("name", SHEETS)
def test_a_scan_is_left_as_it_is(name: str) -> None:
    found = find_sheet(SHEETS[name])
    assert found is None or not found.whole
    assert even_light(SHEETS[name]) is SHEETS[name]


@pytest.mark.parametrize("seed", range(4))
def test_a_table_is_no_sheet(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 3, (1500, 2000, 3))
    found = find_sheet(np.clip(table(seed) + noise, 0, 255).astype(np.uint8))
    assert found is None or not found.whole


def test_a_sheet_that_leaves_the_picture_is_not_whole() -> None:
    corners = VIEWS["level"] + np.array([700.0, 0])
    found = find_sheet(lay(SHEETS["back"], corners, seed=3))
    assert found is not None
    assert not found.whole


def test_a_shadow_is_taken_out_and_colour_kept() -> None:
    card = SHEETS["back"]
    shadow = np.ones(card.shape[:2], np.float32)
    shadow[:, card.shape[1] // 2 :] = 0.55
    shaded = np.clip(card * cv2.GaussianBlur(shadow, (0, 0), 30)[..., None], 0, 255).astype(np.uint8)
    even = even_light(shaded)
    left, right = (
        even[600:640, 40:200].reshape(-1, 3).mean(axis=0),
        even[600:640, 1080:1240].reshape(-1, 3).mean(axis=0),
    )
    assert np.abs(left - right).max() < 12
    emblem, was = even[180:220, 140:180].reshape(-1, 3).mean(axis=0), card[180:220, 140:180].reshape(-1, 3).mean(axis=0)
    assert np.abs(emblem / emblem.sum() - was / was.sum()).max() < 0.03


def test_a_rule_on_a_sheet_that_leaves_the_picture_is_not_its_side() -> None:
    """The table's head stands where a side would; above it the paper goes on."""
    page = np.full((1400, 1000, 3), 236, np.uint8)
    cv2.rectangle(page, (0, 300), (1000, 312), (60, 60, 60), -1)
    corners = np.array([[500.0, -260], [1500, -260], [1500, 1140], [500, 1140]])
    found = find_sheet(lay(page, corners, seed=5))
    assert found is None or not found.whole


@given(
    size=st.tuples(st.integers(240, 900), st.integers(240, 900)),
    rectangles=st.lists(st.tuples(*[st.integers(0, 900)] * 4, st.integers(0, 255)), max_size=5),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_no_drawing_upsets_the_search(size: tuple[int, int], rectangles: list[tuple[int, ...]]) -> None:
    """Plain areas have no grain: nothing stands out along their sides."""
    picture = np.full((*size, 3), 120, np.uint8)
    for left, top, right, bottom, tone in rectangles:
        cv2.rectangle(picture, (left, top), (right, bottom), (tone, tone, 255 - tone), -1)
    found = find_sheet(picture)
    if found is not None and found.whole:
        assert min(rectify(picture, found).shape[:2]) > 0
