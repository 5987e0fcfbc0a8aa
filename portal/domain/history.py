"""The hash chain over an application's events: what was written can't be changed, dropped or reordered unseen."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID


def chain_hash(
    previous: bytes,
    application_id: UUID,
    seq: int,
    kind: str,
    actor_kind: str,
    actor: UUID | None,
    data: Mapping[str, Any],
    at: datetime,
) -> bytes:
    """SHA-256 of the previous hash and the canonical JSON of the event; instants in UTC to the microsecond."""
    body = [str(application_id), seq, str(kind), str(actor_kind), str(actor) if actor else None, data]
    body.append(at.astimezone(UTC).isoformat(timespec="microseconds"))
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(previous + canonical.encode()).digest()
