"""The commands over runbooks, the site and the whole, as Typer sees them; those over incidents stand beside.

Options are declared here, the work is done elsewhere.

Help texts are keys of the locale; `main` puts them into the person's language.
"""

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from toolkit import __version__
from toolkit.cli.app_incidents import incidents
from toolkit.cli.language import checked
from toolkit.cli.setting import Setting
from toolkit.console import say

app = typer.Typer(
    help="help.tillbook",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
site = typer.Typer(help="help.site", rich_markup_mode=None)
app.add_typer(incidents)
app.add_typer(site, name="site")

Json = Annotated[bool, typer.Option("--json", help="help.json")]


def usage_error() -> type[Exception]:
    """The parser's own kind of error; Typer names only its child."""
    base: type[Exception] = typer.BadParameter.__mro__[1]
    return base


def _version(wanted: bool) -> None:
    if wanted:
        say([f"tillbook {__version__}"])
        raise typer.Exit


def _ended(status: int) -> None:
    raise typer.Exit(status)


@app.callback(invoke_without_command=True)
def start(
    ctx: typer.Context,
    lang: Annotated[Optional[str], typer.Option("--lang", metavar="zh|en", help="help.lang")] = None,
    data: Annotated[Optional[str], typer.Option("--data-dir", metavar="DIR", help="help.data-dir")] = None,
    runbooks: Annotated[Optional[str], typer.Option("--runbooks", metavar="DIR", help="help.runbooks")] = None,
    store: Annotated[Optional[str], typer.Option("--store", metavar="FILE", help="help.store")] = None,
    json: Json = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="help.version")] = False,
) -> None:
    ctx.obj = Setting(lang=checked(lang), data=data, runbooks=runbooks, store=store, json=json)
    if ctx.invoked_subcommand is None:
        from toolkit.cli import incident

        _ended(incident.enter(ctx.obj))


@app.command(help="help.check")
def check(
    ctx: typer.Context,
    paths: Annotated[Optional[list[Path]], typer.Argument(metavar="[PATH]...", help="help.check-paths")] = None,
    format: Annotated[str, typer.Option("--format", metavar="text|json", help="help.format")] = "",
) -> None:
    from toolkit.cli import content

    _ended(content.check(ctx.obj, paths or [], format))


@app.command("list", help="help.list")
def list_(ctx: typer.Context, json: Json = False) -> None:
    from toolkit.cli import content

    _ended(content.listing(ctx.obj, json))


@app.command(help="help.show")
def show(ctx: typer.Context, card: Annotated[str, typer.Argument(metavar="CARD", help="help.card")]) -> None:
    from toolkit.cli import content

    _ended(content.show(ctx.obj, card))


@app.command(help="help.find")
def find(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="help.find-words")],
    json: Json = False,
) -> None:
    from toolkit.cli import content

    _ended(content.find(ctx.obj, " ".join(words), json))


@app.command(help="help.code")
def code(
    ctx: typer.Context,
    shown: Annotated[list[str], typer.Argument(metavar="CODE", help="help.code-shown")],
    scheme: Annotated[str, typer.Option("--scheme", metavar="SCHEME", help="help.scheme")] = "",
    json: Json = False,
) -> None:
    from toolkit.cli import content

    _ended(content.code(ctx.obj, " ".join(shown), scheme, json))


@app.command(help="help.doctor")
def doctor(
    ctx: typer.Context,
    no_network: Annotated[bool, typer.Option("--no-network", help="help.no-network")] = False,
    json: Json = False,
) -> None:
    from toolkit.cli import health

    _ended(health.doctor(ctx.obj, no_network, json))


@site.command("build", help="help.site-build")
def site_build(
    ctx: typer.Context,
    strict: Annotated[bool, typer.Option("--strict", help="help.strict")] = False,
    out: Annotated[Optional[Path], typer.Option("-d", "--site-dir", metavar="DIR", help="help.site-dir")] = None,
) -> None:
    from toolkit.cli import publishing

    _ended(publishing.build(ctx.obj, strict, out))


@site.command("serve", help="help.site-serve")
def site_serve(
    ctx: typer.Context,
    port: Annotated[int, typer.Option("--port", metavar="PORT", help="help.port")] = 8000,
) -> None:
    from toolkit.cli import publishing

    _ended(publishing.serve(ctx.obj, port))


def commands() -> list[str]:
    """The names of all commands, for the tests that hold README and help complete."""
    group: Any = typer.main.get_command(app)
    return sorted(group.commands)
