"""Every way out of a step: where it leads, and what becomes of the step's act.

The machine lets happen what stands here, and the checks look at the paths that stand here: there is no second list.
"""

from typing import Final, NamedTuple

from toolkit.model import Step
from toolkit.vocabulary import DONE, UNKNOWN

ANSWER, RETURN, NOT_POSSIBLE, LATER = "answer", "return", "not-possible", "later"

# What becomes of the act: it was done; nobody can tell; it was left undone; another runbook was gone through.
ACTED, UNSURE, LEFT, USED = "acted", "unsure", "left", "used"

# Acts that may be put off and made up for at the end: nothing that changes money or that money rests on.
_CAN_WAIT: Final = frozenset({None, "tell-customer", "call"})
ESCALATED: Final = "escalated"  # how a run ends where the last thing to do is not possible


class Move(NamedTuple):
    """One way out: what the person wants, with which answer, the next step or the outcome, what becomes of the act.

    Where both `go` and `end` are None the runbook has a fault: the path has no end.
    """

    want: str
    answer: str
    go: str | None
    end: str | None
    act: str


def moves(step: Step) -> tuple[Move, ...]:
    """Every way out of `step`.

    "Not possible here" takes the branch of "cannot tell" at a question, else the step's `else` or the next step.
    "Later" is there only where nothing hangs on the step: no question, no act but a word to somebody, no open item.
    """
    if step.use is not None:
        return (Move(RETURN, "", step.next, step.end, USED), _left(step))
    if step.answers:
        found = [Move(ANSWER, a.id, a.go, a.end, UNSURE if a.id == UNKNOWN else ACTED) for a in step.answers]
        unknown = step.answer(UNKNOWN)
        if unknown:
            found.append(Move(NOT_POSSIBLE, "", unknown.go, unknown.end, UNSURE))
        return tuple(found)
    plain = Move(ANSWER, DONE, step.next, step.end, ACTED)
    if step.act in _CAN_WAIT and step.open is None and step.next is not None:
        return (plain, _left(step), Move(LATER, "", step.next, None, LEFT))
    return (plain, _left(step))


def _left(step: Step) -> Move:
    go = step.otherwise or step.next
    return Move(NOT_POSSIBLE, "", go, None if go else ESCALATED, LEFT)
