"""The commands, as Typer sees them: options are declared here, the work is done elsewhere.

Help texts are keys of the locale; `main` puts them into the person's language.
"""

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from toolkit import __version__
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
app.add_typer(site, name="site")

Json = Annotated[bool, typer.Option("--json", help="help.json")]
Yes = Annotated[bool, typer.Option("--yes", help="help.yes")]
Incident = Annotated[str, typer.Argument(metavar="INCIDENT", help="help.incident")]


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


@app.command(help="help.run")
def run(
    ctx: typer.Context,
    card: Annotated[str, typer.Argument(metavar="CARD", help="help.card")],
    answers: Annotated[Optional[Path], typer.Option("--answers", metavar="FILE", help="help.answers")] = None,
    phase: Annotated[str, typer.Option("--phase", metavar="PHASE", help="help.phase")] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="help.by")] = "",
) -> None:
    from toolkit.cli import incident

    _ended(incident.run(ctx.obj, card, answers, phase.replace("-", "_"), by))


@app.command(help="help.resume")
def resume(
    ctx: typer.Context,
    name: Annotated[Optional[str], typer.Argument(metavar="[INCIDENT]", help="help.resume-incident")] = None,
    answers: Annotated[Optional[Path], typer.Option("--answers", metavar="FILE", help="help.answers")] = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="help.by")] = "",
) -> None:
    from toolkit.cli import incident

    _ended(incident.resume(ctx.obj, name, answers, by))


@app.command(help="help.drill")
def drill(
    ctx: typer.Context,
    card: Annotated[str, typer.Argument(metavar="CARD", help="help.card")],
    script: Annotated[Optional[Path], typer.Option("--script", metavar="FILE", help="help.drill-script")] = None,
    seed: Annotated[Optional[int], typer.Option("--seed", metavar="N", help="help.seed")] = None,
    answers: Annotated[Optional[Path], typer.Option("--answers", metavar="FILE", help="help.answers")] = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="help.by")] = "",
) -> None:
    from toolkit.cli import incident

    _ended(incident.drill(ctx.obj, card, script, seed, answers, by))


@app.command(help="help.status")
def status(ctx: typer.Context, json: Json = False) -> None:
    from toolkit.cli import record

    _ended(record.status(ctx.obj, json))


@app.command(help="help.sale")
def sale(
    ctx: typer.Context,
    amount: Annotated[str, typer.Argument(metavar="[AMOUNT]", help="help.amount")] = "",
    plan: Annotated[str, typer.Option("--plan", metavar="CARD", help="help.plan")] = "",
    back: Annotated[Optional[int], typer.Option("--take-back", metavar="N", help="help.take-back")] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="help.reason")] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="help.by")] = "",
) -> None:
    from toolkit.cli import money

    _ended(money.sale(ctx.obj, amount, plan, back, reason, by))


@app.command(help="help.due")
def due(ctx: typer.Context, json: Json = False) -> None:
    from toolkit.cli import money

    _ended(money.due(ctx.obj, json))


@app.command(help="help.settle")
def settle(
    ctx: typer.Context,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="help.item")],
    how: Annotated[str, typer.Option("--how", metavar="WAY", help="help.how")] = "",
    proof: Annotated[str, typer.Option("--proof", metavar="TEXT", help="help.proof")] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="help.by")] = "",
) -> None:
    from toolkit.cli import money

    _ended(money.settle(ctx.obj, item, how, proof, by))


@app.command(help="help.close")
def close(
    ctx: typer.Context,
    target: Annotated[Optional[str], typer.Argument(metavar="[INCIDENT|CARD]", help="help.close-target")] = None,
    heir: Annotated[str, typer.Option("--hand-to", metavar="NAME", help="help.hand-to")] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="help.reason")] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="help.by")] = "",
) -> None:
    from toolkit.cli import money

    _ended(money.close(ctx.obj, target, heir, reason, by))


@app.command(help="help.log")
def log(ctx: typer.Context, name: Incident, json: Json = False) -> None:
    from toolkit.cli import record

    _ended(record.log(ctx.obj, name, json))


@app.command(help="help.report")
def report(
    ctx: typer.Context,
    name: Incident,
    out: Annotated[Optional[Path], typer.Option("-o", "--output", metavar="FILE", help="help.report-out")] = None,
    format: Annotated[str, typer.Option("--format", metavar="markdown|html", help="help.report-format")] = "",
) -> None:
    from toolkit.cli import writing

    _ended(writing.report(ctx.obj, name, out, format))


@app.command(help="help.stats")
def stats(
    ctx: typer.Context,
    json: Json = False,
    drills: Annotated[bool, typer.Option("--drills", help="help.drills")] = False,
) -> None:
    from toolkit.cli import writing

    _ended(writing.stats(ctx.obj, drills, json))


@app.command(help="help.doctor")
def doctor(
    ctx: typer.Context,
    no_network: Annotated[bool, typer.Option("--no-network", help="help.no-network")] = False,
    json: Json = False,
) -> None:
    from toolkit.cli import health

    _ended(health.doctor(ctx.obj, no_network, json))


@app.command(help="help.note")
def note(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="[INCIDENT] TEXT...", help="help.note-words")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="help.by")] = "",
) -> None:
    from toolkit.cli import adding

    _ended(adding.note(ctx.obj, words, by))


@app.command(help="help.handover")
def handover(
    ctx: typer.Context,
    to: Annotated[str, typer.Argument(metavar="NAME", help="help.handover-to")],
    name: Annotated[Optional[str], typer.Argument(metavar="[INCIDENT]", help="help.resume-incident")] = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="help.by")] = "",
) -> None:
    from toolkit.cli import adding

    _ended(adding.handover(ctx.obj, to, name, by))


@app.command("late-entry", help="help.late-entry")
def late_entry(
    ctx: typer.Context,
    target: Annotated[str, typer.Argument(metavar="INCIDENT|CARD", help="help.late-target")],
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="help.late-text")] = "",
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="help.late-at")] = "",
    answers: Annotated[Optional[Path], typer.Option("--answers", metavar="FILE", help="help.answers")] = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="help.by")] = "",
) -> None:
    from toolkit.cli import adding

    _ended(adding.late_entry(ctx.obj, target, text, at, answers, by))


@app.command(help="help.verify")
def verify(
    ctx: typer.Context,
    name: Annotated[Optional[str], typer.Argument(metavar="[INCIDENT]", help="help.verify-incident")] = None,
    head: Annotated[str, typer.Option("--head", metavar="CODE", help="help.verify-head")] = "",
    json: Json = False,
) -> None:
    from toolkit.cli import keeping

    _ended(keeping.verify(ctx.obj, name, head, json))


@app.command(help="help.erase")
def erase(
    ctx: typer.Context,
    name: Incident,
    entry: Annotated[int, typer.Argument(metavar="ENTRY", help="help.erase-entry")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="help.reason")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="help.by")] = "",
    yes: Yes = False,
) -> None:
    from toolkit.cli import keeping

    _ended(keeping.erase(ctx.obj, name, entry, reason, by, yes))


@app.command(help="help.purge")
def purge(
    ctx: typer.Context,
    age: Annotated[str, typer.Option("--older-than", metavar="P2Y", help="help.older-than")],
    dry: Annotated[bool, typer.Option("--dry-run", help="help.dry-run")] = False,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="help.by")] = "",
    yes: Yes = False,
) -> None:
    from toolkit.cli import keeping

    _ended(keeping.purge(ctx.obj, age, dry, by, yes))


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
