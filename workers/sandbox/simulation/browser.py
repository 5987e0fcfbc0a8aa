"""A phone's browser with JavaScript off: pages, links and forms over HTTP, with the hidden fields each page carries."""

from typing import Any

import httpx
from lxml import html

from workers.sandbox.simulation.people import Upload

Form = Any
"""lxml's FormElement, which has no types."""


class Refused(Exception):
    """The portal answered with an error; the text is the page's own sentence, without what was typed."""


class Browser:
    """`path` is where it is after redirects."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._page: Any = None
        self.path = ""
        self.content = b""

    async def open(self, path: str) -> None:
        """Go to an address; raises Refused."""
        self._arrive(await self._http.get(path))

    async def send(self, form: Form, values: dict[str, str] | None = None, upload: Upload | None = None) -> None:
        """Send a form of this page: its own fields, then `values`; raises Refused."""
        fields = dict(form.form_values()) | (values or {})
        files = {"file": (upload.name, upload.content, upload.media_type)} if upload else None
        self._arrive(await self._http.post(form.action, data=fields, files=files))

    def form(self, *endings: str) -> Form | None:
        """The page's form whose address ends so; None when there is none."""
        forms = [form for form in self._page.forms if form.method == "POST" and form.action.endswith(endings)]
        return forms[0] if forms else None

    def find_form(self, part: str) -> Form | None:
        """The page's form whose address contains this."""
        return next((form for form in self._page.forms if part in (form.action or "")), None)

    def links_to(self, *endings: str) -> bool:
        """Whether a link of the page leads there."""
        return any(href.endswith(endings) for href in self._page.xpath("//a/@href"))

    @property
    def heading(self) -> str:
        """The page's first heading."""
        return " ".join("".join(self._page.xpath("//h1[1]//text()")).split())

    @property
    def complaints(self) -> str:
        """The error summary's sentences."""
        found = self._page.xpath('//*[@id="error-summary"]//li//text() | //*[@data-upload-error][not(@hidden)]//text()')
        return " ".join(" ".join(found).split())

    def _arrive(self, answer: httpx.Response) -> None:
        self.path = answer.url.path
        self.content = answer.content
        if answer.headers.get("content-type", "").startswith("text/html"):
            self._page = html.document_fromstring(answer.content.decode())
        if answer.is_error:
            raise Refused(f"{answer.status_code} at {_page_of(self.path)}: {self.complaints or self.heading}")


def _page_of(path: str) -> str:
    """The path without the application's reference, so that equal problems count as one."""
    return "/".join(part for part in path.split("/")[2:] if not part.startswith("XD")) or path
