"""The page of people and documents to try the product with."""

import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from litestar import Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Template
from PIL import Image

from portal.domain.clock import today
from portal.domain.money import format_yuan
from workers.sandbox.personas import PERSONAS, Lane, Persona, get_persona
from workers.sandbox.refusals import Refusal
from workers.sandbox.specimens import (
    Person,
    make_statement,
    photo,
    render_id_back,
    render_id_front,
    render_payslip,
    render_statement,
    to_jpeg,
    to_pdf,
)
from workers.sandbox.specimens.payslip import pay_of

LANES: dict[Lane, tuple[str, str]] = {
    "approve": ("自动通过", "Approved"),
    "refer": ("转人工", "Referred"),
    "decline": ("婉拒", "Declined"),
    "stop": ("不能继续", "Stopped"),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A file to upload. `render` takes the person and a seed for the camera's unsteadiness."""

    file: str
    zh: str
    en: str
    render: Callable[[Person, int], bytes]


def _snap(draw: Callable[[Person], Image.Image]) -> Callable[[Person, int], bytes]:
    return lambda person, seed: to_jpeg(photo(draw(person), seed))


DOCUMENTS = (
    Document("id-front.jpg", "身份证人像面", "ID front", _snap(render_id_front)),
    Document("id-back.jpg", "身份证国徽面", "ID back", _snap(render_id_back)),
    Document("payslip.jpg", "工资条", "Payslip", _snap(render_payslip)),
    Document(
        "bank-statement.pdf",
        "银行流水",
        "Bank statement",
        lambda person, _: to_pdf(render_statement(make_statement(person))),
    ),
)


@dataclass(frozen=True, slots=True)
class Cache:
    """Rendered documents on disk. A file's name holds the month, because payslips and statements go by it."""

    folder: Path

    def fetch(self, persona: Persona, document: Document) -> bytes:
        """The file's bytes, drawn on the first call (about a second)."""
        mark = hashlib.sha256(f"{persona.person} {today():%Y-%m}".encode()).hexdigest()[:12]
        file = self.folder / f"{persona.slug}-{mark}-{document.file}"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor, draft = tempfile.mkstemp(dir=self.folder)
            with os.fdopen(descriptor, "wb") as out:
                out.write(document.render(persona.person, PERSONAS.index(persona)))
            Path(draft).replace(file)  # whole or not at all, also when two ask at once
        return file.read_bytes()


@dataclass(frozen=True, slots=True)
class Card:
    """One persona as the page shows it; a fact is its label in Chinese and in English, and the value."""

    slug: str
    lane: Lane
    lane_zh: str
    lane_en: str
    zh: str
    en: str
    facts: tuple[tuple[str, str, str], ...]
    portrait: str


def _card(persona: Persona) -> Card:
    person = persona.person
    grouped = " ".join(persona.bank_card[i : i + 4] for i in range(0, len(persona.bank_card), 4))
    facts = (
        ("身份证号", "ID number", person.id_number),
        ("手机号", "Mobile", persona.mobile),
        ("银行卡号", "Bank card", grouped),
        ("工作单位", "Employer", person.employer),
        ("每月到手收入", "Monthly income", format_yuan(pay_of(person).net_fen // 10_000 * 10_000)),
        ("借款与月数", "Loan, months", f"{format_yuan(persona.amount_fen)} · {persona.term_months}"),
        ("每月住房支出", "Housing a month", format_yuan(persona.housing_fen)),
        ("每月其他还款", "Other debt a month", format_yuan(persona.other_debt_fen)),
    )
    return Card(persona.slug, persona.lane, *LANES[persona.lane], persona.zh, persona.en, facts, person.name)


@get("/")
async def show_people() -> Template:
    """Every persona, where it leads, and its documents."""
    return Template(
        "specimens.html",
        context={"title": "试用资料", "cards": [_card(p) for p in PERSONAS], "documents": DOCUMENTS},
    )


def _persona(slug: str) -> Persona:
    try:
        return get_persona(slug)
    except KeyError:
        raise Refusal(404, "unknown_persona") from None


@get("/{slug:str}/{file:str}", sync_to_thread=True)
def download(slug: FromPath[str], file: FromPath[str], cache: NamedDependency[Cache]) -> Response[bytes]:
    """One document, or `all.zip`."""
    persona = _persona(slug)
    if file == "all.zip":
        return _attachment(_zip(persona, cache), f"{slug}.zip")
    document = next((d for d in DOCUMENTS if d.file == file), None)
    if document is None:
        raise Refusal(404, "unknown_document")
    return _attachment(cache.fetch(persona, document), f"{slug}-{document.file}")


def _zip(persona: Persona, cache: Cache) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for document in DOCUMENTS:
            archive.writestr(f"{persona.slug}-{document.file}", cache.fetch(persona, document))
    return buffer.getvalue()


_TYPES = {".jpg": "image/jpeg", ".pdf": "application/pdf", ".zip": "application/zip"}


def _attachment(content: bytes, name: str) -> Response[bytes]:
    return Response(
        content,
        media_type=_TYPES[Path(name).suffix],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def specimens_router(folder: Path) -> Router:
    """`/specimens`, with its cache in `folder`."""
    cache = Cache(folder / "specimens")
    return Router(
        "/specimens",
        route_handlers=[show_people, download],
        dependencies={"cache": Provide(lambda: cache, sync_to_thread=False)},
    )
