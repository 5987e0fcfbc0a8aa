"""The credit bureau's stand-in: one report per idempotency key, only against an unused authorisation.

The real one (征信业务管理办法 12) answers licensed institutions only; this one invents people.
"""

import secrets
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import HeaderParameter, JSONBody
from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

from portal.domain.clock import now, today
from workers.sandbox.faults import Control, Trouble, control_router
from workers.sandbox.personas import find_persona
from workers.sandbox.refusals import Refusal, require_api_key
from workers.sandbox.reports import Report, draw_report, empty_report
from workers.sandbox.store import Answer, EffectStore, KeyReused, SubjectUsed


class Authorisation(BaseModel):
    """What the person signed: `text_hash` is the SHA-256 of the 征信授权书."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    text_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    signed_at: AwareDatetime
    expires_at: AwareDatetime


class ReportRequest(BaseModel):
    """Who is asked about, why, and by what right."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{17}[0-9X]$")]
    name: Annotated[str, StringConstraints(min_length=2, max_length=30)]
    authorisation: Authorisation | None = None
    purpose: Literal["loan_approval", "account_review"]


class Outages:
    """A persona may bring an outage of its own: it begins with the first query about that person and ends by itself."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}

    def under_way(self, id_number: str) -> bool:
        """Whether the bureau pretends to be down for this person."""
        persona = find_persona(id_number)
        if persona is None or not persona.outage_seconds:
            return False
        began = self._began.setdefault(id_number, time.monotonic())
        return time.monotonic() - began < persona.outage_seconds


def _check(authorisation: Authorisation | None, at: datetime) -> Authorisation:
    if authorisation is None:
        raise Refusal(403, "authorisation_missing")
    if not authorisation.signed_at <= at < authorisation.expires_at:
        raise Refusal(403, "authorisation_expired")
    return authorisation


def _report_on(id_number: str) -> Report:
    persona = find_persona(id_number)
    return persona.report(today()) if persona else draw_report(id_number, today())


@post("/reports", status_code=200)
async def issue_report(
    data: JSONBody[ReportRequest],
    idempotency_key: Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=8, max_length=80)],
    store: NamedDependency[EffectStore],
    control: NamedDependency[Control],
    outages: NamedDependency[Outages],
) -> Response[Answer]:
    """The person's report; the same key is given the same report and counted once."""
    at = now()
    authorisation = _check(data.authorisation, at)
    if outages.under_way(data.id_number):
        return Response({"error": "temporarily_unavailable"}, status_code=503, headers={"Retry-After": "5"})

    def make() -> Answer:
        report = empty_report() if control.order.no_file else _report_on(data.id_number)
        return {"report_id": f"SANDBOX-{secrets.token_hex(8)}", "issued_at": at.isoformat(), **report}

    try:
        answer, _ = store.once(idempotency_key, data.model_dump(mode="json"), make, subject=str(authorisation.id))
    except KeyReused:
        raise Refusal(422, "idempotency_key_reused") from None
    except SubjectUsed:
        raise Refusal(403, "authorisation_used") from None
    return Response(answer)


@get("/control/stats")
async def show_stats(store: NamedDependency[EffectStore], control: NamedDependency[Control]) -> dict[str, int]:
    """`queries` counts distinct idempotency keys and outlives a restart; `requests` and `failed` do not."""
    queries, repeats = store.count()
    return {"queries": queries, "repeats": repeats, "requests": control.requests, "failed": control.failed}


def bureau_router(folder: Path) -> Router:
    """`/bureau`, with its memory in `folder`."""
    control, store, outages = Control(), EffectStore(folder / "bureau.sqlite3"), Outages()
    service = Router(
        "/v1", route_handlers=[issue_report], middleware=[Trouble(lambda: control)], guards=[require_api_key]
    )
    return Router(
        "/bureau",
        route_handlers=[service, control_router(control), show_stats],
        dependencies={
            "store": Provide(lambda: store, sync_to_thread=False),
            "control": Provide(lambda: control, sync_to_thread=False),
            "outages": Provide(lambda: outages, sync_to_thread=False),
        },
    )
