"""Automatic checks: typed, without a shell, each with a deadline; what they show is advice, and the person decides."""

from toolkit.shop.probes.outcome import FAIL, PASS, UNKNOWN, Outcome, Sentences, lines, sentences, what
from toolkit.shop.probes.run import run

__all__ = ["FAIL", "PASS", "UNKNOWN", "Outcome", "Sentences", "lines", "run", "sentences", "what"]
