"""What the applicant asks for and earns, and what is known about the evidence for it.

Sex, marital status, education, ethnicity, address and name have no field here, so nothing downstream can use
them. None always means "not known", never "no" or "zero".
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from scoring.fields import Code, Count, Fen, Flag, IsoDate

EmploymentKind = Literal["employed", "self_employed", "civil_servant", "retired", "student", "unemployed"]


@dataclass(frozen=True, slots=True)
class Application:
    """Incomes and costs are a month's. `verified_income_fen` is what the income proof shows; the declared
    housing cost and other debts are totals, including what the bureau may also report. `own_instalments_fen` is what
    the lender's own books say: a month's instalments of loans running or granted, which the bureau may not know yet."""

    amount_fen: Annotated[int, Field(strict=True, gt=0, le=10**12)]
    term_months: Annotated[int, Field(strict=True, gt=0, le=600)]
    declared_income_fen: Fen | None = None
    verified_income_fen: Fen | None = None
    housing_cost_fen: Fen | None = None
    other_debt_fen: Fen | None = None
    own_instalments_fen: Fen | None = None
    employment: EmploymentKind | None = None
    employment_months: Count | None = None

    @property
    def income_fen(self) -> int | None:
        """The proven income, or the declared one where there is no proof."""
        return self.declared_income_fen if self.verified_income_fen is None else self.verified_income_fen


@dataclass(frozen=True, slots=True)
class Evidence:
    """Facts found by earlier steps. A permanent ID card (长期) expires on 9999-12-31. `authorised`: the bureau
    query consumed a valid 征信授权. `identity_matches`: the ID document's name and number equal the answers.
    `mismatches`: codes of what papers and answers say differently, empty when they agree."""

    birth_date: IsoDate | None = None
    id_checksum_valid: Flag | None = None
    id_expires_on: IsoDate | None = None
    identity_matches: Flag | None = None
    authorised: Flag | None = None
    mismatches: tuple[Code, ...] | None = None
