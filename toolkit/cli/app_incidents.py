"""The commands over incidents, as Typer sees them: options are declared here, the work is done elsewhere."""

from pathlib import Path
from typing import Annotated, Optional

import typer

incidents = typer.Typer(rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="help.json")]
Yes = Annotated[bool, typer.Option("--yes", help="help.yes")]
Incident = Annotated[str, typer.Argument(metavar="INCIDENT", help="help.incident")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="help.by")]
Answers = Annotated[Optional[Path], typer.Option("--answers", metavar="FILE", help="help.answers")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="help.reason")]


def _ended(status: int) -> None:
    raise typer.Exit(status)


@incidents.command(help="help.run")
def run(
    ctx: typer.Context,
    card: Annotated[str, typer.Argument(metavar="CARD", help="help.card")],
    answers: Answers = None,
    phase: Annotated[str, typer.Option("--phase", metavar="PHASE", help="help.phase")] = "",
    by: By = "",
) -> None:
    from toolkit.cli import incident

    _ended(incident.run(ctx.obj, card, answers, phase.replace("-", "_"), by))


@incidents.command(help="help.resume")
def resume(
    ctx: typer.Context,
    name: Annotated[Optional[str], typer.Argument(metavar="[INCIDENT]", help="help.resume-incident")] = None,
    answers: Answers = None,
    by: By = "",
) -> None:
    from toolkit.cli import incident

    _ended(incident.resume(ctx.obj, name, answers, by))


@incidents.command(help="help.drill")
def drill(
    ctx: typer.Context,
    card: Annotated[str, typer.Argument(metavar="CARD", help="help.card")],
    script: Annotated[Optional[Path], typer.Option("--script", metavar="FILE", help="help.drill-script")] = None,
    seed: Annotated[Optional[int], typer.Option("--seed", metavar="N", help="help.seed")] = None,
    answers: Answers = None,
    by: By = "",
) -> None:
    from toolkit.cli import incident

    _ended(incident.drill(ctx.obj, card, script, seed, answers, by))


@incidents.command(help="help.status")
def status(ctx: typer.Context, json: Json = False) -> None:
    from toolkit.cli import record

    _ended(record.status(ctx.obj, json))


@incidents.command(help="help.sale")
def sale(
    ctx: typer.Context,
    amount: Annotated[str, typer.Argument(metavar="[AMOUNT]", help="help.amount")] = "",
    plan: Annotated[str, typer.Option("--plan", metavar="CARD", help="help.plan")] = "",
    back: Annotated[Optional[int], typer.Option("--take-back", metavar="N", help="help.take-back")] = None,
    reason: Reason = "",
    by: By = "",
    incident: Annotated[str, typer.Option("--incident", metavar="NAME", help="help.of-incident")] = "",
) -> None:
    from toolkit.cli import money

    _ended(money.sale(ctx.obj, amount, plan, back, reason, by, incident))


@incidents.command(help="help.due")
def due(ctx: typer.Context, json: Json = False) -> None:
    from toolkit.cli import record

    _ended(record.due(ctx.obj, json))


@incidents.command(help="help.settle")
def settle(
    ctx: typer.Context,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="help.item")],
    how: Annotated[str, typer.Option("--how", metavar="WAY", help="help.how")] = "",
    proof: Annotated[str, typer.Option("--proof", metavar="TEXT", help="help.proof")] = "",
    by: By = "",
) -> None:
    from toolkit.cli import money

    _ended(money.settle(ctx.obj, item, how, proof, by))


@incidents.command(help="help.close")
def close(
    ctx: typer.Context,
    target: Annotated[Optional[str], typer.Argument(metavar="[INCIDENT|CARD]", help="help.close-target")] = None,
    heir: Annotated[str, typer.Option("--hand-to", metavar="NAME", help="help.hand-to")] = "",
    reason: Reason = "",
    by: By = "",
    incident: Annotated[str, typer.Option("--incident", metavar="NAME", help="help.of-incident")] = "",
) -> None:
    from toolkit.cli import money

    _ended(money.close(ctx.obj, target, heir, reason, by, incident))


@incidents.command(help="help.log")
def log(ctx: typer.Context, name: Incident, json: Json = False) -> None:
    from toolkit.cli import record

    _ended(record.log(ctx.obj, name, json))


@incidents.command(help="help.report")
def report(
    ctx: typer.Context,
    name: Incident,
    out: Annotated[Optional[Path], typer.Option("-o", "--output", metavar="FILE", help="help.report-out")] = None,
    format: Annotated[str, typer.Option("--format", metavar="markdown|html", help="help.report-format")] = "",
) -> None:
    from toolkit.cli import writing

    _ended(writing.report(ctx.obj, name, out, format))


@incidents.command(help="help.stats")
def stats(
    ctx: typer.Context,
    json: Json = False,
    drills: Annotated[bool, typer.Option("--drills", help="help.drills")] = False,
) -> None:
    from toolkit.cli import writing

    _ended(writing.stats(ctx.obj, drills, json))


@incidents.command(help="help.note")
def note(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="[INCIDENT] TEXT...", help="help.note-words")],
    by: By = "",
) -> None:
    from toolkit.cli import adding

    _ended(adding.note(ctx.obj, words, by))


@incidents.command(help="help.handover")
def handover(
    ctx: typer.Context,
    to: Annotated[str, typer.Argument(metavar="NAME", help="help.handover-to")],
    name: Annotated[Optional[str], typer.Argument(metavar="[INCIDENT]", help="help.resume-incident")] = None,
    by: By = "",
) -> None:
    from toolkit.cli import adding

    _ended(adding.handover(ctx.obj, to, name, by))


@incidents.command("late-entry", help="help.late-entry")
def late_entry(
    ctx: typer.Context,
    target: Annotated[str, typer.Argument(metavar="INCIDENT|CARD", help="help.late-target")],
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="help.late-text")] = "",
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="help.late-at")] = "",
    answers: Answers = None,
    by: By = "",
) -> None:
    from toolkit.cli import adding

    _ended(adding.late_entry(ctx.obj, target, text, at, answers, by))


@incidents.command(help="help.verify")
def verify(
    ctx: typer.Context,
    name: Annotated[Optional[str], typer.Argument(metavar="[INCIDENT]", help="help.verify-incident")] = None,
    head: Annotated[str, typer.Option("--head", metavar="CODE", help="help.verify-head")] = "",
    json: Json = False,
) -> None:
    from toolkit.cli import record

    _ended(record.verify(ctx.obj, name, head, json))


@incidents.command(help="help.erase")
def erase(
    ctx: typer.Context,
    name: Incident,
    entry: Annotated[int, typer.Argument(metavar="ENTRY", help="help.erase-entry")],
    reason: Reason,
    by: By = "",
    yes: Yes = False,
) -> None:
    from toolkit.cli import keeping

    _ended(keeping.erase(ctx.obj, name, entry, reason, by, yes))


@incidents.command(help="help.purge")
def purge(
    ctx: typer.Context,
    age: Annotated[str, typer.Option("--older-than", metavar="P2Y", help="help.older-than")],
    dry: Annotated[bool, typer.Option("--dry-run", help="help.dry-run")] = False,
    by: By = "",
    yes: Yes = False,
) -> None:
    from toolkit.cli import keeping

    _ended(keeping.purge(ctx.obj, age, dry, by, yes))
