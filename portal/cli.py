"""The `xindai` command. Workers, sandbox and reader run as programs of their own: the portal never imports them."""

import os
import sys
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError

from portal.embedded import programs
from portal.embedded.postgres import Postgres
from portal.embedded.process import EmbeddedError
from portal.embedded.up import up as run_everything
from portal.script.catalogue import scripts
from portal.script.diagram import DRAWINGS
from portal.script.reading import ScriptError
from portal.settings import ROOT, Settings, explain, runtime_dir

app = typer.Typer(
    help="信贷 Xindai: a lender's loan counter on the phone.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Arguments belong to the program behind the command, --help included."""

script = typer.Typer(help="What the conversation asks.", no_args_is_help=True)
app.add_typer(script, name="script")

Port = Annotated[int | None, typer.Option(help="Port of the portal (XINDAI_PORT).")]
Host = Annotated[str | None, typer.Option(help="Address to listen on (XINDAI_HOST); 0.0.0.0 for phones nearby.")]


@app.command()
def up(port: Port = None, host: Host = None) -> None:
    """Run everything on this machine until Ctrl-C."""
    scripts()
    run_everything(_settings(port=port, host=host))


@app.command()
def web(port: Port = None, host: Host = None) -> None:
    """Run the portal."""
    settings = _settings_with_database(port=port, host=host)
    scripts()
    os.environ |= {"XINDAI_PORT": str(settings.port), "XINDAI_HOST": settings.host}
    _become(programs.web(settings))


@app.command(context_settings=PASS_ON)
def worker(context: typer.Context) -> None:
    """Run a worker process: --queue ocr, outside or light."""
    _settings_with_database()
    _become(programs.python("workers", *context.args))


@app.command(context_settings=PASS_ON)
def sandbox(context: typer.Context) -> None:
    """Run the stand-ins for bureau, bank and message gateway: --port PORT."""
    _become(programs.python("workers.sandbox", *context.args) if context.args else programs.sandbox(_settings()))


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    settings = _settings_with_database()
    os.environ["XINDAI_HOME"] = str(settings.home)
    os.chdir(ROOT)
    _become(programs.migrate())


@app.command()
def seed() -> None:
    """Add staff with known passwords, for a development machine only."""
    if _settings_with_database().environment == "production":
        raise EmbeddedError("Production takes no seed staff: their passwords are public.")
    _become(programs.seed())


@app.command()
def totp(login: Annotated[str, typer.Argument(help="Login of a seeded member of staff.")]) -> None:
    """Print the code a seeded member of staff signs in with right now."""
    if _settings().environment == "production":
        raise EmbeddedError("Production has no seed staff.")
    _become([*programs.seed(), "--totp", login])


@app.command(context_settings=PASS_ON)
def simulate(context: typer.Context) -> None:
    """Drive whole applications over HTTP: xindai simulate N --url URL."""
    _become(programs.python("workers.sandbox.simulate", *context.args))


@app.command(context_settings=PASS_ON)
def read(context: typer.Context) -> None:
    """Say what documents hold: xindai read FILE… [--json]."""
    _become(programs.python("workers.ocr", *context.args))


@app.command(context_settings=PASS_ON)
def score(context: typer.Context) -> None:
    """Models, thresholds, tables and their proofs: xindai score train, evaluate, frontier, limit, lanes, check."""
    _become(programs.python("scoring", *context.args))


@app.command(context_settings=PASS_ON)
def replay(context: typer.Context) -> None:
    """Decide again from what was kept, and say whether it comes to the same bytes: xindai replay DECISION."""
    _settings_with_database()
    _become(programs.python("workers.replay", *context.args))


@app.command(context_settings=PASS_ON)
def register(context: typer.Context) -> None:
    """Enter a trained model as a challenger, which two people may put into use: xindai register FOLDER --reason WHY."""
    _settings_with_database()
    _become(programs.python("workers.register", *context.args))


@app.command(context_settings=PASS_ON)
def nlu(context: typer.Context) -> None:
    """Say what a message means: xindai nlu parse TEXT [--json], xindai nlu report."""
    _become(programs.python("portal.understanding", *context.args))


@script.command("show")
def show_script(
    product: Annotated[str | None, typer.Argument(help="One product; every one when none is named.")] = None,
    format_: Annotated[str, typer.Option("--format", help="text, mermaid or dot.")] = "text",
    version: Annotated[str | None, typer.Option(help="An older version that drafts go on under.")] = None,
) -> None:
    """Check the questions and draw them: what is asked when, and what another answer asks again."""
    kept = scripts().versions
    catalogues = kept.get(version or scripts().current)
    if catalogues is None or format_ not in DRAWINGS:
        raise EmbeddedError(f"Versions are {', '.join(kept)}, formats {', '.join(DRAWINGS)}.")
    if product is not None and product not in catalogues:
        raise EmbeddedError(f"Products are {', '.join(catalogues)}.")
    chosen = [catalogues[product]] if product else [*catalogues.values()]
    typer.echo("\n\n".join(DRAWINGS[format_](each) for each in chosen))


def main() -> None:
    """Entry point: what a person can mend is one sentence, not a traceback."""
    openmp = ROOT / ".xindai" / "openmp"
    if openmp.is_dir():  # made by make where the system has no libgomp, which LightGBM in the workers needs
        os.environ["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, [str(openmp), os.environ.get("LD_LIBRARY_PATH")]))
    try:
        app()
    except (EmbeddedError, ScriptError) as error:
        sys.exit(f"xindai: {error}")
    except ValidationError as error:
        sys.exit(f"xindai: the settings are not complete.\n{explain(error)}")


def _settings(**overrides: Any) -> Settings:
    return Settings(**{name: value for name, value in overrides.items() if value is not None})


def _settings_with_database(**overrides: Any) -> Settings:
    """A part on its own uses the servers of a running `xindai up`, or those that the variables name."""
    settings = _settings(**overrides)
    server = Postgres(settings.home / "pg", runtime_dir(settings.home))
    if settings.embeds_database and not server.is_ready():
        raise EmbeddedError(
            f"No database: set XINDAI_DATABASE_URL and XINDAI_REDIS_URL, or run `xindai up` in {settings.home.parent}."
        )
    return settings


def _become(command: list[str]) -> NoReturn:
    """Turn into another program: signals, output and exit code are its own."""
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 - our own interpreter


if __name__ == "__main__":
    main()
