"""Every setting of every process: environment variables `XINDAI_…`, with defaults that run on one machine.

`settings_table()` is the configuration table of the README. Nothing here opens a connection.
"""

import base64
import json
import os
import secrets
import tempfile
from functools import cache
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[1]
"""The checkout: templates, static files, migrations and `pyproject.toml` are looked up from here."""

_EMPTY: tuple[None, str] = (None, "")


def runtime_dir(home: Path) -> Path:
    """Where the sockets of the embedded servers of this home live.

    A socket's path may have 107 bytes at most, which a checkout's path easily exceeds, so it is short and
    derived from the home: a second shell finds the running servers without being told.
    """
    mark = sha256(str(home).encode()).hexdigest()[:10]
    return Path(tempfile.gettempdir()) / f"xindai-{os.getuid()}-{mark}"


def embedded_database_url(sockets: Path) -> str:
    """SQLAlchemy's form of the embedded PostgreSQL's address, by its socket directory."""
    return f"postgresql+asyncpg://postgres@/xindai?host={sockets}"


def _asyncpg(url: str) -> str:
    """Accept the address people have (`postgres://…`) and name the driver we use."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+asyncpg{separator}{rest}" if scheme in ("postgres", "postgresql") else url


def _networks(text: str) -> str:
    """Addresses and networks in their normal form, comma-separated; raises ValueError, which names the wrong one."""
    return ",".join(str(ip_network(part.strip())) for part in text.split(",") if part.strip())


def _no_slash(url: str) -> str:
    return url.rstrip("/")


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value


def _absolute(path: Path) -> Path:
    return path.expanduser().resolve()


Url = Annotated[str, AfterValidator(_no_slash)]
FolderPath = Annotated[Path, AfterValidator(_absolute)]
MAX_UPLOAD = 20 * 1024 * 1024


class _SecretsFile(PydanticBaseSettingsSource):
    """`{home}/secrets.json`, made on the first start of a development machine; never read in production."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not used: the file is read as a whole."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Both secrets, unless the sources before have them or this is production."""
        known = self.current_state
        if known.get("environment") == "production" or ("secret_key" in known and "data_keys" in known):
            return {}
        home = Path(known.get("home") or Settings.model_fields["home"].default)
        return _read_or_make_secrets(_absolute(home) / "secrets.json")


def _read_or_make_secrets(file: Path) -> dict[str, str]:
    """Several processes may start at once: the first link wins, everybody reads the winner's."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = {
            "secret_key": secrets.token_urlsafe(32),
            "data_keys": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        }
        descriptor, name = tempfile.mkstemp(dir=file.parent)  # readable by its owner only
        draft = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(fresh, out, indent=2)
        try:
            file.hardlink_to(draft)
        except FileExistsError:
            pass  # another process was first; its secrets count
        finally:
            draft.unlink()
    stored = json.loads(file.read_text(encoding="utf-8"))
    return {name: str(stored[name]) for name in ("secret_key", "data_keys")}


class Settings(BaseSettings):
    """One frozen object; a process reads it once through `get_settings()`."""

    model_config = SettingsConfigDict(
        env_prefix="XINDAI_", frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    environment: Literal["development", "production"] = Field(
        "development",
        description="`production` refuses generated secrets, sandbox senders and seed staff.",
    )
    home: FolderPath = Field(Path(".xindai"), description="Folder for everything kept on this machine.")
    host: str = Field("127.0.0.1", description="Address the portal and the sandbox listen on.")
    port: int = Field(
        8000,
        ge=1,
        le=65533,
        description="Port of the portal; `xindai up` also takes the next two, for the sandbox and Valkey.",
    )
    base_url: Url = Field(
        default_factory=lambda data: f"http://localhost:{data['port']}",
        description="Address people reach the portal at; links in notices begin with it.",
        json_schema_extra={"shown": "http://localhost:{port}"},
    )
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        "",
        description="Addresses or networks of your HTTPS proxy, comma-separated: its X-Forwarded-For names the client.",
        json_schema_extra={"shown": "none"},
    )
    database_url: Annotated[str, AfterValidator(_asyncpg)] = Field(
        default_factory=lambda data: embedded_database_url(runtime_dir(data["home"])),
        description="PostgreSQL, as `postgresql://user:password@host/name`. Set: none is embedded.",
        json_schema_extra={"shown": "the embedded one"},
        repr=False,
    )
    redis_url: str = Field(
        default_factory=lambda data: f"redis://127.0.0.1:{data['port'] + 2}/0",
        description="Redis or Valkey, as `redis://:password@host:6379/0`. Set: none is embedded.",
        json_schema_extra={"shown": "the embedded one"},
        repr=False,
    )
    storage_url: str = Field(
        default_factory=lambda data: (data["home"] / "files").as_uri(),
        description="Where sealed files go: `file:///folder`, or `s3://bucket/prefix` with the usual `AWS_…`.",
        json_schema_extra={"shown": "file://{home}/files"},
    )
    secret_key: SecretStr = Field(
        description="At least 32 characters; CSRF tokens and the search index of personal data hang on it.",
        json_schema_extra={"shown": "made once, in {home}/secrets.json"},
        min_length=32,
    )
    data_keys: SecretStr = Field(
        description="Keys for personal data, `id:base64` (32 bytes), comma-separated, current first.",
        json_schema_extra={"shown": "made once, in {home}/secrets.json"},
    )
    ocr_models: Annotated[FolderPath | None, BeforeValidator(_none_if_empty)] = Field(
        None,
        description="Folder with other PaddleOCR models.",
        json_schema_extra={"shown": "the models that come along"},
    )
    fonts: FolderPath = Field(
        ROOT / "static" / "vendor" / "fonts",
        description="Folder with the Noto Sans SC fonts that contracts are set in.",
        json_schema_extra={"shown": "static/vendor/fonts"},
    )
    bureau_url: Url = Field(
        default_factory=lambda data: f"http://localhost:{data['port'] + 1}/bureau",
        description="Credit bureau.",
        json_schema_extra={"shown": "the sandbox, http://localhost:{port+1}/bureau"},
    )
    bureau_key: SecretStr = Field(SecretStr("sandbox"), description="Key the credit bureau knows us by.")
    bank_url: Url = Field(
        default_factory=lambda data: f"http://localhost:{data['port'] + 1}/bank",
        description="Core banking, which pays out.",
        json_schema_extra={"shown": "the sandbox, http://localhost:{port+1}/bank"},
    )
    bank_key: SecretStr = Field(SecretStr("sandbox"), description="Key core banking knows us by.")
    messages_url: Url = Field(
        default_factory=lambda data: f"http://localhost:{data['port'] + 1}/messages",
        description="Sandbox inbox for text messages and e-mail.",
        json_schema_extra={"shown": "the sandbox, http://localhost:{port+1}/messages"},
    )
    sms_sender: Literal["sandbox", "console"] = Field(
        "sandbox", description="How text messages leave: to the sandbox inbox, or to the console."
    )
    email_sender: Literal["sandbox", "console", "smtp"] = Field(
        "sandbox", description="How e-mail leaves: to the sandbox inbox, to the console, or by SMTP."
    )
    smtp_url: SecretStr = Field(
        SecretStr("smtp://localhost:25"),
        description="Mail server, as `smtp://user:password@host:587` (STARTTLS when offered) or `smtps://…:465`.",
    )
    mail_from: str = Field("notice@xindai.example", description="Sender's address of e-mail.")
    lender_name: str = Field("示例消费金融有限公司", description="The lender, as pages and contracts name it.")
    lender_credit_code: str = Field(
        "91310000DEMO00000X", description="The lender's unified social credit code (统一社会信用代码), for contracts."
    )
    lender_address: str = Field("上海市浦东新区示例路 1 号", description="The lender's address, for contracts.")
    support_phone: str = Field("400-000-0000", description="The number people call for help.")
    web_workers: int = Field(1, ge=1, le=64, description="Portal processes on this host.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severe line logged.")
    session_hours: int = Field(12, ge=1, le=72, description="Hours until a sign-in ends.")
    otp_ttl_seconds: int = Field(300, ge=60, le=900, description="Seconds a one-time code is good for.")
    codes_an_hour_per_address: int = Field(
        default_factory=lambda data: 60 if data["environment"] == "production" else 100_000,
        ge=1,
        description="One-time codes sent in an hour for requests from one network address.",
        json_schema_extra={"shown": "60 in production, 100000 in development"},
    )
    upload_max_bytes: int = Field(MAX_UPLOAD, ge=1024, le=MAX_UPLOAD, description="Largest photo or PDF, in bytes.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, that over the file of generated secrets."""
        return init_settings, env_settings, _SecretsFile(settings_cls)

    @model_validator(mode="after")
    def _production_is_explicit(self) -> "Settings":
        """What is convenient on one machine is dangerous with real applicants."""
        if self.environment != "production":
            return self
        wanted = ("base_url", "trusted_proxies", "database_url", "redis_url", "storage_url", "bureau_url", "bank_url")
        unset = [variable_name(name) for name in wanted if name not in self.model_fields_set]
        if unset:
            raise ValueError(f"production needs {', '.join(unset)}")
        if "sandbox" in (self.sms_sender, self.email_sender):
            raise ValueError("production refuses the sandbox as XINDAI_SMS_SENDER or XINDAI_EMAIL_SENDER")
        if not self.base_url.startswith("https://"):
            raise ValueError("production needs an https address as XINDAI_BASE_URL")
        return self

    @property
    def embeds_database(self) -> bool:
        """Whether `xindai up` runs PostgreSQL itself."""
        return "database_url" not in self.model_fields_set

    @property
    def embeds_redis(self) -> bool:
        """Whether `xindai up` runs Valkey itself."""
        return "redis_url" not in self.model_fields_set

    @property
    def sandbox_url(self) -> str:
        """Where the stand-ins for the outside world listen when `xindai up` runs them."""
        return f"http://localhost:{self.port + 1}"


@cache
def get_settings() -> Settings:
    """The settings of this process; raises pydantic's ValidationError, which `explain` words."""
    return Settings()


def variable_name(field: str) -> str:
    """The environment variable of a field."""
    return f"XINDAI_{field.upper()}"


def explain(error: ValidationError) -> str:
    """One line a wrong setting, without the values: some are secret."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        name = variable_name(str(problem["loc"][0])) if problem["loc"] else "Settings"
        missing = problem["type"] == "missing"
        lines.append(f"{name}: {'must be set' if missing else problem['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)


class SettingRow(NamedTuple):
    """One row of the README's configuration table."""

    variable: str
    default: str
    description: str


def settings_table() -> list[SettingRow]:
    """Every variable in the order of the class."""
    rows = []
    for name, field in Settings.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        rows.append(SettingRow(variable_name(name), str(extra.get("shown", default)), field.description or ""))
    return rows
