"""Traces of editing: found where they are, silent on what cameras, scanners and banks make."""

from io import BytesIO

import pytest
from PIL import ExifTags, Image

from workers.ocr.editing import find_hints
from workers.sandbox.specimens import make_person, photo, render_id_front, render_payslip
from workers.tests.test_ocr_images import CATALOG, PAGES, UPPER_HALF_RED, card, encoded, page, pdf


def hints(data: bytes) -> set[str]:
    found = find_hints(data)
    assert all(not check.passed and check.severity == "warning" and check.zh and check.en for check in found)
    return {check.id for check in found}


def with_software(software: str, format_: str = "JPEG", encoding: str = "utf-8") -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = software.encode(encoding)
    return encoded(card(), format_, exif=exif.tobytes())


@pytest.mark.parametrize(
    "software", ["Adobe Photoshop 25.0 (Windows)", "美图秀秀 10.2", "Snapseed 2.0", "PicsArt", "GIMP 2.10.36", "醒图"]
)
def test_editors_that_sign_their_work_are_named(software: str) -> None:
    for format_ in ("JPEG", "PNG", "WEBP", "HEIF"):
        for encoding in ("utf-8", "gb18030"):
            assert hints(with_software(software, format_, encoding)) == {"edited_software"}


@pytest.mark.parametrize(
    "software", ["17.6.1", "MIUI 14", "HDR+ 1.0.597", "HarmonyOS 4.2", "Agimpo", "Camera360", "Canvas 2", "x" * 300_000]
)
def test_what_cameras_write_is_no_trace(software: str) -> None:
    assert hints(with_software(software[:60_000])) == set()


def test_xmp_and_png_texts_are_read_too() -> None:
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><xmp:CreatorTool>Adobe Photoshop Lightroom</xmp:CreatorTool></x:xmpmeta>'
    )
    assert hints(encoded(card(), "JPEG", xmp=xmp)) == {"edited_software"}
    assert hints(encoded(card(), "WEBP", xmp=xmp)) == {"edited_software"}
    plain = encoded(card(), "JPEG")
    assert hints(plain[:2] + b"\xff\xec\x00\x07Ducky" + plain[2:]) == {"edited_software"}


def camera(picture: Image.Image, preview: Image.Image) -> bytes:
    """A JPEG as cameras write it: EXIF with a thumbnail in its second directory (EXIF 2.3, 4.5.4)."""
    small = encoded(preview, "JPEG", quality=70)
    tiff = b"II*\0\x08\0\0\0" + b"\0\0" + b"\x0e\0\0\0"
    entries = ((0x0103, 3, 6), (0x0201, 4, 14 + 2 + 36 + 4), (0x0202, 4, len(small)))
    tiff += len(entries).to_bytes(2, "little")
    for tag, kind, value in entries:
        tiff += b"".join(n.to_bytes(size, "little") for n, size in ((tag, 2), (kind, 2), (1, 4), (value, 4)))
    return encoded(picture, "JPEG", exif=b"Exif\0\0" + tiff + b"\0\0\0\0" + small)


def barred(picture: Image.Image) -> Image.Image:
    """The 160 × 120 of the standard, with bars above and below."""
    preview = Image.new("RGB", (160, 120))
    small = picture.resize((160, round(160 * picture.height / picture.width)))
    preview.paste(small, (0, (120 - small.height) // 2))
    return preview


@pytest.mark.parametrize("seed", range(6))
def test_a_preview_of_another_picture_is_told(seed: int) -> None:
    person = make_person(seed)
    taken = photo(render_id_front(person), seed, long_side=1600)
    other = photo(render_payslip(person), seed + 50, long_side=1600)
    assert hints(camera(taken, taken.resize((160, 120)))) == set()
    assert hints(camera(taken, barred(taken))) == set()
    wide = taken.crop((0, 150, 1600, 1050))
    assert hints(camera(wide, barred(wide))) == set()
    assert hints(camera(taken, other.resize((160, 120)))) == {"edited_preview"}


def test_a_preview_that_says_nothing_is_passed_over() -> None:
    taken = photo(render_id_front(make_person(1)), 1, long_side=1600)
    assert hints(camera(taken.crop((0, 0, 800, 1200)), taken.resize((160, 120)))) == set()  # cut out of the middle
    assert hints(camera(taken, Image.new("RGB", (160, 120)))) == set()
    assert hints(camera(taken, taken.resize((160, 120)))[:-2000]) == set()


def about(**entries: str) -> bytes:
    text = b" ".join(b"/%s (%s)" % (key.encode(), value.encode()) for key, value in entries.items())
    made = pdf(CATALOG, PAGES, page(), UPPER_HALF_RED, b"<< %s >>" % text)
    return made.replace(b"/Root 1 0 R", b"/Root 1 0 R /Info 5 0 R")


AT, MINUTE_LATER, DAY_LATER = "D:20260401101010+08'00'", "D:20260401021110Z", "D:20260402101010+08'00'"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (about(Producer="iText 5.5", CreationDate=AT, ModDate=AT), set()),
        (about(Producer="JasperReports", CreationDate=AT, ModDate=MINUTE_LATER), set()),
        (about(Producer="Microsoft: Print To PDF"), set()),
        (about(CreationDate="nonsense", ModDate="D:99999999999999"), set()),
        (about(Producer="Adobe Photoshop for Windows"), {"edited_software"}),
        (about(Creator="WPS PDF"), {"edited_software"}),
        (about(Producer="iText 5.5", CreationDate=AT, ModDate=DAY_LATER), {"edited_pdf"}),
        (about() + b"startxref\n0\n%%EOF\n" * 2, {"edited_pdf"}),
        (about() + b"/ByteRange [0 1 2 3] startxref\n0\n%%EOF\n", set()),
        (about() + b"startxref\n0\n%%EOF\n/ByteRange [0 1 2 3] startxref\n0\n%%EOF\n", set()),
        (about().replace(b"1.7\n", b"1.7\n% /Linearized 1\n") + b"startxref\n0\n%%EOF\n" * 2, set()),
        (b"%PDF-1.7 nothing", set()),
    ],
)
def test_pdf_that_were_changed_after_they_were_made(data: bytes, found: set[str]) -> None:
    assert hints(data) == found


@pytest.mark.parametrize(
    ("subtype", "found"),
    [
        ("FreeText", {"edited_overlay"}),
        ("Square", {"edited_overlay"}),
        ("Link", set()),
        ("Widget", set()),
        ("Stamp", set()),
    ],
)
def test_what_is_drawn_over_a_page(subtype: str, found: set[str]) -> None:
    annotation = b"<< /Type /Annot /Subtype /%s /Rect [10 10 90 40] /Contents (9000) >>" % subtype.encode()
    assert hints(pdf(CATALOG, PAGES, page(more=b"/Annots [5 0 R]"), UPPER_HALF_RED, annotation)) == found


def test_a_script_in_a_pdf_is_told() -> None:
    catalog = b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> >>"
    assert hints(pdf(catalog, PAGES, page(), UPPER_HALF_RED)) == {"pdf_active"}


def test_what_cannot_be_opened_gives_no_hint() -> None:
    buffer = BytesIO()
    card().save(buffer, "JPEG")
    for data in (b"", b"GIF89a", b"hello", b"%PDF-", buffer.getvalue()[:30]):
        assert hints(data) == set()
