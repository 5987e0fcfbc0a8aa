"""What a form sent, as clean text: broken encodings and control characters are refused with a sentence, never a 500."""

import unicodedata
from collections.abc import Iterator, Mapping

from litestar import Request
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.exceptions import (
    ClientException,
    InternalServerException,
    SerializationException,
    ValidationException,
)
from multipart import MultipartError

from portal.domain.errors import Invalid, XindaiError
from portal.domain.text import N_

_MAX_FIELD = 10_000
# A picture drawn on the page, as its address: base64 of at most half a megabyte, which its feature decodes and checks.
_PICTURE = "data:image/png;base64,"
_MAX_PICTURE = 750_000
# Invisible characters that reorder or hide text on staff's screens: bidi controls, zero-width joiners and spaces.
_INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF])


class BadForm(XindaiError):
    """The body is not a form that a browser sends."""

    status = 400
    public = N_("提交的内容无法识别，您之前填写的都已保存。请返回上一页重新提交。")


class FormFields(Mapping[str, str]):
    """Text fields by name; the last value wins, `all` gives every one; `files` holds the uploads."""

    def __init__(self, form: FormMultiDict) -> None:
        self._all: dict[str, list[str]] = {}
        self.files: dict[str, UploadFile] = {}
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                self.files[name] = value
            else:
                self._all.setdefault(name, []).append(clean_text(str(value)))

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
        raise Invalid(public=N_("内容太长，请缩短后再提交。"))
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE).replace("\r\n", "\n").replace("\r", "\n").strip()
    if any(unicodedata.category(char) in ("Cc", "Cs", "Co") and char not in "\n\t" for char in text):
        raise Invalid(public=N_("内容里有无法识别的控制字符，请删除后重新填写。"))
    return text


async def parse_form(request: Request) -> FormMultiDict:  # type: ignore[type-arg]
    """The parsed body, cached on the connection by Litestar; raises BadForm."""
    try:
        return await request.form()
    except (
        UnicodeError,
        LookupError,
        ValueError,
        MultipartError,
        ValidationException,
        SerializationException,
        InternalServerException,  # the client left in the middle
    ) as error:
        if isinstance(error, ClientException) and error.status_code == 413:
            raise
        raise BadForm from error


async def read_fields(request: Request) -> FormFields:  # type: ignore[type-arg]
    """The form's fields, cleaned; raises BadForm or Invalid."""
    return FormFields(await parse_form(request))
