"""PaddleOCR itself, in its child process, on specimens and on files that are none."""

import asyncio
import os
import signal
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import psutil
import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFilter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from workers.ocr.errors import ModelMissing, ReadInterrupted
from workers.ocr.limits import Limits
from workers.ocr.quality import OK, REASONS
from workers.ocr.reader import DocumentReader
from workers.ocr.reading import Reading
from workers.sandbox.specimens import (
    Person,
    make_person,
    make_statement,
    photo,
    render_fund_statement,
    render_id_back,
    render_id_front,
    render_income_certificate,
    render_payslip,
    render_statement,
    to_jpeg,
    to_pdf,
)
from workers.sandbox.specimens.payslip import pay_of
from workers.settings import prepare_reader

SEEDS = range(5)

pillow_heif.register_heif_opener()


@pytest.fixture(scope="session")
def ocr_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ocr")


@pytest.fixture(scope="session")
def reader(ocr_home: Path) -> Iterator[DocumentReader]:
    """One engine for all tests: loading it takes seconds."""
    shared = DocumentReader(home=ocr_home)
    asyncio.run(shared.start())
    yield shared
    asyncio.run(shared.aclose())


def values(reading: Reading) -> dict[str, str]:
    return {name: field.value for name, field in reading.fields.items()}


def front_of(person: Person) -> dict[str, str]:
    return {
        "name": person.name,
        "sex": person.sex,
        "ethnicity": person.ethnicity,
        "birth_date": person.birth_date.isoformat(),
        "address": person.address,
        "id_number": person.id_number,
    }


def encoded(picture: Image.Image, format_: str, **options: Any) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, format_, **options)
    return buffer.getvalue()


def empty_pdf(pages: int) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(595, 842)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def cat() -> Image.Image:
    picture = Image.new("RGB", (1600, 1200), (200, 180, 150))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((500, 400, 1100, 1000), fill=(90, 70, 60))
    for ear in ([(540, 520), (560, 260), (720, 420)], [(1060, 520), (1040, 260), (880, 420)]):
        pen.polygon(ear, fill=(90, 70, 60))
    for eye in ((640, 560, 720, 640), (880, 560, 960, 640)):
        pen.ellipse(eye, fill=(240, 240, 120))
    for whisker in range(3):
        pen.line((600, 760 + whisker * 30, 300, 720 + whisker * 50), fill=(20, 20, 20), width=5)
    return picture


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("taken", ["straight", "photo"])
async def test_an_id_card_is_read_exactly(reader: DocumentReader, seed: int, taken: str) -> None:
    person = make_person(seed)
    front, back = render_id_front(person), render_id_back(person)
    if taken == "photo":
        front, back = photo(front, seed), photo(back, seed)
    read_front, read_back = await reader.read(to_jpeg(front)), await reader.read(to_jpeg(back))
    assert (read_front.kind, read_front.side, read_front.quality) == ("id_card_front", "front", OK)
    assert values(read_front) == front_of(person)
    assert {check.id for check in read_front.checks if check.passed} == {
        "id_checksum",
        "id_region",
        "id_county",
        "id_age",
        "id_birth_date",
        "id_sex",
    }
    assert (read_back.kind, read_back.side, read_back.quality) == ("id_card_back", "back", OK)
    assert values(read_back) == {
        "authority": person.authority,
        "valid_from": person.valid_from.isoformat(),
        "valid_to": person.valid_to.isoformat() if person.valid_to else "long_term",
    }
    assert all(check.passed for check in read_back.checks)


async def test_pages_are_kept_upright_small_and_without_metadata(reader: DocumentReader) -> None:
    person = make_person(1)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a camera"
    picture = photo(render_id_front(person), 1, long_side=3000).rotate(90, expand=True)
    reading = await reader.read(to_jpeg(picture, exif=exif.tobytes()))
    assert values(reading) == front_of(person)
    (page,) = reading.pages
    kept = Image.open(BytesIO(page.jpeg))
    assert kept.size == (page.width, page.height)
    assert max(kept.size) <= 2000
    assert page.width / page.height == pytest.approx(85.6 / 54, rel=0.03)
    assert not kept.getexif()
    assert max(Image.open(BytesIO(reading.thumbnail)).size) == 320
    left, top, right, bottom = reading.fields["id_number"].box
    # The number stands in the lower right of the card, and the box is where it says.
    assert left > 0.3 * page.width
    assert 0.75 * page.height < top < bottom <= page.height
    assert right - left > 10 * (bottom - top)


@pytest.mark.parametrize("turn", [90, 180, 270])
async def test_a_picture_lying_on_its_side_or_head_is_turned(reader: DocumentReader, turn: int) -> None:
    person = make_person(2)
    reading = await reader.read(to_jpeg(photo(render_id_front(person), 2).rotate(turn, expand=True)))
    assert values(reading) == front_of(person)
    assert reading.pages[0].width / reading.pages[0].height == pytest.approx(85.6 / 54, rel=0.03)


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "HEIF"])
async def test_formats_of_phones(reader: DocumentReader, format_: str) -> None:
    person = make_person(3)
    reading = await reader.read(encoded(photo(render_id_back(person), 3), format_))
    assert (reading.kind, reading.quality) == ("id_card_back", OK)


async def test_amounts_of_income_documents_are_exact(reader: DocumentReader) -> None:
    person, seed = make_person(1), 1
    pay = pay_of(person)
    payslip = await reader.read(to_jpeg(photo(render_payslip(person), seed)))
    assert payslip.kind == "payslip"
    assert {
        "name": person.name,
        "employer": person.employer,
        "gross_pay": str(pay.gross_fen),
        "net_pay": str(pay.net_fen),
    }.items() <= values(payslip).items()
    letter = await reader.read(to_jpeg(photo(render_income_certificate(person), seed)))
    assert letter.kind == "income_certificate"
    assert {
        "name": person.name,
        "id_number": person.id_number,
        "employer": person.employer,
        "monthly_income": str(person.monthly_income_fen),
    }.items() <= values(letter).items()
    fund = await reader.read(to_jpeg(photo(render_fund_statement(person), seed)))
    assert fund.kind == "fund_statement"
    assert {
        "name": person.name,
        "base": str(person.monthly_income_fen),
        "monthly_deposit": str(2 * pay.fund_fen),
    }.items() <= values(fund).items()
    assert all(check.passed for reading in (payslip, letter, fund) for check in reading.checks)


async def test_every_row_of_a_statement_is_exact(reader: DocumentReader, tmp_path: Path) -> None:
    person = make_person(4)
    statement = make_statement(person, months=4)
    pages = render_statement(statement)
    to_pdf(pages, tmp_path / "statement.pdf")
    reading = await reader.read(tmp_path / "statement.pdf")
    assert (reading.kind, reading.quality, len(reading.pages)) == ("bank_statement", OK, len(pages))
    rows = [tuple(row[name].value for name in ("date", "amount", "balance")) for row in reading.rows]
    assert rows == [(e.day.isoformat(), str(e.amount_fen), str(e.balance_fen)) for e in statement.entries]
    assert values(reading)["salary_monthly"] == str(pay_of(person).net_fen)
    assert all(check.passed for check in reading.checks)
    assert {row["date"].page for row in reading.rows} == set(range(len(pages)))


async def test_a_photographed_page_of_a_statement(reader: DocumentReader) -> None:
    statement = make_statement(make_person(4))
    reading = await reader.read(to_jpeg(photo(render_statement(statement)[0], 4)))
    assert [row["balance"].value for row in reading.rows] == [str(e.balance_fen) for e in statement.entries[:26]]


def _refused() -> dict[str, tuple[str, bytes]]:
    card = photo(render_id_front(make_person(1)), 1, long_side=1600)
    locked = BytesIO()
    writer = copy_into_new_writer(PdfFileReader(BytesIO(empty_pdf(1))))
    writer.encrypt(owner_pass="owner", user_pass="user")
    writer.write(locked)
    return {
        "text": ("wrong_type", b"not a picture at all"),
        "gif": ("wrong_type", encoded(cat(), "GIF")),
        "nothing": ("empty", b""),
        "truncated": ("unreadable", to_jpeg(card)[:40_000]),
        "broken_pdf": ("unreadable", b"%PDF-1.7\nnothing follows"),
        "long_pdf": ("too_many_pages", empty_pdf(500)),
        "locked_pdf": ("encrypted_pdf", locked.getvalue()),
        "blank_pdf": ("not_a_document", empty_pdf(1)),
        "one_pixel": ("too_small", encoded(Image.new("RGB", (1, 1)), "PNG")),
        "small": ("too_small", to_jpeg(card.resize((300, 225)))),
        "dark": ("too_dark", to_jpeg(card.point(lambda v: int(v * 0.12)))),
        "bright": ("over_exposed", to_jpeg(card.point(lambda v: min(255, int(v * 0.15 + 236))))),
        "blurred": ("blurred", to_jpeg(card.filter(ImageFilter.GaussianBlur(14)))),
        "cat": ("not_a_document", to_jpeg(cat())),
    }


REFUSED = _refused()


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_used_is_refused_with_its_reason(reader: DocumentReader, name: str) -> None:
    reason, data = REFUSED[name]
    reading = await reader.read(data)
    assert (reading.kind, reading.quality) == ("unknown", reason)
    assert REASONS[reason].zh
    assert REASONS[reason].en
    assert not reading.fields


async def test_a_bomb_is_refused_before_it_is_decoded(reader: DocumentReader) -> None:
    noise = np.random.default_rng(1).integers(0, 2, (9000, 200), np.uint8) * 255
    wide = np.zeros((9000, 9000), np.uint8)
    wide[:, :200] = noise
    bomb = encoded(Image.fromarray(wide).convert("1"), "PNG", optimize=True)
    assert len(bomb) < 400_000
    await reader.start()
    child = psutil.Process(reader.pid)
    before = child.cpu_times().user
    assert (await reader.read(bomb)).quality == "too_large_pixels"
    assert child.cpu_times().user - before < 0.3  # its own work, however busy the machine; decoding takes seconds


async def test_memory_is_bounded_while_decoding(ocr_home: Path) -> None:
    reader = DocumentReader(home=ocr_home, limits=Limits(memory=96 << 20))
    try:
        reading = await reader.read(encoded(Image.new("L", (7900, 7900), 200), "PNG"))
        assert reading.quality == "too_large_pixels"
        before = reader.pid
        assert (await reader.read(b"")).quality == "empty"
        assert reader.pid == before
    finally:
        await reader.aclose()


async def _begin(reader: DocumentReader, data: bytes) -> asyncio.Task[Reading]:
    """A read that is under way and can't end: its process is stopped."""
    await reader.start()
    assert reader.pid is not None
    os.kill(reader.pid, signal.SIGSTOP)
    reading = asyncio.create_task(reader.read(data))
    await asyncio.sleep(0)  # nobody else reads: the document is on its way at once
    return reading


async def test_a_killed_process_is_replaced(reader: DocumentReader) -> None:
    person = make_person(0)
    data = to_jpeg(photo(render_id_front(person), 0))
    reading = await _begin(reader, data)
    pid = reader.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ReadInterrupted) as interrupted:
        await reading
    assert interrupted.value.retryable
    assert values(await reader.read(data)) == front_of(person)
    assert reader.pid != pid


async def test_a_read_given_up_leaves_no_answer_behind(reader: DocumentReader) -> None:
    person = make_person(0)
    given_up = await _begin(reader, to_jpeg(render_id_back(person)))
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert (await reader.read(b"")).quality == "empty"


async def test_callers_take_turns_and_get_their_own_answer(reader: DocumentReader) -> None:
    people = [make_person(seed) for seed in (11, 12, 13)]
    readings = await asyncio.gather(*(reader.read(to_jpeg(render_id_front(person))) for person in people))
    assert [reading.fields["id_number"].value for reading in readings] == [person.id_number for person in people]


async def test_the_process_is_renewed_after_so_many_reads(ocr_home: Path) -> None:
    reader = DocumentReader(home=ocr_home, recycle_after=2)
    try:
        pids = []
        for _ in range(3):
            await reader.start()
            pids.append(reader.pid)
            assert (await reader.read(b"")).quality == "empty"
        assert pids[0] == pids[1] != pids[2]
    finally:
        await reader.aclose()


async def test_a_worker_starts_though_its_reader_takes_too_long(
    ocr_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = DocumentReader(home=ocr_home)
    try:
        with monkeypatch.context() as hurried:
            hurried.setattr("workers.ocr.reader._START_SECONDS", 0)
            await prepare_reader(reader)
            assert reader.pid is None
        assert (await reader.read(b"")).quality == "empty"
    finally:
        await reader.aclose()


async def test_a_missing_model_is_named(tmp_path: Path) -> None:
    reader = DocumentReader(home=tmp_path, models=tmp_path / "nowhere")
    with pytest.raises(ModelMissing, match=r"XINDAI_OCR_MODELS.*_det"):
        await reader.start()
    assert reader.pid is None
