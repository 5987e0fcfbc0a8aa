"""One specimen and the truth about it, from a seed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from e2e.bench.documents import shots
from e2e.bench.documents.camera import Shot, project, take
from e2e.bench.documents.cards import draw_back, draw_front
from e2e.bench.documents.files import as_file, as_pdf
from e2e.bench.documents.funds import draw_fund
from e2e.bench.documents.letters import draw_letter
from e2e.bench.documents.payslips import draw_payslip
from e2e.bench.documents.people import choose_person
from e2e.bench.documents.scenes import BACKGROUNDS, SCENES, Dice, Picture
from e2e.bench.documents.screens import emit, on_a_screen
from e2e.bench.documents.sheet import Sheet
from e2e.bench.documents.statements import draw_statement
from workers.ocr.reading import KindName

KINDS: Mapping[KindName, float] = {
    "id_card_front": 0.26, "id_card_back": 0.16, "payslip": 0.2, "income_certificate": 0.16, "bank_statement": 0.13,
    "fund_statement": 0.09,
}  # fmt: skip
REFUSALS = (
    "too_dark", "over_exposed", "glare", "blurred", "too_small", "cut_off", "not_a_document", "wrong_side",
    "photo_of_screen",
)  # fmt: skip
READABLE_SHARE = 0.78
# What a glare must not hide, by kind: see shots.glaring.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "id_card_front": ("id_number", "name", "address"), "id_card_back": ("valid_to", "authority"),
    "payslip": ("net_pay", "gross_pay"), "income_certificate": ("amount_in_words", "id_number"),
    "bank_statement": ("rows",), "fund_statement": ("base", "id_number"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Truth:
    """`fields` and `rows` in the reader's normal forms (workers.ocr.reading); `quality` is `ok` or the refusal due.

    Fields are what the paper says even when the picture must be refused. An annual certificate has `annual_income`.
    """

    kind: KindName
    fields: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Mapping[str, str], ...] = ()
    quality: str = "ok"
    conditions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """A file as uploaded; `expected` is the kind the question asked for, where it asks for a side."""

    seed: int
    data: bytes
    media_type: str
    truth: Truth
    expected: KindName | None = None


@dataclass(frozen=True, slots=True)
class _Paper:
    kind: KindName
    sheets: list[Sheet]
    fields: dict[str, str]
    rows: tuple[dict[str, str], ...] = ()
    layout: str = ""


def make_sample(seed: int, kind: KindName | None = None, quality: str | None = None) -> Sample:
    """The same arguments give the same bytes. `kind` and `quality` may be given to look at one sort only."""
    rng, dice = Random(seed), np.random.default_rng(seed)  # noqa: S311 - reproducible specimens, not secrets
    drawn = "ok" if rng.random() < READABLE_SHARE else rng.choice(REFUSALS)
    quality = quality or drawn
    drawn_kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    kind = kind or drawn_kind
    if quality == "not_a_document":
        return _without_document(seed, rng, dice)
    if quality == "wrong_side" and kind not in ("id_card_front", "id_card_back"):
        kind = "id_card_front" if rng.random() < 0.5 else "id_card_back"
    paper = _draw(kind, rng, quality)
    if quality == "ok":
        return _readable(seed, paper, rng, dice)
    if quality == "wrong_side":
        sample = _photographed(seed, paper, rng, dice, "wrong_side")
        other: KindName = "id_card_back" if kind == "id_card_front" else "id_card_front"
        return Sample(seed, sample.data, sample.media_type, sample.truth, other)
    if quality == "photo_of_screen":
        return _from_a_screen(seed, paper, rng, dice)
    return _photographed(seed, paper, rng, dice, quality)


def make_only(task: tuple[int, str | None]) -> Sample:
    """The sample of a seed; with a kind a readable one of it, with a refusal one that is due it."""
    seed, only = task
    kind = next((name for name in KINDS if name == only), None)
    return make_sample(seed, kind, "ok" if kind else only)


def _draw(kind: KindName, rng: Random, quality: str) -> _Paper:
    person, day = choose_person(rng), date(2026, 1, 5) + timedelta(days=rng.randrange(300))
    if kind == "id_card_front":
        sheet, fields = draw_front(person, rng)
        return _Paper(kind, [sheet], fields)
    if kind == "id_card_back":
        sheet, fields = draw_back(person, rng)
        return _Paper(kind, [sheet], fields)
    if kind == "bank_statement":
        sheets, fields, rows = draw_statement(person, day, rng, rng.choice((1, 2, 2, 3)))
        return _Paper(kind, sheets, fields, rows)
    draw = {"payslip": draw_payslip, "income_certificate": draw_letter, "fund_statement": draw_fund}[kind]
    while True:
        sheet, fields, layout = draw(person, day, rng)
        # A screenshot is no photograph and has no photograph's faults.
        if layout != "screen" or quality in ("ok", "photo_of_screen"):
            return _Paper(kind, [sheet], fields, layout=layout)


def _readable(seed: int, paper: _Paper, rng: Random, dice: Dice) -> Sample:
    expected = paper.kind if paper.kind.startswith("id_card") and rng.random() < 0.6 else None
    if paper.layout == "screen":
        picture = np.asarray(paper.sheets[0].image)
        file_format = rng.choice(("PNG", "JPEG"))
        data, media_type = as_file(picture, file_format, rng.randint(80, 95))
        return Sample(seed, data, media_type, _truth(paper, "ok", {"file": f"screenshot {file_format}"}))
    clean = {"bank_statement": 0.4, "income_certificate": 0.06, "fund_statement": 0.12}.get(paper.kind, 0.0)
    if rng.random() < clean:
        data = as_pdf([np.asarray(sheet.image) for sheet in paper.sheets], rng.randint(78, 93))
        return Sample(seed, data, "application/pdf", _truth(paper, "ok", {"file": "pdf"}))
    if len(paper.sheets) > 1 and rng.random() < 0.3:
        pictures = [_shoot(sheet, paper, dice, "ok")[0] for sheet in paper.sheets]
        data = as_pdf(pictures, rng.randint(72, 90))
        return Sample(seed, data, "application/pdf", _truth(paper, "ok", {"file": "pdf of photos"}))
    sample = _photographed(seed, paper, rng, dice, "ok")
    return Sample(seed, sample.data, sample.media_type, sample.truth, expected)


def _photographed(seed: int, paper: _Paper, rng: Random, dice: Dice, quality: str) -> Sample:
    """A photo of the first page, with that page's rows."""
    picture, conditions = _shoot(paper.sheets[0], paper, dice, quality)
    data, media_type, filed = _filed(picture, rng, quality)
    first = _first_page(paper)
    return Sample(seed, data, media_type, _truth(first, quality, {**conditions, **filed}))


def _first_page(paper: _Paper) -> _Paper:
    if len(paper.sheets) < 2:
        return paper
    first = paper.sheets[0]
    return _Paper(paper.kind, [first], paper.fields, paper.rows[: first.rows], paper.layout)


def _shoot(sheet: Sheet, paper: _Paper, dice: Dice, quality: str) -> tuple[Picture, dict[str, Any]]:
    if quality == "too_small":
        view = shots.aim_far(sheet, dice)
    elif quality == "cut_off":
        view = shots.aim_beside(sheet, dice)
    else:
        view = shots.aim(sheet, dice)
    if quality == "too_dark":
        shot = shots.too_dark(view, dice)
    elif quality == "over_exposed":
        shot = shots.over_exposed(view, dice)
    elif quality == "blurred":
        shot = shots.blurred(view, dice)
    elif quality == "glare":
        shot = shots.glaring(view, sheet, dice, _KEYS[paper.kind])
    else:
        shot = shots.good(view, sheet, dice)
    behind = BACKGROUNDS[shot.background](dice, shot.width, shot.height)
    if quality == "over_exposed" and dice.random() < 0.6:
        # A flash in a dark room: the table stays dark.
        behind = (behind * dice.uniform(0.02, 0.08)).astype(np.uint8)
    rounded = sheet.width * 0.037 if paper.kind.startswith("id_card") else 0.0
    picture = take(np.asarray(sheet.image), behind, shot, dice, rounded=rounded)
    return picture, {
        "layout": paper.layout, "frame": view.frame, "background": shot.background, "smallest": round(view.smallest, 1),
        "defocus": round(shot.defocus, 1), "motion": round(shot.motion, 1), "noise": round(float(shot.noise), 1),
        "gain": round(float(shot.gain), 2), "shadow": round(shot.shadow, 2), "glare": len(shot.glares),
    }  # fmt: skip


def _filed(picture: Picture, rng: Random, quality: str) -> tuple[bytes, str, dict[str, Any]]:
    """Turned by the phone or its owner, and compressed, perhaps twice."""
    conditions: dict[str, Any] = {}
    orientation = 1
    chance = rng.random()
    if chance < 0.14:
        orientation, turns = rng.choice(((6, 1), (8, 3), (3, 2)))
        picture = np.ascontiguousarray(np.rot90(picture, turns))
        conditions["exif"] = orientation
    elif chance < 0.26 and quality != "cut_off":
        turns = rng.choice((1, 2, 3))
        picture = np.ascontiguousarray(np.rot90(picture, turns))
        conditions["turned"] = 90 * turns
    file_format = rng.choices(("JPEG", "PNG", "WEBP", "HEIF"), (0.86, 0.03, 0.06, 0.05))[0]
    level = rng.randint(40, 60) if rng.random() < 0.15 else rng.randint(62, 95)
    if file_format == "JPEG" and rng.random() < 0.15:
        first, _ = as_file(picture, "JPEG", 88)
        with Image.open(BytesIO(first)) as opened:
            picture = np.asarray(opened)
        level, conditions["compressed_again"] = rng.randint(60, 75), True
    data, media_type = as_file(picture, file_format, level, orientation)
    return data, media_type, {**conditions, "file": f"{file_format} {level}"}


def _from_a_screen(seed: int, paper: _Paper, rng: Random, dice: Dice) -> Sample:
    shown = on_a_screen(np.asarray(paper.sheets[0].image), dice)
    size = (shown.shape[1], shown.shape[0])
    frame = (2000, 1500) if size[0] >= size[1] else (1500, 2000)
    matrix = project(dice, size, frame, view=10, fill=dice.uniform(0.9, 1.2), roll=dice.normal(0, 2.5))
    shot = Shot(*frame, matrix, "laminate", softness=0.6, noise=dice.uniform(0.8, 2.0))
    behind = (BACKGROUNDS[shot.background](dice, *frame) * 0.5).astype(np.uint8)
    picture = emit(take(shown, behind, shot, dice), matrix, size, dice)
    level = rng.randint(74, 94)
    data, media_type = as_file(picture, "JPEG", level)
    return Sample(seed, data, media_type, _truth(_first_page(paper), "photo_of_screen", {"file": f"JPEG {level}"}))


def _without_document(seed: int, rng: Random, dice: Dice) -> Sample:
    scene = rng.choice(list(SCENES))
    frame = rng.choice(((2000, 1500), (1500, 2000), (1600, 1200)))
    picture = SCENES[scene](dice, *frame)
    shot = Shot(*frame, np.eye(3), noise=dice.uniform(1, 4), shade=dice.uniform(0, 0.3), gain=dice.uniform(0.7, 1.1))
    # A sheet of one pixel in the corner: the same light, lens and sensor without a document.
    picture = take(picture[:1, :1], picture, shot, dice)
    level = rng.randint(60, 93)
    data, media_type = as_file(picture, "JPEG", level)
    return Sample(seed, data, media_type, Truth("unknown", quality="not_a_document", conditions={"scene": scene}))


def _truth(paper: _Paper, quality: str, conditions: dict[str, Any]) -> Truth:
    return Truth(paper.kind, paper.fields, paper.rows, quality, {"layout": paper.layout, **conditions})
