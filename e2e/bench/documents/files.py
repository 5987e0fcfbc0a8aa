"""Pictures as the files people send."""

from io import BytesIO

import pillow_heif
from PIL import Image

from e2e.bench.documents.scenes import Picture

pillow_heif.register_heif_opener()
_ORIENTATION = 0x0112
_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic"}


def as_file(picture: Picture, file_format: str, quality: int, orientation: int = 1) -> tuple[bytes, str]:
    """The bytes and the media type; `orientation` is EXIF's, and only JPEG carries it here."""
    image = Image.fromarray(picture)
    if orientation != 1 and file_format != "JPEG":
        file_format = "JPEG"
    buffer = BytesIO()
    options: dict[str, object] = {"compress_level": 1} if file_format == "PNG" else {"quality": quality}
    if orientation != 1:
        exif = Image.Exif()
        exif[_ORIENTATION] = orientation
        options["exif"] = exif
    image.save(buffer, file_format, **options)
    return buffer.getvalue(), _TYPES[file_format]


def as_pdf(pictures: list[Picture], quality: int) -> bytes:
    """A PDF with a picture a page, 200 dots an inch, without the clock in it: the same pictures give the same bytes."""
    pages = [Image.fromarray(picture) for picture in pictures]
    buffer = BytesIO()
    pages[0].save(
        buffer, "PDF", resolution=200, save_all=True, append_images=pages[1:], quality=quality,
        creationDate=None, modDate=None,
    )  # fmt: skip
    return buffer.getvalue()
