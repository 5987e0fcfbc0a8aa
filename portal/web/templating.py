"""Pages: Jinja with strict undefined names, gettext, and the few globals every template may use.

A page context is one frozen dataclass, `page`; templates never see table objects.
"""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar import Request, Response
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Redirect, Template
from litestar.response.base import ASGIResponse
from litestar.template import TemplateConfig
from markupsafe import Markup

from portal.domain.clock import CHINA
from portal.domain.money import format_yuan
from portal.settings import ROOT, Settings
from portal.web import auth
from portal.web.language import current_language, gettext, ngettext, speaking
from portal.web.packing import pack_page

_URL_SAFE = "/#%[]=:;$&()+,!?*@'~"


@cache
def content_mark(file: Path) -> str:
    """A short hash of the content."""
    return sha256(file.read_bytes()).hexdigest()[:10] if file.is_file() else "missing"


def static_url(path: str) -> str:
    """The file's address with its content hash, so that it may be cached for ever."""
    return f"/static/{path}?v={content_mark(ROOT / 'static' / path)}"


def rate(basis_points: int) -> str:
    """1245 bp → 12.45%."""
    return f"{basis_points / 100:.2f}%"


def moment(at: datetime) -> str:
    """China time: 11月23日 10:32, or 23 Nov 10:32."""
    local = at.astimezone(CHINA)
    if current_language.get() == "en":
        return f"{local.day} {local:%b} {local:%H:%M}"
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def clock_time(at: datetime) -> str:
    """China time: 10:32."""
    return f"{at.astimezone(CHINA):%H:%M}"


def day(on: date | datetime) -> str:
    """2026年11月23日, or 23 Nov 2026."""
    local = on.astimezone(CHINA).date() if isinstance(on, datetime) else on
    return f"{local:%-d %b %Y}" if current_language.get() == "en" else f"{local.year}年{local.month}月{local.day}日"


def duration(seconds: float | None) -> str:
    """0.4 秒, 12 秒, 3 分 5 秒, 2 小时 10 分."""
    if seconds is None:
        return ""
    english = current_language.get() == "en"
    minute, hour, second = ("min", "h", "s") if english else ("分", "小时", "秒")
    if seconds < 0.05:
        return "under 0.1 s" if english else "不到 0.1 秒"
    if seconds < 10:
        return f"{seconds:.1f} {second}"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} {second}"
    if whole < 3600:
        return f"{whole // 60} {minute} {whole % 60} {second}"
    return f"{whole // 3600} {hour} {whole % 3600 // 60} {minute}"


@pass_context
def csrf_field(context: Context) -> Markup:
    """The hidden field that every form carries."""
    return Markup('<input type="hidden" name="_csrf" value="{}">').format(context["csrf_token"])


def key_field() -> Markup:
    """A fresh idempotency key: the same form sent twice is done once."""
    return Markup('<input type="hidden" name="_key" value="{}">').format(secrets.token_urlsafe(16))


@cache
def environment() -> Environment:
    """The one Jinja environment; also used by workers to render notices."""
    env = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(static=static_url, csrf_field=csrf_field, key_field=key_field)
    env.filters.update(yuan=format_yuan, rate=rate, moment=moment, day=day, duration=duration, clock_time=clock_time)
    env.filters.update(translated=gettext)
    return env


def template_config() -> TemplateConfig[JinjaTemplateEngine]:
    """Litestar's side of it."""
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment()))


def globals_for(settings: Settings, language: str, type_size: str, csrf: str, kind: str) -> dict[str, Any]:
    """What every template may count on, beside `page`."""
    return {
        "lang": language,
        "csrf_token": csrf,
        "type_size": type_size,
        "visitor_kind": kind,
        "lender": {"name": settings.lender_name, "phone": settings.support_phone},
    }


class Page(Template):
    """A rendered template in the visitor's language; gives a browser without a session its anonymous one."""

    def __init__(self, name: str, context: Mapping[str, Any], status: int) -> None:
        super().__init__(name, context=dict(context), status_code=status, media_type="text/html; charset=utf-8")

    def create_template_context(self, request: Request) -> dict[str, Any]:  # type: ignore[type-arg]
        """`page` and the globals."""
        settings: Settings = request.app.state.settings
        session_id = auth.session_id_of(request)
        if session_id is None:
            session_id = auth.new_session_id()
            self.cookies.append(auth.session_cookie(session_id, settings))
        visitor: auth.Visitor | None = getattr(request.state, "visitor", None)
        kind = "anonymous"
        if visitor is not None and visitor.staff is not None:
            kind = "staff"
        elif visitor is not None and visitor.applicant_id is not None:
            kind = "applicant"
        size = "large" if request.cookies.get("type_size") == "large" else "normal"
        language = auth.language_of(request)
        return {
            **self.context,
            "path": request.url.path,
            **globals_for(settings, language, size, auth.csrf_token(session_id, settings), kind),
        }

    def to_asgi_response(self, app: Any, request: Request, **kwargs: Any) -> ASGIResponse:  # type: ignore[type-arg]
        """Render while the visitor's language is set. The context comes first: making it may add a cookie."""
        context = self.create_template_context(request)
        with speaking(context["lang"]):
            text = environment().get_template(self.template_name or "").render(context)
        body, encoding = pack_page(text, request.headers.get("accept-encoding", ""))
        self.headers["Vary"] = "Accept-Encoding"
        if encoding:
            self.headers["Content-Encoding"] = encoding
        page: Response[bytes] = Response(
            body,
            status_code=self.status_code,
            media_type=self.media_type,
            headers=self.headers,
            cookies=list(self.cookies),
        )
        return page.to_asgi_response(app, request, **kwargs)


def render(name: str, page: Any, status: int = 200) -> Page:
    """Answer with a template whose context is `page`."""
    return Page(name, {"page": page}, status)


def render_fragment(
    name: str, page: Any, *, settings: Settings, language: str, type_size: str = "normal", csrf: str = ""
) -> str:
    """A fragment as text, for server-sent events."""
    context = {"page": page, "path": "", **globals_for(settings, language, type_size, csrf, "applicant")}
    with speaking(language):
        return environment().get_template(name).render(context)


def is_htmx(request: Request) -> bool:  # type: ignore[type-arg]
    """Whether htmx asks for a fragment; a boosted or history request wants the whole page."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-request-type", "partial") != "full"


def redirect(request: Request, path: str) -> Response[Any]:  # type: ignore[type-arg]
    """303 for a plain form; htmx is told to load the page, since it would swap a redirect's body in place."""
    if request.headers.get("hx-request") == "true":
        # Quoted as Redirect does: a header holds Latin-1 only, an address may echo anything.
        return Response(None, status_code=204, headers={"HX-Redirect": quote(path, safe=_URL_SAFE)})
    return Redirect(path, status_code=303)
