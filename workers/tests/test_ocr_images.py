"""Bad and odd files at the decoder: upright pixels in true colours, or the reason why not; never anything else."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pillow_heif
import pypdfium2
import pytest
from PIL import ExifTags, Image, ImageCms, ImageDraw
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from workers.ocr.images import LONG_SIDE, Pixels, decode, encode
from workers.ocr.quality import MAX_PAGES, Refused
from workers.ocr.reader import DocumentReader

pillow_heif.register_heif_opener()

RED, GREEN, WHITE = (200, 30, 30), (30, 160, 60), (255, 255, 255)


def card(size: tuple[int, int] = (800, 500)) -> Image.Image:
    """Red above, green below: what is up and what is which colour can be told."""
    picture = Image.new("RGB", size, RED)
    ImageDraw.Draw(picture).rectangle((0, size[1] // 2, size[0], size[1]), fill=GREEN)
    return picture


def encoded(picture: Image.Image, format_: str, **options: Any) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, format_, **options)
    return buffer.getvalue()


def one(data: bytes) -> Pixels:
    (pixels,) = decode(data)
    return pixels


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        list(decode(data))
    return refused.value.reason


def colour_at(pixels: Pixels, x: float, y: float) -> tuple[int, int, int]:
    """Red, green and blue, at a part of the width and of the height."""
    blue, green, red = (int(v) for v in pixels[int(y * pixels.shape[0]), int(x * pixels.shape[1])])
    return red, green, blue


def assert_upright(pixels: Pixels, tolerance: int = 12) -> None:
    for y, colour in ((0.25, RED), (0.75, GREEN)):
        assert np.abs(np.subtract(colour_at(pixels, 0.5, y), colour)).max() <= tolerance, (y, colour)


def pdf(*objects: bytes, root: int = 1) -> bytes:
    """Numbered from 1. Without a table of offsets: readers build their own."""
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, text) for number, text in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer << /Root %d 0 R >>\n%%%%EOF\n" % root


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


def page(box: bytes = b"0 0 600 400", more: bytes = b"") -> bytes:
    return b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R %s >>" % (box, more)


UPPER_HALF_RED = stream(b"1 0 0 rg 0 200 600 200 re f")


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_every_format_keeps_its_colours(format_: str) -> None:
    pixels = one(encoded(card(), format_))
    assert pixels.shape == (500, 800, 3)
    assert_upright(pixels)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_says_what_is_up(format_: str, orientation: int) -> None:
    """The eight orientations of EXIF 2.3; HEIF says the same by its own rotation, which must not count twice."""
    stored = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    marked = card()
    ImageDraw.Draw(marked).rectangle((0, 0, 100, 100), fill=WHITE)
    turned = marked
    for turn in stored.get(orientation, []):
        turned = turned.transpose(turn)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    pixels = one(encoded(turned, format_, exif=exif.tobytes()))
    assert pixels.shape == (500, 800, 3)
    assert_upright(pixels)
    assert min(colour_at(pixels, 0.05, 0.05)) > 240


def test_a_photo_larger_than_a_page_is_made_smaller() -> None:
    for size in ((4032, 3024), (3024, 4032), (2001, 1500), (8000, 500)):
        for format_ in ("JPEG", "PNG"):
            height, width = one(encoded(card(size), format_)).shape[:2]
            assert max(height, width) == LONG_SIDE
            assert abs(width / height - size[0] / size[1]) < 0.01 * size[0] / size[1]


def test_a_photo_with_place_and_time_leaves_them_behind() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "a camera"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (31.0, 14.0, 9.0)
    data = encoded(card(), "JPEG", exif=exif, comment=b"a remark", icc_profile=wide_profile())
    kept = Image.open(BytesIO(encode(one(data)).jpeg))
    assert not kept.getexif()
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(kept.info)
    assert b"a camera" not in encode(one(data)).jpeg


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_metadata_are_no_reason_to_refuse() -> None:
    for block in (b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(range(99))):
        assert_upright(one(encoded(card(), "JPEG", exif=block)))
    assert_upright(one(encoded(card(), "JPEG", icc_profile=b"no profile" * 30)))


def test_cmyk_keeps_its_colours() -> None:
    """Adobe writes CMYK inverted and says so by its marker, which Pillow writes and reads."""
    cmyk = Image.new("CMYK", (800, 500), (0, 255, 255, 0))
    cmyk.paste((255, 0, 255, 0), (0, 250, 800, 500))
    pixels = one(encoded(cmyk, "JPEG", quality=95))
    for y, wanted in ((0.25, (255, 0, 0)), (0.75, (0, 255, 0))):
        assert np.abs(np.subtract(colour_at(pixels, 0.5, y), wanted)).max() < 40


@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_are_brought_to_eight(channels: int) -> None:
    values = np.full((300, 600, channels), 0x8000, np.uint16)
    values[150:] = 0xFFFF
    data = cv2.imencode(".png", values)[1].tobytes()
    assert data[24] == 16  # bits a sample
    pixels = one(data)
    assert colour_at(pixels, 0.5, 0.25) == (128, 128, 128)
    assert colour_at(pixels, 0.5, 0.75) == WHITE


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "PA"])
def test_what_is_transparent_is_white(mode: str) -> None:
    picture = Image.new("RGBA", (600, 300), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 150, 600, 300))
    pixels = one(encoded(picture.convert(mode) if mode != "PA" else picture.convert("LA"), "PNG"))
    if mode != "P":
        assert colour_at(pixels, 0.5, 0.25) == WHITE
    assert max(colour_at(pixels, 0.5, 0.75)) < 5


def test_white_print_on_nothing_stands_on_black() -> None:
    picture = Image.new("RGBA", (600, 300), (255, 255, 255, 0))
    picture.paste((255, 255, 255, 255), (0, 150, 600, 300))
    pixels = one(encoded(picture, "PNG"))
    assert max(colour_at(pixels, 0.5, 0.25)) < 5
    assert colour_at(pixels, 0.5, 0.75) == WHITE


def wide_profile() -> bytes:
    """Display P3, as an iPhone writes it: the sRGB profile with the primaries of DCI-P3 at D65, adapted to D50."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    primaries = {b"rXYZ": (0.51512, 0.24120, -0.00105), b"gXYZ": (0.29198, 0.69225, 0.04189)}
    primaries[b"bXYZ"] = (0.15710, 0.06657, 0.78407)
    for number in range(int.from_bytes(profile[128:132], "big")):
        tag, offset, _ = struct.unpack_from(">4sII", profile, 132 + 12 * number)
        if tag in primaries:
            struct.pack_into(">3i", profile, offset + 8, *(round(v * 65536) for v in primaries[tag]))
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "P3  ".encode("utf-16-be"))


def test_colours_of_a_wide_profile_are_brought_to_srgb() -> None:
    """Pure sRGB red is (234, 51, 35) in Display P3."""
    picture = Image.new("RGB", (800, 500), (234, 51, 35))
    plain = one(encoded(picture, "PNG", icc_profile=wide_profile()))
    assert np.abs(np.subtract(colour_at(plain, 0.5, 0.5), (255, 0, 0))).max() <= 6


def test_of_an_animation_the_first_picture_counts() -> None:
    later = [Image.new("RGB", (800, 500), WHITE)] * 3
    for format_ in ("WEBP", "PNG"):
        assert_upright(one(encoded(card(), format_, save_all=True, append_images=later, duration=100)))


def test_of_a_burst_the_first_picture_counts() -> None:
    assert_upright(one(encoded(card(), "MPO", save_all=True, append_images=[Image.new("RGB", (800, 500), WHITE)])))


def test_a_progressive_jpeg_is_one() -> None:
    assert_upright(one(encoded(card((3000, 2000)), "JPEG", progressive=True)))


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    data = encoded(card(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    assert refusal(data[:last] + data[last:-2] * 1000 + data[-2:]) == "unreadable"


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_file_cut_off_anywhere_is_refused(format_: str) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (300, 400, 3), np.uint8))
    data = encoded(noise, format_)
    for end in (4, 13, 40, len(data) // 4, len(data) // 2, len(data) * 9 // 10):
        assert refusal(data[:end]) in ("unreadable", "wrong_type")


def _foreign() -> Iterator[tuple[str, bytes]]:
    for format_ in ("GIF", "JPEG2000", "AVIF", "TIFF", "BMP", "ICO", "PPM"):
        yield format_, encoded(card((256, 160)), format_)
    yield "SVG", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as container:
        container.writestr("Main.class", b"\xca\xfe\xba\xbe")
    yield "GIFAR", encoded(card((64, 40)), "GIF") + archive.getvalue()
    yield "AVIF in a general container", encoded(card((64, 40)), "AVIF").replace(b"ftypavif", b"ftypmif1", 1)
    yield "ZIP", archive.getvalue()
    yield "HTML", b"<html><script>alert(1)</script>"


FOREIGN = dict(_foreign())


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_no_photo_and_no_pdf_is_refused(name: str) -> None:
    assert refusal(FOREIGN[name]) == "wrong_type"


def test_of_a_file_that_is_two_only_the_picture_is_kept() -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as container:
        container.writestr("payload.js", b"alert(1)")
    hidden = pdf(CATALOG, PAGES, page(), UPPER_HALF_RED)
    for data in (
        encoded(card(), "JPEG") + archive.getvalue(),
        encoded(card(), "PNG") + archive.getvalue(),
        encoded(card(), "JPEG", comment=hidden),
        encoded(card(), "JPEG") + hidden,
        encoded(card(), "JPEG", comment=b"<script>alert(1)</script>"),
    ):
        pixels = one(data)
        assert_upright(pixels)
        kept = encode(pixels).jpeg
        assert not any(trace in kept for trace in (b"PK\x03\x04", b"%PDF", b"alert", b"<script"))


def test_a_picture_of_one_pixel_is_one() -> None:
    for format_ in ("JPEG", "PNG", "WEBP"):
        assert one(encoded(Image.new("RGB", (1, 1), RED), format_)).shape == (1, 1, 3)


def test_a_header_that_promises_too_much_is_refused_before_decoding() -> None:
    header = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    assert refusal(data + b"\0\0\0\0IEND\xaeB`\x82") == "too_large_pixels"
    huge = bytearray(encoded(card(), "JPEG"))
    at = huge.index(b"\xff\xc0") + 5
    huge[at : at + 4] = struct.pack(">HH", 65_000, 65_000)
    assert refusal(bytes(huge)) == "too_large_pixels"


def test_a_text_bomb_in_a_png_is_no_danger() -> None:
    chunk = b"zTXtcomment\0\0" + zlib.compress(bytes(300_000_000), 9)
    data = encoded(card(), "PNG")
    bomb = data[:33] + struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[33:]
    assert refusal(bomb) == "unreadable"


def test_a_script_in_a_pdf_stays_a_text() -> None:
    script = b"<< /S /JavaScript /JS (this.pageNum = 1; app.alert\\(1\\); this.getField\\(1\\);) >>"
    catalog = b"<< /Type /Catalog /Pages 2 0 R /OpenAction 5 0 R /AA << /WC 5 0 R >> >>"
    pixels = one(pdf(catalog, PAGES, page(more=b"/AA << /O 5 0 R >>"), UPPER_HALF_RED, script))
    assert colour_at(pixels, 0.5, 0.25) == (255, 0, 0)
    assert colour_at(pixels, 0.5, 0.75) == WHITE


def _locked(**passwords: str) -> bytes:
    buffer = BytesIO()
    document = pypdfium2.PdfDocument.new()
    document.new_page(595, 842)
    document.save(buffer)
    writer = copy_into_new_writer(PdfFileReader(buffer))
    writer.encrypt(**passwords)
    locked = BytesIO()
    writer.write(locked)
    return locked.getvalue()


def test_a_pdf_under_a_password_is_refused() -> None:
    assert refusal(_locked(owner_pass="owner", user_pass="user")) == "encrypted_pdf"


def test_a_pdf_that_only_forbids_changes_is_read() -> None:
    assert one(_locked(owner_pass="owner", user_pass="")).shape == (LONG_SIDE, 1414, 3)


def many_pages(count: int) -> bytes:
    kids = b" ".join([b"3 0 R"] * count)
    return pdf(CATALOG, b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count), page(), UPPER_HALF_RED)


def test_pages_are_counted_before_any_is_rendered() -> None:
    for count in (MAX_PAGES + 1, 500):
        assert refusal(many_pages(count)) == "too_many_pages"
    assert len(list(decode(many_pages(MAX_PAGES)))) == MAX_PAGES


@pytest.mark.parametrize(
    ("box", "shape"),
    [
        (b"0 0 14400 14400", (2000, 2000, 3)),
        (b"0 0 1000000000 1000000000", (2000, 2000, 3)),
        (b"0 0 14400 3", (1, 2000, 3)),
        (b"0 0 60 40", (1334, 2000, 3)),
        (b"0 0 595.28 841.89", (2000, 1415, 3)),
    ],
)
def test_a_page_of_any_size_becomes_a_picture_of_one_size(box: bytes, shape: tuple[int, ...]) -> None:
    assert one(pdf(CATALOG, PAGES, page(box), UPPER_HALF_RED)).shape == shape


def test_pages_of_several_sizes_are_rendered_each_as_it_is() -> None:
    kids = b"<< /Type /Pages /Kids [3 0 R 5 0 R 6 0 R] /Count 3 >>"
    pages = (page(), UPPER_HALF_RED, page(b"0 0 400 600"), page(more=b"/Rotate 90"))
    shapes = [pixels.shape for pixels in decode(pdf(CATALOG, kids, *pages))]
    assert shapes == [(1334, 2000, 3), (2000, 1334, 3), (2000, 1334, 3)]


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-",
        b"%PDF-1.7\n" + b"[" * 200_000,
        b"%PDF-1.7\n1 0 obj " + b"<< /A " * 100_000,
        pdf(CATALOG, b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
        pdf(CATALOG, b"<< /Type /Pages /Kids [] /Count 0 >>"),
        pdf(CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count -5 >>"),
        b"PK\x03\x04%PDF-1.4",
    ],
)
def test_a_pdf_that_is_none_is_refused(data: bytes) -> None:
    assert refusal(data) == "unreadable"


def test_a_page_with_a_million_operators_or_deep_nesting_is_rendered_or_refused() -> None:
    for content in (b"q " * 300_000, b"0 0 1 1 re f " * 300_000, b"[" * 300_000, b"BT " * 100_000 + b"(x) Tj"):
        data = pdf(CATALOG, PAGES, page(), stream(zlib.compress(content), b"/Filter /FlateDecode"))
        assert one(data).shape == (1334, 2000, 3)


async def test_a_pdf_that_would_take_years_is_refused_and_the_next_file_read(tmp_path: Path) -> None:
    """Nine forms, each of which draws the one below it ten times: a file of 2 KB."""
    resources = b"/Resources << /XObject << /F %d 0 R >> >>"
    entries = b"/Type /XObject /Subtype /Form /BBox [0 0 600 400] "
    forms = [stream(b"/F Do " * 10, entries + resources % number) for number in range(6, 15)]
    bomb = pdf(CATALOG, PAGES, page(more=resources % 5), stream(b"/F Do"), *forms, stream(b"f", entries))
    reader = DocumentReader(home=tmp_path, page_seconds=1)
    try:
        assert (await reader.read(bomb)).quality == "unreadable"
        assert (await reader.read(b"")).quality == "empty"
    finally:
        await reader.aclose()
