"""One table a file. Importing this package registers them all."""

from portal.db.models.answer import Answer, AnswerSource
from portal.db.models.applicant import Applicant, PersonKey
from portal.db.models.application import Application
from portal.db.models.approval_halt import ApprovalHalt, HaltState
from portal.db.models.bureau_inquiry import BureauInquiry, InquiryState
from portal.db.models.case_note import CaseNote
from portal.db.models.consent import Consent, ConsentKind
from portal.db.models.contract import Contract, ContractState
from portal.db.models.decision import Decision, Lane, Outcome
from portal.db.models.document import Document, DocumentField, DocumentState, FieldChange, Provenance
from portal.db.models.engine_version import EngineKind, EngineVersion
from portal.db.models.event import Event, EventHead
from portal.db.models.exchange import Exchange, ExchangeState, Reply
from portal.db.models.installment import Installment
from portal.db.models.loan_outcome import LoanOutcome, Verdict
from portal.db.models.model_report import ModelReport
from portal.db.models.notice import Channel, Notice, NoticeState
from portal.db.models.offer import Offer
from portal.db.models.one_time_code import CodePurpose, OneTimeCode
from portal.db.models.payout import Payout, PayoutState
from portal.db.models.policy_change import ChangeState, PolicyChange, PolicyEvent, PolicyEventKind
from portal.db.models.policy_term import PolicyTerm
from portal.db.models.registered_model import (
    ModelChange,
    ModelChangeKind,
    ModelOrigin,
    ModelPromotion,
    ModelState,
    PromotionState,
    RegisteredModel,
)
from portal.db.models.request_key import RequestKey
from portal.db.models.retraining import Retraining
from portal.db.models.shadow_score import ShadowScore
from portal.db.models.staff import Role, Staff
from portal.db.models.step_run import StepRun
from portal.db.models.unfinished_upload import UnfinishedUpload
from portal.db.models.watch_entry import WatchEntry
from portal.db.models.web_session import WebSession

__all__ = [
    "Answer",
    "AnswerSource",
    "Applicant",
    "Application",
    "ApprovalHalt",
    "BureauInquiry",
    "CaseNote",
    "ChangeState",
    "Channel",
    "CodePurpose",
    "Consent",
    "ConsentKind",
    "Contract",
    "ContractState",
    "Decision",
    "Document",
    "DocumentField",
    "DocumentState",
    "EngineKind",
    "EngineVersion",
    "Event",
    "EventHead",
    "Exchange",
    "ExchangeState",
    "FieldChange",
    "HaltState",
    "InquiryState",
    "Installment",
    "Lane",
    "LoanOutcome",
    "ModelChange",
    "ModelChangeKind",
    "ModelOrigin",
    "ModelPromotion",
    "ModelReport",
    "ModelState",
    "Notice",
    "NoticeState",
    "Offer",
    "OneTimeCode",
    "Outcome",
    "Payout",
    "PayoutState",
    "PersonKey",
    "PolicyChange",
    "PolicyEvent",
    "PolicyEventKind",
    "PolicyTerm",
    "PromotionState",
    "Provenance",
    "RegisteredModel",
    "Reply",
    "RequestKey",
    "Retraining",
    "Role",
    "ShadowScore",
    "Staff",
    "StepRun",
    "UnfinishedUpload",
    "Verdict",
    "WatchEntry",
    "WebSession",
]
