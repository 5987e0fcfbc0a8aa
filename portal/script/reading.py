"""Reading a TOML file into a form of its own; what is wrong is told by file and place."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from portal.domain.text import Bilingual

File = TypeVar("File", bound=BaseModel)


class ScriptError(Exception):
    """What is wrong with the script, a line each: whoever edited the files mends it, nobody else can."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("The script is not right:\n" + "\n".join(f"  {problem}" for problem in problems))


class Strict(BaseModel):
    """What stands in a file and is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Pair(Strict):
    """A sentence in both languages."""

    zh: str
    en: str

    def sentence(self) -> Bilingual:
        """As the pages take it."""
        return Bilingual(self.zh, self.en)


def read_file(path: Path, form: type[File]) -> File:
    """Raises ScriptError."""
    place = f"{path.parent.name}/{path.name}"
    try:
        return form.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ScriptError([f"{place}: {error}"]) from None
    except ValidationError as error:
        raise ScriptError(
            [f"{place}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        ) from None
