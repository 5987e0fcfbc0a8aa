"""What can be written into an application's history. Data holds ids, codes and durations, never personal data."""

from enum import StrEnum


class EventKind(StrEnum):
    """One line of the timeline, the progress page and the audit trail."""

    DRAFT_OPENED = "draft_opened"
    DRAFT_RESUMED = "draft_resumed"
    DRAFT_REMINDED = "draft_reminded"
    DRAFT_ERASED = "draft_erased"
    QUESTION_ANSWERED = "question_answered"
    ANSWER_CHANGED = "answer_changed"
    DOCUMENT_UPLOADED = "document_uploaded"
    DOCUMENT_READ = "document_read"
    DOCUMENT_REFUSED = "document_refused"
    DOCUMENT_CONFIRMED = "document_confirmed"
    DOCUMENT_CORRECTED = "document_corrected"
    PERSON_ASKED = "person_asked"
    CONSENT_GRANTED = "consent_granted"
    APPLICATION_SUBMITTED = "application_submitted"
    STEP_STARTED = "step_started"
    STEP_FINISHED = "step_finished"
    STEP_PARKED = "step_parked"
    STEP_FAILED = "step_failed"
    STEP_RESTARTED = "step_restarted"
    BUREAU_REPORT_RECEIVED = "bureau_report_received"
    FRAUD_SCREENED = "fraud_screened"
    APPLICATION_SCORED = "application_scored"
    APPLICATION_APPROVED = "application_approved"
    APPLICATION_REFERRED = "application_referred"
    APPLICATION_DECLINED = "application_declined"
    APPLICATION_WITHDRAWN = "application_withdrawn"
    REVIEW_REQUESTED = "review_requested"
    CONTRACT_DRAWN = "contract_drawn"
    COST_STATEMENT_SHOWN = "cost_statement_shown"
    COST_STATEMENT_CONFIRMED = "cost_statement_confirmed"
    CONTRACT_SIGNED = "contract_signed"
    CONTRACT_SEALED = "contract_sealed"
    LOAN_DISBURSED = "loan_disbursed"
    NOTICE_SENT = "notice_sent"
    PERSONAL_DATA_REVEALED = "personal_data_revealed"
    CASE_OPENED = "case_opened"
    NOTE_ADDED = "note_added"


class ActorKind(StrEnum):
    """Who did it."""

    APPLICANT = "applicant"
    STAFF = "staff"
    SYSTEM = "system"
