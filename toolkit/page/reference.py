"""The reference pages: safety rules, evidence, response codes, and the codes of findings."""

from toolkit.content.codes import ANY, Code, Codebook
from toolkit.incident.machine import AT_DESK, BESIDE, TRANSITIONS
from toolkit.incident.plans import LIFE
from toolkit.model import Field, PathCheck, Rule
from toolkit.page.markdown import block, front, heading, inline, items, join, labelled, marked, page, paragraph, table
from toolkit.page.shelf import Shelf, linked, say, say_folded
from toolkit.text import Words


def rules(shelf: Shelf, words: Words) -> str:
    """Every safety rule with its reason and where it comes from."""
    return _reference("rules", words, *(_rule(rule, words) for rule in shelf.rules.values()))


def evidence(shelf: Shelf, words: Words) -> str:
    """Everything that a shop may be asked to write down."""
    return _reference("evidence", words, *(_field(field, words) for field in shelf.evidence.values()))


def codes(shelf: Shelf, words: Words) -> str:
    """Every response code, a table for each scheme: first those that are dangerous to mistake."""
    book = shelf.codes
    if book is None:
        return _reference("codes", words)
    return _reference("codes", words, *(_scheme(name, book, shelf, words) for name in book.schemes))


def checks(words: Words) -> str:
    """Every code that `check` can report: what it means and the way out."""
    keys = sorted(words.keys())
    codes = dict.fromkeys(key.split(".")[1] for key in keys if key.startswith("finding."))
    return _reference("checks", words, *(_code(code, words) for code in codes))


def sitting(words: Words) -> str:
    """What a person may do in a guided run, printed from the tables that the run itself goes by."""
    wants = dict.fromkeys(want for _, want in TRANSITIONS)
    states = dict.fromkeys(status for status, _ in TRANSITIONS)
    head = ["", *(inline(words(f"site.state.{state}")) for state in states)]
    rows = [
        [
            inline(words(f"site.want.{want}")),
            *(f"`{TRANSITIONS[s, want]}`" if (s, want) in TRANSITIONS else "" for s in states),
        ]
        for want in wants
    ]
    return _reference("sitting", words, table(head, rows), _beside(words), _life(words))


def _beside(words: Words) -> str:
    """What can be done at every prompt, whatever step is at hand."""
    head = [inline(words(f"site.beside.{key}")) for key in ("want", "event")]
    rows = [
        [inline(words(f"site.beside.{want}")), " ".join(f"`{event}`" for event in events)]
        for want, events in (*BESIDE.items(), *AT_DESK.items())
        if events
    ]
    return _section("beside", words, table(head, rows))


def _life(words: Words) -> str:
    """The life of a plan: what it is, what happens, what it is then."""
    head = [inline(words(f"site.life.{key}")) for key in ("is", "happens", "becomes")]
    rows = [
        [inline(words(f"plan.{status}")), inline(words(f"site.happens.{happening}")), inline(words(f"plan.{after}"))]
        for (status, happening), after in LIFE.items()
    ]
    return _section("life", words, table(head, rows))


def _section(name: str, words: Words, *parts: str) -> str:
    title = heading(2, inline(words(f"site.{name}.title")), name)
    return join([title, paragraph(inline(words(f"site.{name}.intro"))), *parts])


def _reference(name: str, words: Words, *parts: str) -> str:
    title = words(f"site.reference.{name}")
    intro = paragraph(inline(words(f"site.reference.{name}-intro")))
    return page([front(title), heading(1, inline(title), "top"), intro, *parts])


def _rule(rule: Rule, words: Words) -> str:
    over = ", ".join(words(f"act.{act}") for act in rule.over)
    return join(
        [
            heading(2, f"{inline(rule.card)} {say_folded(rule.text, words)}", f"rule-{rule.id}"),
            say(rule.why, words),
            labelled(words("site.over"), inline(over), "tb-over") if over else "",
            items(inline(_path(check, words)) for check in rule.checks),
            labelled(words(f"site.status.{rule.status}"), say(rule.source, words), "tb-basis"),
        ]
    )


def _scheme(name: str, book: Codebook, shelf: Shelf, words: Words) -> str:
    scheme = book.schemes[name]
    rows = sorted((row for row in book.rows if row.scheme == name), key=lambda row: not row.danger)
    head = [words("site.code.means"), words("site.code.do")]
    body = ([_means(row, book, words), _advice(row, shelf, words)] for row in rows)
    title = heading(2, inline(words.of(scheme.name)), f"codes-{name}")
    return join([title, inline(words.of(scheme.note)), block("tb-codes", [table(head, body)])])


def _means(row: Code, book: Codebook, words: Words) -> str:
    code = words("site.code.code", code=row.code, table=words.of(book.tables[row.table]))
    return _stacked(
        f"**{inline(row.code if row.table == ANY else code)}**",
        marked(words("site.code.danger"), "tb-danger") if row.danger else "",
        inline(words("site.code.screen", text=words.of(row.screen))),
        say_folded(row.meaning, words),
    )


def _advice(row: Code, shelf: Shelf, words: Words) -> str:
    differs, style = (words("code.danger"), "tb-danger") if row.danger else (words("code.differs"), "tb-differs")
    named = f"{row.scheme}/{row.code}"
    books = [r for r in shelf.runbooks if r.card == row.runbook or named in r.codes]
    return _stacked(
        say_folded(row.do, words),
        f"**{inline(words(f'code.repeats.{row.repeat}'))}**",
        f"{marked(differs, style)} {say_folded(row.differs, words)}" if row.differs else "",
        *(linked(r, words, "../runbooks/") for r in books),
    )


def _stacked(*lines: str) -> str:
    """Lines in one cell of a table."""
    return "<br>".join(line for line in lines if line)


def _path(check: PathCheck, words: Words) -> str:
    before, needs = (", ".join(words(f"act.{act}") for act in acts) for acts in check)
    return words("site.path", before=before, needs=needs)


def _field(field: Field, words: Words) -> str:
    form = words(f"site.type.{field.type}", fewest=field.length[0], most=field.length[1])
    return block(
        "tb-field",
        [
            heading(2, say_folded(field.label, words), f"evidence-{field.id}"),
            say(field.hint, words) if field.hint else "",
            labelled(words("site.form"), inline(form), "tb-form"),
            items(say_folded(choice, words) for _, choice in field.choices),
        ],
    )


def _code(code: str, words: Words) -> str:
    title, says, fix = (_sentence(f"finding.{code}.{part}", words) for part in ("title", "says", "fix"))
    return join(
        [
            heading(2, f"{inline(code)} {inline(title)}", code.lower()),
            inline(says),
            labelled(words("site.fix"), inline(fix), "tb-fix") if fix else "",
        ]
    )


def _sentence(key: str, words: Words) -> str:
    """The sentence `key` with its values' names in their places; "" if there is none."""
    names: dict[str, str] = {}
    while key in words:
        try:
            return words(key, **names)
        except KeyError as missing:
            names[missing.args[0]] = f"<{missing.args[0]}>"
    return ""
