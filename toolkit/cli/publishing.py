"""Commands over the site: build, serve."""

from pathlib import Path

from toolkit.cells import wrap
from toolkit.cli.setting import Setting
from toolkit.console import say

OK = 0


def build(setting: Setting, strict: bool, out: Path | None) -> int:
    """Build the site in both languages and count its pages."""
    from toolkit import publish

    counts = publish.build(setting.library, root=Path.cwd(), strict=strict, out=out)
    say(wrap(setting.words("site.built", pages=counts.pages, runbooks=counts.runbooks, path=counts.path)))
    return OK


def serve(setting: Setting, port: int) -> int:
    """Serve the site on this machine, built anew whenever a runbook is edited."""
    from toolkit import publish

    publish.serve(setting.folder, root=Path.cwd(), port=port)
    return OK
