"""Arguments in, an exit status out; the one place where errors become sentences."""

import gc
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, Final

from toolkit import console, exits
from toolkit.cells import wrap
from toolkit.cli.language import chosen
from toolkit.cli.setting import Setting
from toolkit.diagnostics import ToolkitError
from toolkit.guard import masked
from toolkit.text import Words, words

_CARD: Final = re.compile(r"[A-Za-z]{1,3}-?[0-9]{2}")
_PIPE_CLOSED: Final = 0  # the reader has had enough: `tillbook list | head`


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is one of those in README, "Exit codes". Never raises."""
    gc.set_threshold(50_000)  # nothing here makes cycles worth looking for; the search took two thirds of a check
    args = list(sys.argv[1:] if argv is None else argv)
    console.prepare()
    try:
        return _run(args)
    except ToolkitError as error:
        _complain(args, f"error.{error.code}", **error.params)
        return error.status
    except console.Gone as gone:
        _complain(args, "error.interrupted")
        return exits.INTERRUPTED if gone.reason == "interrupt" else exits.PAUSED
    except KeyboardInterrupt:
        _complain(args, "error.interrupted")
        return exits.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except OSError as error:  # what is caught elsewhere has a sentence of its own; this is the output, on a full disk
        _complain(args, "error.output", reason=error.strerror or error)
        return exits.NOT_RECORDED
    except Exception as error:  # whatever it is, a manager gets a sentence and not a traceback
        from toolkit.cli.crash import keep

        _complain(args, "error.internal", kind=type(error).__name__, place=keep(error))
        return exits.INTERNAL


def _run(args: list[str]) -> int:
    from typer import Abort
    from typer.main import get_command

    from toolkit.cli.app import app, usage_error

    command: Any = get_command(app)
    try:
        if "--help" in args or (not args and not _terminal()):
            _translate(command, _words(args))
            return _help(command, args or ["--help"])
        return _invoke(command, args)
    except Abort:
        raise KeyboardInterrupt from None
    except usage_error() as error:
        card = next((a for a in args if _CARD.fullmatch(a)), "")
        _complain(args, *(("usage.card", card) if card == args[0] else _usage(error)))
        return exits.USAGE


def _terminal() -> bool:
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def _invoke(command: Any, args: list[str]) -> int:
    """Not `command.main`: that turns Ctrl-C into an exit without a word."""
    from typer import Exit

    try:
        with command.make_context("tillbook", list(args)) as ctx:  # the parser empties the list
            command.invoke(ctx)
    except Exit as ended:
        return int(ended.exit_code)
    return exits.OK


def _help(command: Any, args: list[str]) -> int:
    """The parser would print help as UTF-8 on a console that it takes for misconfigured."""
    from contextlib import redirect_stdout
    from io import StringIO

    with redirect_stdout(StringIO()) as shown:
        status = _invoke(command, args)
    console.say(shown.getvalue().splitlines())
    return status


def _usage(error: Any) -> tuple[str, ...]:
    """A wrong option or argument, in our words."""
    param = getattr(error, "param", None)
    flags = [o for o in getattr(param, "opts", []) if o.startswith("--")]
    name = getattr(error, "option_name", None) or next(iter(flags), getattr(param, "human_readable_name", None))
    kind = type(error).__name__
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx else "tillbook"
    values = (name or "", " ".join(str(error.format_message()).split()), path)
    return (f"usage.{kind if kind in {'NoSuchOption', 'MissingParameter', 'BadParameter'} else 'other'}", *values)


def _complain(args: Sequence[str], key: str, *usage: str, **params: object) -> None:
    said = _words(args)
    values = dict(zip(("name", "message", "path"), usage, strict=False)) | params
    known = key if key in said else "error.other"
    text = masked(said(known, **{"code": key, **values}))
    console.say(wrap(text, said("error.lead") + " ", "  "), sys.stderr)


def _words(args: Sequence[str]) -> Words:
    """The words for help and complaints, which may come before the options were understood."""
    lang, data, runbooks, store = (_option(args, o) for o in ("--lang", "--data-dir", "--runbooks", "--store"))
    try:
        return Setting(lang=lang, data=data, runbooks=runbooks, store=store, json=False).words
    except (ToolkitError, OSError):
        return words(chosen(lang, None))


def _option(args: Sequence[str], name: str) -> str | None:
    """The value of a global option, read without the parser."""
    for index, arg in enumerate(args):
        if arg == name and index + 1 < len(args):
            return args[index + 1]
        if arg.startswith(f"{name}="):
            return arg.split("=", 1)[1]
    return None


def _translate(command: Any, said: Words) -> None:
    for thing in (command, *command.params):
        for name in ("help", "short_help"):
            key = getattr(thing, name, None)
            if isinstance(key, str) and key in said:
                setattr(thing, name, said(key))
    for child in getattr(command, "commands", {}).values():
        _translate(child, said)
