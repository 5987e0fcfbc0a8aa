"""Whatever the bytes: pictures within bounds, or a refusal with a reason that has words. Never anything else."""

from io import BytesIO

import pytest
from hypothesis import given
from PIL import Image

from portal.testing.fuzz import spoilt, unhurried
from workers.ocr.editing import find_hints
from workers.ocr.fingerprint import take_fingerprint
from workers.ocr.images import LONG_SIDE, decode, encode, thumbnail
from workers.ocr.quality import MAX_PAGES, REASONS, Refused
from workers.tests.test_ocr_images import CATALOG, PAGES, card, encoded, page, pdf, stream, wide_profile

_EXIF = Image.Exif()
_EXIF[0x0112], _EXIF[0x010F] = 6, "a camera"
_TINY = card((96, 64))
SEEDS = (
    encoded(_TINY, "JPEG", exif=_EXIF, icc_profile=wide_profile(), comment=b"a remark"),
    encoded(_TINY, "JPEG", progressive=True),
    encoded(_TINY.convert("CMYK"), "JPEG"),
    encoded(_TINY, "MPO", save_all=True, append_images=[_TINY]),
    encoded(_TINY, "PNG", exif=_EXIF, icc_profile=wide_profile()),
    encoded(_TINY.convert("P"), "PNG", transparency=0),
    encoded(_TINY.convert("RGBA"), "PNG", save_all=True, append_images=[_TINY]),
    encoded(_TINY, "WEBP", exif=_EXIF),
    encoded(_TINY.convert("RGBA"), "WEBP", save_all=True, append_images=[_TINY], lossless=True),
    encoded(_TINY, "HEIF", exif=_EXIF.tobytes()),
    pdf(CATALOG, PAGES, page(b"0 0 60 40"), stream(b"1 0 0 rg 0 0 60 20 re f BT /F 9 Tf (text) Tj ET")),
)
WORDS = (
    *(b"\xff\xd8", b"\xff\xd9", b"\xff\xda", b"\xff\xc2", b"\xff\xe1", b"\xff\xe2", b"Exif\0\0", b"ICC_PROFILE\0"),
    *(b"IHDR", b"IDAT", b"IEND", b"PLTE", b"tRNS", b"iCCP", b"acTL", b"RIFF", b"VP8X", b"ANMF", b"ALPH"),
    *(b"ftyp", b"heic", b"mif1", b"meta", b"iloc", b"ipco", b"irot", b"mdat"),
    *(b"/Kids", b"/Count", b"/Parent 2 0 R", b"3 0 R", b"endobj", b"stream", b"xref", b"/MediaBox", b"/Length -1"),
    *(b"/Filter /FlateDecode", b"/Encrypt", b"/ObjStm", b"<<", b"[", b"q ", b"99999999999"),
)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@unhurried
@given(spoilt(SEEDS, WORDS))
def test_no_file_upsets_the_reader(data: bytes) -> None:
    assert all(not check.passed and check.severity == "warning" for check in find_hints(data))
    count, reason = 0, None
    try:
        for count, pixels in enumerate(decode(data), 1):  # noqa: B007 - counted to the end
            assert pixels.ndim == 3
            assert pixels.shape[2] == 3
            assert max(pixels.shape[:2]) <= LONG_SIDE
            take_fingerprint(pixels)
            kept = Image.open(BytesIO(encode(pixels).jpeg))
            assert not {"exif", "icc_profile", "comment", "xmp"} & set(kept.info)
            thumbnail(pixels)
    except Refused as refused:
        reason = refused.reason
    assert reason is None or REASONS[reason].zh
    assert count <= MAX_PAGES
