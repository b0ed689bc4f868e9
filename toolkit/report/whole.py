"""The whole report of an incident, as a document; pure: the same record gives the same document."""

from collections.abc import Iterator

from toolkit.report import evidence, facts, items, plans, review, timeline
from toolkit.report.case import Case
from toolkit.report.document import Block, Document


def document(case: Case) -> Document:
    """What happened, what was decided and written down, what is open, what the record proves, what to talk about."""
    title = case.words("report.title", incident=case.seen.name)
    return Document(case.words.language, title, list(_blocks(case)))


def _blocks(case: Case) -> Iterator[Block]:
    for part in (
        facts.summary,
        facts.facts,
        timeline.blocks,
        evidence.decisions,
        evidence.evidence,
        evidence.calls,
        plans.blocks,
        items.blocks,
        review.not_possible,
        review.deviations,
        evidence.checks,
        review.notes,
        review.corrections,
        facts.record,
        review.questions,
    ):
        yield from part(case)
