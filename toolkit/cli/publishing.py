"""Commands over the site: build, serve."""

import sys
from collections.abc import Sequence
from pathlib import Path

from toolkit import exits
from toolkit.cells import wrap
from toolkit.cli.content import lines_of
from toolkit.cli.setting import Setting
from toolkit.console import say
from toolkit.diagnostics import Diagnostic, ToolkitError


def build(setting: Setting, strict: bool, out: Path | None) -> int:
    """Build the site in both languages and count its pages."""
    from toolkit import publish
    from toolkit.record import exercise

    words, drills = setting.words, exercise.known(setting.data)
    counts = publish.build(setting.library, root=Path.cwd(), strict=strict, out=out, exercised=drills)
    say([line for warning in counts.warnings for line in wrap(warning, "! ")], sys.stderr)
    say(wrap(words("site.built", pages=counts.pages, runbooks=counts.runbooks, path=counts.path)))
    return exits.OK


def serve(setting: Setting, port: int) -> int:
    """Serve the site on this machine, built anew whenever a runbook is edited."""
    from toolkit import publish
    from toolkit.report.findings import as_text

    words = setting.words

    def report(faults: Sequence[Diagnostic | ToolkitError]) -> None:
        found = [f for f in faults if isinstance(f, Diagnostic)]
        say(as_text(found, words, lines_of), sys.stderr)
        for fault in faults:
            if isinstance(fault, ToolkitError):
                say(wrap(words(f"error.{fault.code}", **fault.params)), sys.stderr)

    def ready(url: str) -> None:
        say(wrap(words("site.serving", url=url)))

    publish.serve(setting.folder, root=Path.cwd(), port=port, ready=ready, report=report)
    return exits.OK
