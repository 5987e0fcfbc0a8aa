"""Papers set by typst: our templates, our fonts, nothing taken from the machine, the same bytes every time.

Values reach a template as JSON in `sys.inputs`, so a text is never read as markup.
"""

import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import typst
from fontTools.ttLib import TTFont

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value]"

_TEMPLATES = Path(__file__).parent
_REGULAR, _BOLD = "NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf"
_LONGEST_WORD = 24


class FontsMissing(RuntimeError):
    """The fonts were not installed: the front-end build did not run, or the setting points elsewhere."""


def typeset(template: str, data: Mapping[str, Value], made_at: datetime, fonts: Path, *, tagged: bool = True) -> bytes:
    """A PDF/A-2u of `template`; `made_at` (aware) is its creation date, so equal input gives equal bytes.

    `fonts` is the folder of Noto Sans SC (setting `fonts`); FontsMissing if it is not there. A drawing that
    becomes part of another paper carries no reading order of its own: `tagged=False`.
    """
    faces, coverage = _faces(fonts)
    made: bytes = typst.compile(
        _TEMPLATES / template,
        root=_TEMPLATES,
        font_paths=faces,
        sys_inputs={"data": json.dumps(_settable(dict(data), coverage), ensure_ascii=False)},
        pdf_standards=["a-2u"],
        timestamp=int(made_at.timestamp()),
        pdf_tags=tagged,
    )
    return made


@lru_cache(maxsize=2)
def _faces(directory: Path) -> tuple[typst.Fonts, frozenset[int]]:
    regular = directory / _REGULAR
    if not regular.is_file() or not (directory / _BOLD).is_file():
        raise FontsMissing(f"{_REGULAR} and {_BOLD} are expected in {directory}; run `npm run build`")
    with TTFont(regular, lazy=True) as font:
        coverage = frozenset(font.getBestCmap())
    faces = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[directory])
    return faces, coverage


def _settable(value: Value, coverage: frozenset[int]) -> Value:
    match value:
        case str():
            return _settable_text(value, coverage)
        case list():
            return [_settable(item, coverage) for item in value]
        case dict():
            return {key: _settable(item, coverage) for key, item in value.items()}
        case _:
            return value


def _settable_text(text: str, coverage: frozenset[int]) -> str:
    """The text with only what can be printed.

    Control and format characters go (they could hide or reorder words); white space becomes one space. A
    character the font lacks, which PDF/A forbids to leave blank, prints as the printers' geta mark with its
    code point: 〓(U+20BB7). Words too long for a line may break.
    """
    printed: list[str] = []
    run = 0
    for char in " ".join(unicodedata.normalize("NFC", text).split()):
        if unicodedata.category(char) in {"Cc", "Cf", "Cs"}:
            continue
        printed.append(char if ord(char) in coverage else f"〓(U+{ord(char):04X})")
        run = run + 1 if "!" <= char <= "~" else 0
        if run == _LONGEST_WORD:
            printed.append("\u200b")
            run = 0
    return "".join(printed)
