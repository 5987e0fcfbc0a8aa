"""Reading a case into its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from portal.accounts.sessions import StaffIdentity
from portal.db.models import Decision
from portal.db.uow import UnitOfWork
from portal.db.vault import PersonCipher
from portal.documents.fields import CORRECTABLE
from portal.documents.service import DocumentView, list_documents
from portal.documents.wording import SLOTS
from portal.domain.application import ApplicationState
from portal.domain.errors import NotFound
from portal.domain.events import EventKind
from portal.helpdesk.bureau_pages import BureauPanel, bureau_panel
from portal.helpdesk.case_pages import (
    CasePage,
    Flash,
    case_head,
    decide_panel,
    masked_row,
    person_panel,
    steps_panel,
    timeline_page,
)
from portal.helpdesk.document_pages import document_panel
from portal.helpdesk.evidence_pages import (
    CheckRow,
    check_rows,
    contract_panel,
    decision_panel,
    fraud_signals,
    notice_rows,
    rule_rows,
)
from portal.helpdesk.pages import bar_of, queue_rows
from portal.helpdesk.personal import masked, read_personal
from portal.helpdesk.queries import (
    Case,
    Filter,
    HistoryRow,
    list_cases,
    list_decisions,
    list_history,
    list_runs,
)
from portal.helpdesk.roles import Rights, rights_of
from portal.helpdesk.service import Revealed, open_case
from portal.helpdesk.wording import ALL, SEGMENTS
from portal.underwriting.findings import open_findings
from portal.underwriting.queries import list_copies, open_report


@dataclass(frozen=True, slots=True)
class Look:
    """How the page is looked at: by whom, in which language, which lines of history, and what was just done on it."""

    staff: StaffIdentity
    language: str
    show: str = ALL
    flash: Flash | None = None
    revealed: Revealed | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


async def view_case(uow: UnitOfWork, case: Case, look: Look) -> CasePage:
    """The whole page in seven statements, and three more when the opening is to be recorded."""
    application, rights = case.application, rights_of(look.staff)
    cipher = await cipher_of(uow, case)
    history = await list_history(uow, application.id)
    await open_case(uow, case, look.staff, history)
    runs = await list_runs(uow, application.id)
    personal = await read_personal(uow, case)
    documents = await list_documents(uow, application.id) if cipher is not None else {}
    decisions = await list_decisions(uow, application.id)
    automatic = next((decision for decision, _ in decisions if decision.staff_id is None), None)
    rows = await list_cases(uow, Filter(application.state.value))
    referred = application.state is ApplicationState.REFERRED
    signals, doubts = fraud_signals(history), _doubts(automatic, cipher, look.language)
    return CasePage(
        bar=bar_of(look.staff),
        title=application.reference,
        head=case_head(case, masked("name", personal), runs),
        steps=steps_panel(case, runs, restart=rights.restart),
        person=person_panel(case, personal, rights, look.revealed),
        timeline=timeline_page(case, history, cipher, look.show, note=rights.note and cipher is not None),
        queue=queue_rows(rows, application.reference),
        queue_title=SEGMENTS[application.state.value],
        queue_href=f"/helpdesk?queue={application.state.value}",
        documents=tuple(
            document_panel(
                application.reference,
                document,
                personal.answers,
                look.language,
                allowed="document" in rights.reveals,
                correct=rights.decide and application.state in CORRECTABLE,
                revealed=look.revealed,
            )
            for document in _in_order(documents)
        ),
        checks=check_rows(history, personal.answers),
        signals=signals,
        copies=await _copies(uow, case, history),
        bureau=await view_bureau(uow, case, rights, look.revealed),
        decisions=tuple(
            decision_panel(decision, by, automatic, cipher, look.language, rules=rights.rules)
            for decision, by in decisions
        ),
        decide=decide_panel(case, decisions, doubts, signals, look.typed, look.errors)
        if referred and rights.decide and cipher is not None
        else None,
        waits_for_officer=referred and not rights.decide,
        contract=contract_panel(case.offer, case.contract, case.payout) if case.offer is not None else None,
        notices=notice_rows([run.notice for run in runs if run.notice is not None]),
        flash=look.flash,
        note=look.typed.get("text", ""),
        errors=look.errors,
    )


async def view_part(
    uow: UnitOfWork, case: Case, look: Look, kind: str, document: UUID | None, error: str = ""
) -> tuple[str, Any]:
    """The one fragment a reveal is about, and its template; raises NotFound for a document that is not there."""
    rights, reference = rights_of(look.staff), case.application.reference
    if kind == "bureau":
        return "bureau", replace(await view_bureau(uow, case, rights, look.revealed), error=error)
    personal = await read_personal(uow, case)
    if kind != "document":
        in_clear = look.revealed is not None
        return "masked", masked_row(reference, kind, personal, rights, in_clear=in_clear, error=error)
    documents = await list_documents(uow, case.application.id) if case.key is not None else {}
    found = next((one for one in documents.values() if one.id == document), None)
    if found is None:
        raise NotFound
    panel = document_panel(
        reference,
        found,
        personal.answers,
        look.language,
        allowed="document" in rights.reveals,
        correct=rights.decide and case.application.state in CORRECTABLE,
        revealed=look.revealed,
    )
    return "document", replace(panel, error=error)


async def view_bureau(uow: UnitOfWork, case: Case, rights: Rights, revealed: Revealed | None) -> BureauPanel:
    """Counts from the sealed report; its figures only for who gave a reason."""
    report = None
    if case.inquiry is not None and case.key is not None:
        report = await open_report(uow, case.application, case.inquiry)
    return bureau_panel(
        case.application.reference,
        case.inquiry.answered_at if case.inquiry is not None else None,
        report,
        asked=case.inquiry is not None,
        allowed="bureau" in rights.reveals,
        revealed=revealed is not None and revealed.kind == "bureau",
    )


async def cipher_of(uow: UnitOfWork, case: Case) -> PersonCipher | None:
    """None for a person who was erased: asking for their cipher would make them a new key."""
    return await uow.cipher(case.applicant.id) if case.key is not None else None


async def _copies(uow: UnitOfWork, case: Case, history: Sequence[HistoryRow]) -> tuple[tuple[str, str], ...]:
    """Asked only where the screening saw some."""
    screened = [row.event.data for row in history if row.event.kind is EventKind.FRAUD_SCREENED]
    if not screened or "duplicate_document" not in screened[-1].get("signals", ()):
        return ()
    return tuple((SLOTS[slot], reference) for slot, reference in await list_copies(uow, case.application))


def _in_order(documents: Mapping[str, DocumentView]) -> list[DocumentView]:
    return [documents[slot] for slot in SLOTS if slot in documents]


def _doubts(automatic: Decision | None, cipher: PersonCipher | None, language: str) -> tuple[CheckRow, ...]:
    """The rules of the policy that ask for a person, or speak against."""
    rules = rule_rows(open_findings(automatic, cipher).rules, language, sentences=True)
    return tuple(row for row in rules if not row.passed)
