"""How the stand-ins say no: a status and a short code, never an echo of what was sent."""

from typing import Any

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers import BaseRouteHandler


class Refusal(HTTPException):
    """A final no with its reason code."""

    def __init__(self, status_code: int, code: str) -> None:
        super().__init__(status_code=status_code, detail=code)


def answer_refusal(_: Request[Any, Any, Any], refusal: Refusal) -> Response[dict[str, str]]:
    """The body of a refusal."""
    return Response({"error": refusal.detail}, status_code=refusal.status_code)


def answer_invalid(_: Request[Any, Any, Any], __: ValidationException) -> Response[dict[str, str]]:
    """A body or header that isn't what the interface asks for."""
    return Response({"error": "invalid_request"}, status_code=400)


def require_api_key(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A stand-in accepts any key, but a caller that forgets to send one would fail at the real service."""
    if not connection.headers.get("x-api-key"):
        raise Refusal(401, "api_key_missing")
