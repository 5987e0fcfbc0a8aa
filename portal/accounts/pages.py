"""Contexts of the staff sign-in page."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.domain.text import N_


@dataclass(frozen=True, slots=True)
class StaffSignInPage:
    """The login as typed; password and code are never given back."""

    login: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    title: str = N_("员工登录")
