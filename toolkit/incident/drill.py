"""A drill: the same run, with somebody who says what goes wrong; pure."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from toolkit.model import Answer, Step
from toolkit.vocabulary import UNKNOWN

SEEDS: Final = 2**24  # how many there are: eight digits at most, so that none is as long as a card number


class Drill(NamedTuple):
    """What the person sees in the drill: from `script` (step → answer) where it says so, else by chance from `seed`."""

    seed: int
    script: Mapping[str, str]

    def cue(self, card: str, step: Step, visit: int) -> Answer | None:
        """What is seen at `step`, which is one of its answers; None where nothing is asked.

        The same seed gives the same drill. "Cannot tell" comes only from a script: a drill shows something.
        """
        if not step.answers:
            return None
        wanted = self.script.get(f"{card}/{step.id}", self.script.get(step.id, ""))
        scripted = step.answer(wanted)
        if scripted:
            return scripted
        from random import Random

        known = [answer for answer in step.answers if answer.id != UNKNOWN] or list(step.answers)
        return Random(f"{self.seed}/{card}/{step.id}/{visit}").choice(known)  # noqa: S311 not for secrets


def drill_of(opened: Mapping[str, Any]) -> Drill:
    """The drill that an incident was opened as, from its first event; whoever comes back goes on with the same one."""
    script = opened.get("script")
    return Drill(int(opened.get("seed") or 0), dict(script) if isinstance(script, dict) else {})
