"""Context of the page about models: which decides, who proposes another, what halts approval, what was reported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from portal.accounts.sessions import StaffIdentity
from portal.db.models import ModelOrigin, ModelState, RegisteredModel, Retraining, Role
from portal.domain.text import N_
from portal.helpdesk.case_pages import Flash
from portal.helpdesk.pages import Badge, Bar, bar_of
from portal.helpdesk.roles import MODEL_CONFIRMERS, MODEL_PROPOSERS
from portal.registry.queries import Change, Halt, Proposal
from portal.registry.reports import ReportLine

STATES: Mapping[ModelState, Badge] = {
    ModelState.CHAMPION: Badge(N_("使用中"), "success", "done"),
    ModelState.CHALLENGER: Badge(N_("挑战者"), "accent", "live"),
    ModelState.RETIRED: Badge(N_("已停用"), "quiet", "stop"),
}
ORIGINS: Mapping[ModelOrigin, str] = {
    ModelOrigin.SHIPPED: N_("随软件提供"),
    ModelOrigin.RETRAINED: N_("定期再训练"),
    ModelOrigin.BROUGHT: N_("自行导入"),
}
CHANGES: Mapping[str, str] = {
    "registered": N_("登记"),
    "proposed": N_("提议启用"),
    "dropped": N_("放弃提议"),
    "promoted": N_("启用"),
    "retired": N_("停用模型"),
}
DONE: Mapping[str, str] = {
    "proposed": N_("已提议，等另一位同事确认。"),
    "promoted": N_("已启用，下一笔申请起由新模型评分。"),
    "dropped": N_("提议已放弃。"),
    "retired": N_("已停用，不再影子评分。"),
    "lifted": N_("自动审批已恢复。"),
    "asked": N_("正在编制报告，通常一分钟内完成，请刷新页面查看。"),
}
"""What a form came to, by the code in the address."""

SCORE_NAME = N_("评分")


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model; figures are those of its training, as text."""

    version: str
    badge: Badge
    origin: str
    rows: str
    auc: str
    ks: str
    brier: str
    ece: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ProposalPanel:
    """`own`: the viewer proposed it and can't confirm it."""

    id: UUID
    version: str
    by: str
    reason: str
    at: datetime
    own: bool
    may_settle: bool


@dataclass(frozen=True, slots=True)
class HaltPanel:
    """`subject` is a message id where `is_score`, else an input's name. `lifted_at` None: still open."""

    id: UUID
    subject: str
    is_score: bool
    psi: str
    threshold: str
    cases: int
    raised_at: datetime
    lifted_at: datetime | None
    lifted_by: str
    comment: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One line of the history; `what` is a message id."""

    what: str
    version: str
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report to open."""

    id: UUID
    first: date
    last: date
    made_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class RetrainingRow:
    """An attempt; `problem` is the trainer's own sentence, empty where a model came out."""

    at: datetime
    cases: str
    bads: str
    version: str
    problem: str


@dataclass(frozen=True, slots=True)
class ModelsFound:
    """Everything the page shows, as the registry tells it."""

    models: Sequence[RegisteredModel]
    proposal: Proposal | None
    changes: Sequence[Change]
    halts: Sequence[Halt]
    reports: Sequence[ReportLine]
    report_asked: bool
    retrainings: Sequence[Retraining]


@dataclass(frozen=True, slots=True)
class ModelsPage:
    """`candidates` and `challengers` are (version, label) pairs to choose from; empty for who may not."""

    bar: Bar
    rows: tuple[ModelRow, ...]
    proposal: ProposalPanel | None
    halt: HaltPanel | None
    past_halts: tuple[HaltPanel, ...]
    changes: tuple[ChangeRow, ...]
    reports: tuple[ReportRow, ...]
    report_asked: bool
    retrainings: tuple[RetrainingRow, ...]
    acts: bool
    candidates: tuple[tuple[str, str], ...]
    challengers: tuple[tuple[str, str], ...]
    flash: Flash | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    title: str = N_("评分模型")


def models_page(
    staff: StaffIdentity,
    found: ModelsFound,
    flash: Flash | None = None,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> ModelsPage:
    """As this member of staff may see it and act on it."""
    role = Role(staff.role)
    acts = role in MODEL_PROPOSERS
    halts = tuple(_halt(halt) for halt in found.halts)
    proposal = found.proposal
    return ModelsPage(
        bar=bar_of(staff, "models"),
        rows=tuple(_row(model) for model in found.models),
        proposal=None if proposal is None else _proposal(proposal, staff),
        halt=next((halt for halt in halts if halt.lifted_at is None), None),
        past_halts=tuple(halt for halt in halts if halt.lifted_at is not None),
        changes=tuple(ChangeRow(CHANGES[one.kind], one.version, one.by, one.reason, one.at) for one in found.changes),
        reports=tuple(ReportRow(one.id, one.first, one.last, one.made_at, one.by) for one in found.reports),
        report_asked=found.report_asked,
        retrainings=tuple(
            RetrainingRow(one.at, f"{one.cases:,}", f"{one.bads:,}", one.version or "", one.problem or "")
            for one in found.retrainings
        ),
        acts=acts,
        candidates=_choices(found.models, ModelState.CHALLENGER, ModelState.RETIRED) if acts and not proposal else (),
        challengers=_choices(found.models, ModelState.CHALLENGER) if acts else (),
        flash=flash,
        typed=typed or {},
        errors=errors or {},
    )


def _choices(models: Sequence[RegisteredModel], *states: ModelState) -> tuple[tuple[str, str], ...]:
    return tuple((model.version, model.version[:12]) for model in models if model.state in states)


def _row(model: RegisteredModel) -> ModelRow:
    trained: Mapping[str, float] = model.figures.get("trained", {})

    def figure(name: str) -> str:
        return f"{trained[name]:.4f}" if name in trained else "—"

    return ModelRow(
        version=model.version,
        badge=STATES[model.state],
        origin=ORIGINS[model.origin],
        rows=f"{model.figures.get('rows', 0):,}",
        auc=figure("auc"),
        ks=figure("ks"),
        brier=figure("brier"),
        ece=figure("ece"),
        since=model.since,
    )


def _proposal(proposal: Proposal, staff: StaffIdentity) -> ProposalPanel:
    own = proposal.proposed_by == staff.id
    return ProposalPanel(
        proposal.id,
        proposal.version,
        proposal.by,
        proposal.reason,
        proposal.proposed_at,
        own,
        Role(staff.role) in MODEL_CONFIRMERS,
    )


def _halt(halt: Halt) -> HaltPanel:
    row = halt.row
    is_score = row.subject == "(score)"
    return HaltPanel(
        id=row.id,
        subject=SCORE_NAME if is_score else row.subject,
        is_score=is_score,
        psi=f"{row.psi:.2f}",
        threshold=f"{row.threshold:.2f}",
        cases=row.cases,
        raised_at=row.raised_at,
        lifted_at=row.lifted_at,
        lifted_by=halt.lifted_by,
        comment=row.comment or "",
    )
