"""The credit policy as a versioned TOML file, checked against the law before it is used.

Every key must be present and none may be unknown, so a misspelt threshold can't fall back to something else.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, with_config

from scoring.application import EmploymentKind
from scoring.fields import Code, Count, Fen, InputError, read
from scoring.fraud import FraudLimits

STANDARD = Path(__file__).parent / "policies" / "standard.toml"

Bp = Annotated[int, Field(strict=True, ge=0, le=10_000)]
Positive = Annotated[int, Field(strict=True, ge=1)]
Grade = Annotated[str, Field(strict=True, pattern=r"\A[A-E]\z")]
_closed = with_config(ConfigDict(extra="forbid"))


class PolicyError(InputError):
    """The policy file can't be used: a missing or unknown key, a contradiction, or a value past its legal bound."""


@_closed
@dataclass(frozen=True, slots=True)
class Product:
    """What can be asked for. A counter-offer is a multiple of the step."""

    min_amount_fen: Annotated[int, Field(strict=True, ge=1)]
    max_amount_fen: Fen
    amount_step_fen: Annotated[int, Field(strict=True, ge=1)]
    terms_months: tuple[Positive, ...]


@_closed
@dataclass(frozen=True, slots=True)
class Price:
    """Yearly rate and highest amount by grade."""

    annual_rate_bp: dict[Grade, Positive]
    max_amount_fen: dict[Grade, Fen]


@_closed
@dataclass(frozen=True, slots=True)
class Applicant:
    """Ages in full years: on the day of assessment, and on the day of the last instalment."""

    min_age: Positive
    max_age_at_end: Positive
    refer_employment: tuple[EmploymentKind, ...]


@_closed
@dataclass(frozen=True, slots=True)
class ScoreLimits:
    """Approve up to the first, decline from the second, refer between."""

    approve_max_pd_bp: Bp
    decline_min_pd_bp: Bp


@_closed
@dataclass(frozen=True, slots=True)
class AffordabilityLimits:
    """Highest debt-to-income with the new instalment, least income left over a month."""

    max_dti_bp: Bp
    min_residual_income_fen: Fen


@_closed
@dataclass(frozen=True, slots=True)
class BureauLimits:
    """`decline_…` and `refer_…` name the value from which it happens."""

    max_report_age_days: Count
    decline_current_months_past_due: Positive
    refer_worst_months_past_due_24m: Positive
    refer_delinquent_months_24m: Positive
    refer_inquiries_3m: Positive


@_closed
@dataclass(frozen=True, slots=True)
class PolicyFile:
    """The file's content, section by section."""

    id: Code
    version: Code
    product: Product
    price: Price
    applicant: Applicant
    score: ScoreLimits
    affordability: AffordabilityLimits
    bureau: BureauLimits
    fraud: FraudLimits


@dataclass(frozen=True, slots=True)
class Policy:
    """A checked policy. `version` is `<id>-<version>+<first 12 hex digits of the file's SHA-256>`."""

    version: str
    limits: PolicyFile


@dataclass(frozen=True, slots=True)
class LegalBound:
    """What no policy may exceed (`most`) or go below (`least`)."""

    field: str
    citation: str
    effective_on: date
    most: int | None = None
    least: int | None = None


LEGAL_BOUNDS: tuple[LegalBound, ...] = (
    LegalBound(
        "price.annual_rate_bp",
        "《关于加强商业银行互联网助贷业务管理 提升金融服务质效的通知》：综合融资成本年化不超过 24%",
        date(2025, 10, 1),
        most=2_400,
    ),
    LegalBound("applicant.min_age", "《民法典》第十七、十八条：完全民事行为能力人", date(2021, 1, 1), least=18),
    LegalBound(
        "product.max_amount_fen",
        "《商业银行互联网贷款管理暂行办法》第六条：单户个人消费信用贷款授信额度不超过 20 万元",
        date(2020, 7, 12),
        most=20_000_000,
    ),
    LegalBound(
        "product.terms_months", "《个人贷款管理办法》（2024）：个人消费贷款期限不超过五年", date(2024, 7, 1), most=60
    ),
)

_ADAPTER = TypeAdapter(PolicyFile)


def load_policy(path: Path = STANDARD) -> Policy:
    """Raises PolicyError naming the field, with the citation when a legal bound is crossed."""
    try:
        content = path.read_bytes()
        data = tomllib.loads(content.decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise PolicyError("(file)", "not readable as TOML") from broken
    limits = read(_ADAPTER, data, PolicyError)
    _check_law(limits)
    _check_sense(limits)
    return Policy(f"{limits.id}-{limits.version}+{hashlib.sha256(content).hexdigest()[:12]}", limits)


def _check_law(limits: PolicyFile) -> None:
    values = {
        "price.annual_rate_bp": tuple(limits.price.annual_rate_bp.values()),
        "applicant.min_age": (limits.applicant.min_age,),
        "product.max_amount_fen": (limits.product.max_amount_fen,),
        "product.terms_months": limits.product.terms_months,
    }
    for bound in LEGAL_BOUNDS:
        for value in values[bound.field]:
            if (bound.most is not None and value > bound.most) or (bound.least is not None and value < bound.least):
                raise PolicyError(bound.field, f"past its legal bound: {bound.citation}")


def _check_sense(limits: PolicyFile) -> None:
    product, price = limits.product, limits.price
    if not product.min_amount_fen <= product.max_amount_fen:
        raise PolicyError("product.max_amount_fen", "below the least amount")
    if product.min_amount_fen % product.amount_step_fen:
        raise PolicyError("product.min_amount_fen", "not a multiple of the step")
    if not product.terms_months:
        raise PolicyError("product.terms_months", "empty")
    if not price.annual_rate_bp or set(price.annual_rate_bp) != set(price.max_amount_fen):
        raise PolicyError("price", "each priced grade needs a rate and a highest amount")
    if not limits.score.approve_max_pd_bp < limits.score.decline_min_pd_bp:
        raise PolicyError("score.decline_min_pd_bp", "not above the approval ceiling")
