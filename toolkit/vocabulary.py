"""Words that content, machine and record share: what is done, how it ends, what stays open and how that is settled."""

from collections.abc import Mapping
from typing import Final

UNKNOWN: Final = "unknown"  # the answer every question has: "I cannot tell"
DONE: Final = "done"  # the answer to a step that asks nothing
AS_USED: Final = "as-used"  # the outcome of the runbook that the step went through

PHASES: Final = {"failure": ("steps",), "plan": ("activate", "stand_down", "reconcile"), "routine": ("steps",)}
FOLDERS: Final = {"failure": "failures", "plan": "plans", "routine": "routines"}
OUTCOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "failure": ("resolved", "workaround", "escalated", "not-a-fault", AS_USED),
    "activate": ("active", "not-possible", "escalated"),
    "stand_down": ("stood-down", "escalated"),
    "reconcile": ("reconciled", "escalated"),
    "routine": ("done", "escalated"),
}
UNSOLVED: Final = frozenset({"escalated", "not-possible"})
# Acts that change something outside the book: what was done stays done, whatever the record says next.
DEEDS: Final = frozenset(
    "repeat charge refund void release-goods switch-tender settle sign-in restart reset upgrade uninstall clear-batch"
    " log-out hand-back".split()
)

COUNTED: Final = "counted"  # in a comparison of amounts: what was counted against the plan

# What a plan may not exceed: one sale, the sales of one day, how many sales, how long it stays in force.
BOUNDS: Final = ("sale", "day", "count", "duration")

# By which evidence an open item is told from another one of its kind.
_PAYMENT: Final = ("amount", "trace-no", "refund-no", "merchant-order-no", "slip-no")
IDENTIFYING: Final[Mapping[str, tuple[str, ...]]] = {
    "payment-unknown": _PAYMENT,
    "refund-owed": _PAYMENT,
    "goods-held": _PAYMENT,
    "call-back": (*_PAYMENT, "ticket-no"),
    "repair": ("ticket-no",),
}

# Evidence of one payment, refund or call: what another case wrote down under it is another customer's.
OF_ONE_CASE: Final = frozenset({*_PAYMENT, *(
    "rrn auth-code batch-no response-code wallet-trade-no occurred-at transaction-type entry-mode paid-with card-scheme"
    " card-last4 amount-refunded refund-reason promised-date original-slip screen-text screen-photo"
    " ticket-no promised-reply agent-id call-time handed-to"
).split()})  # fmt: skip

# Each kind of open item, and what settles it. A refund is over when it arrived, or the customer knows where it is.
SETTLEMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "payment-unknown": ("found-paid", "found-not-paid", "refunded-once", "taken-by-acquirer"),
    "refund-owed": ("arrived", "customer-told", "not-due"),
    "goods-held": ("given-out", "back-in-stock"),
    "call-back": ("called", "answered"),
    "repair": ("repaired", "replaced"),
}
