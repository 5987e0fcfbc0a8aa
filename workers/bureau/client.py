"""Asking the credit bureau about a person, by the right that person gave (征信业管理条例 18)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from portal.domain.clock import now
from scoring.report import ReportError, parse_report
from workers.outside import Outside, OutsideRefused

SERVICE = "bureau"
PURPOSE = "loan_approval"


@dataclass(frozen=True, slots=True)
class AuthorisationProof:
    """The signed 征信授权书: `id` of the consent, SHA-256 of its text in hex, and from when to when it holds."""

    id: UUID
    text_hash: str
    signed_at: datetime
    expires_at: datetime


class Bureau(Protocol):
    """A source of credit reports."""

    async def query(
        self, *, id_number: str, name: str, authorisation: AuthorisationProof, idempotency_key: str
    ) -> dict[str, Any]:
        """A report that `scoring.report.parse_report` accepts; the same key never costs a second query.

        Raises OutsideUnavailable (ask again later with the same key) or OutsideRefused.
        """


class HttpBureau:
    """The bureau over HTTP."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def query(
        self, *, id_number: str, name: str, authorisation: AuthorisationProof, idempotency_key: str
    ) -> dict[str, Any]:
        """As the protocol says; an authorisation that does not hold now never leaves the house."""
        if not authorisation.signed_at <= now() < authorisation.expires_at:
            raise OutsideRefused(SERVICE, 403, "authorisation_expired")
        body = {
            "id_number": id_number,
            "name": name,
            "authorisation": {
                "id": str(authorisation.id),
                "text_hash": authorisation.text_hash,
                "signed_at": authorisation.signed_at.isoformat(),
                "expires_at": authorisation.expires_at.isoformat(),
            },
            "purpose": PURPOSE,
        }
        report = await self._outside.post("/v1/reports", body, idempotency_key=idempotency_key)
        try:
            parse_report(report)
        except ReportError as error:
            raise self._outside.garbled(f"report: {error}") from None
        return report


def connect_bureau(base_url: str, api_key: str) -> tuple[Outside, HttpBureau]:
    """The bureau at an address, and the connection to close at the end."""
    outside = Outside(SERVICE, base_url, api_key=api_key)
    return outside, HttpBureau(outside)
