"""What a form sent, as clean text: broken encodings and control characters are refused with a sentence, never a 500."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from portal.domain.errors import Invalid, XindaiError
from portal.domain.text import N_
from portal.web.bodies import ClientLeft, read_chunks
from portal.web.spool import Spool

MOST_TEXT = 1024 * 1024
"""Bytes of a form's text; a drawn signature is the largest thing in any of ours."""
TAKES_FILES = {"takes_files": True}
"""`opt` of a handler whose form carries a file, the only one that is kept; any other is read past."""

_MOST_FIELDS = 200
_TOO_LONG = N_("内容太长，请缩短后再提交。")
_UNKNOWN_CHARACTERS = N_("内容里有无法识别的控制字符，请删除后重新填写。")
_MAX_FIELD = 10_000
# A picture drawn on the page, as its address: base64 of at most half a megabyte, which its feature decodes and checks.
_PICTURE = "data:image/png;base64,"
_MAX_PICTURE = 750_000
# Invisible characters that reorder or hide text on staff's screens: bidi controls, zero-width joiners and spaces.
_INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF])
_MOST_MARKS = 30
"""Accents on one letter, more than any language has (UAX #15, Stream-Safe Text Format): longer runs take a normal form
time that grows with their square."""
_MARKS_BY_NAME = frozenset("\u0f73\u0f75\u0f81\uff9e\uff9f")
"""Letters by their class, but marks once decomposed."""
# Browsers send UTF-8 and don't say so. Of what Python can decode, some takes time that grows with the square (idna).
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})


class BadForm(XindaiError):
    """The body is not a form that a browser sends."""

    status = 400
    public = N_("提交的内容无法识别，您之前填写的都已保存。请返回上一页重新提交。")


class Form:
    """A body as it was sent: `texts` by name, in order, and the `files` that were named."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []
        self.files: dict[str, Spool] = {}

    def get(self, name: str) -> str | None:
        """The last text of this name."""
        return next((text for key, text in reversed(self.texts) if key == name), None)

    def close(self) -> None:
        """Whatever of the files is on the disk goes."""
        for file in self.files.values():
            file.close()


class FormFields(Mapping[str, str]):
    """Text fields by name; the last value wins, `all` gives every one; `files` holds the uploads."""

    def __init__(self, form: Form) -> None:
        self._all: dict[str, list[str]] = {}
        self.files: Mapping[str, Spool] = form.files
        for name, value in form.texts:
            self._all.setdefault(name, []).append(clean_text(value))

    def __getitem__(self, name: str) -> str:
        return self._all[name][-1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def all(self, name: str) -> list[str]:
        """Every value of a repeated field, such as ticked boxes."""
        return self._all.get(name, [])


def clean_text(text: str) -> str:
    """NFC, invisible characters dropped, line ends unified; other control characters raise Invalid.

    The length comes first: everything after it costs time for each character."""
    if text.startswith(_PICTURE) and text.isascii() and text.isprintable() and len(text) <= _MAX_PICTURE:
        return text
    if len(text) > _MAX_FIELD:
        raise Invalid(public=_TOO_LONG)
    if not text.isascii() and _has_pile_of_marks(text):
        raise Invalid(public=_UNKNOWN_CHARACTERS)
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE).replace("\r\n", "\n").replace("\r", "\n").strip()
    if any(unicodedata.category(char) in ("Cc", "Cs", "Co") and char not in "\n\t" for char in text):
        raise Invalid(public=_UNKNOWN_CHARACTERS)
    return text


def _has_pile_of_marks(text: str) -> bool:
    run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) or char in _MARKS_BY_NAME else 0
        if run > _MOST_MARKS:
            return True
    return False


async def parse_form(request: Request[Any, Any, Any]) -> Form:
    """The parsed body, kept with the request, which closes it; raises BadForm, Invalid or TooSlow.

    A file that is too large ends the reading: its form is whole up to there, and its `too_large` is set.
    """
    if "form" not in request.scope["state"]:
        # First of all kept, so that it is closed whatever happens.
        form = request.scope["state"]["form"] = Form()
        kind, options = request.content_type
        try:
            if kind == "multipart/form-data":
                await _read_multipart(request, options["boundary"], form)
            elif kind == "application/x-www-form-urlencoded":
                await _read_urlencoded(request, form)
        except (UnicodeError, LookupError, ValueError, MultipartError, ClientLeft) as error:
            raise BadForm from error
    kept: Form = request.scope["state"]["form"]
    return kept


async def read_fields(request: Request[Any, Any, Any]) -> FormFields:
    """The form's fields, cleaned; raises BadForm or Invalid."""
    return FormFields(await parse_form(request))


async def _read_urlencoded(request: Request[Any, Any, Any], form: Form) -> None:
    body = bytearray()
    async for chunk in read_chunks(request):
        body += chunk
        if len(body) > MOST_TEXT:
            raise Invalid(public=_TOO_LONG)
    form.texts = parse_qsl(
        body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS, separator="&"
    )


def _decode(text: bytearray, charset: str | None) -> str:
    if charset is not None and charset.lower() not in _CHARSETS:
        raise LookupError(charset)
    return text.decode()


async def _read_multipart(request: Request[Any, Any, Any], boundary: str, form: Form) -> None:
    """Text is bounded as a whole, each file by itself, so that a body in pieces of any size never fills the memory."""
    handler = request.route_handler
    most = request.app.state.settings.upload_max_bytes if handler.opt.get("takes_files") else 0
    segment: MultipartSegment | None = None
    file: Spool | None = None
    text, left = bytearray(), MOST_TEXT
    parser = PushMultipartParser(boundary, max_segment_count=_MOST_FIELDS)
    async for chunk in read_chunks(request):
        for part in parser.parse(chunk):
            if isinstance(part, MultipartSegment):
                segment, text, file = part, bytearray(), None
                if part.filename and most and not form.files:
                    file = form.files[part.name] = Spool(most)
            elif segment is None or (segment.filename and file is None):
                continue
            elif file is not None:
                await file.write(part or b"")
            elif part:
                text += part
                left -= len(part)
                if left < 0:
                    raise Invalid(public=_TOO_LONG)
            else:
                form.texts.append((segment.name, _decode(text, segment.charset)))
        if parser.closed or (file is not None and file.too_large):
            return
    parser.close()  # raises: the end is missing
