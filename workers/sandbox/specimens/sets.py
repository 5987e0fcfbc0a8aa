"""A person's whole set of documents, as files an applicant would upload."""

from pathlib import Path

from PIL import Image

from workers.sandbox.specimens.certificate import render_income_certificate
from workers.sandbox.specimens.fund import render_fund_statement
from workers.sandbox.specimens.id_card import render_id_back, render_id_front
from workers.sandbox.specimens.payslip import render_payslip
from workers.sandbox.specimens.person import Person
from workers.sandbox.specimens.photo import photo, to_jpeg
from workers.sandbox.specimens.statement import make_statement, render_statement, to_pdf


def write_set(person: Person, directory: Path, *, seed: int = 0) -> dict[str, Path]:
    """Write the photos and the PDF under `directory`, created if need be; returns the path of each by its name."""
    directory.mkdir(parents=True, exist_ok=True)
    pages = render_statement(make_statement(person))
    pictures: dict[str, Image.Image] = {
        "id_card_front": render_id_front(person),
        "id_card_back": render_id_back(person),
        "payslip": render_payslip(person),
        "income_certificate": render_income_certificate(person),
        "fund_statement": render_fund_statement(person),
        "bank_statement_page": pages[0],
    }
    written: dict[str, Path] = {}
    for offset, (name, picture) in enumerate(pictures.items()):
        written[name] = directory / f"{name}.jpg"
        written[name].write_bytes(to_jpeg(photo(picture, seed + offset)))
    written["bank_statement"] = directory / "bank_statement.pdf"
    to_pdf(pages, written["bank_statement"])
    return written
