"""One build by MkDocs, of a folder of Markdown into a folder of HTML, and what it warns of."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from warnings import catch_warnings, simplefilter

from toolkit.diagnostics import ToolkitError

NEEDED: Final = {"mkdocs": "no-mkdocs", "material": "no-mkdocs", "jieba": "no-jieba"}


def ready() -> None:
    """Everything needed is installed, and says nothing of its own; else ToolkitError."""
    for module, code in NEEDED.items():
        if find_spec(module) is None:
            raise ToolkitError(code)
    os.environ["NO_MKDOCS_2_WARNING"] = "1"  # Material's banner on its end of life; warnings of the build still count
    with catch_warnings():
        simplefilter("ignore")  # jieba's own: old escapes, pkg_resources
        import jieba

    jieba.setLogLevel(logging.WARNING)


def build(config_file: Path, docs: Path, out: Path) -> None:
    """Build the Markdown in `docs` into `out`; ToolkitError `site-failed`."""
    from mkdocs.commands.build import build as run
    from mkdocs.config import load_config
    from mkdocs.exceptions import MkDocsException

    try:
        config = load_config(config_file=str(config_file), docs_dir=str(docs.resolve()), site_dir=str(out.resolve()))
        config.plugins.on_startup(command="build", dirty=False)
        try:
            run(config)
        finally:
            config.plugins.on_shutdown()
    except MkDocsException as error:
        raise ToolkitError("site-failed", reason=error) from error


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextmanager
def warnings() -> Iterator[list[str]]:
    """What the builder warns of meanwhile, instead of on the screen."""
    logger, collector = logging.getLogger("mkdocs"), _Collector()
    passed_on, logger.propagate = logger.propagate, False
    logger.addHandler(collector)
    try:
        yield collector.messages
    finally:
        logger.removeHandler(collector)
        logger.propagate = passed_on
