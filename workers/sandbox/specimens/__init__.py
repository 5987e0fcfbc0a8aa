"""SPECIMEN documents of people who do not exist, drawn for trying the product out and for its tests.

Every page carries SPECIMEN 样本. Identity numbers use city-level region codes (ending in 00), which are never given to
a resident, so no number here can belong to anybody.
"""

from workers.sandbox.specimens.certificate import render_income_certificate
from workers.sandbox.specimens.fund import render_fund_statement
from workers.sandbox.specimens.id_card import render_id_back, render_id_front
from workers.sandbox.specimens.payslip import render_payslip
from workers.sandbox.specimens.person import Person, make_person
from workers.sandbox.specimens.photo import photo, to_jpeg
from workers.sandbox.specimens.sets import write_set
from workers.sandbox.specimens.statement import make_statement, render_statement, to_pdf

__all__ = [
    "Person",
    "make_person",
    "make_statement",
    "photo",
    "render_fund_statement",
    "render_id_back",
    "render_id_front",
    "render_income_certificate",
    "render_payslip",
    "render_statement",
    "to_jpeg",
    "to_pdf",
    "write_set",
]
