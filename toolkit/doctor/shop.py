"""The store file: which, sound, and whether it holds what the runbooks refer to."""

import os
from collections.abc import Iterable, Iterator

from toolkit.doctor.finding import FAIL, OK, SKIP, WARN, Finding
from toolkit.doctor.subject import Subject
from toolkit.incident import plans
from toolkit.model import Contact, Runbook, Store
from toolkit.shop import stores
from toolkit.shop.age import LONGEST, aged, months


def store_file(subject: Subject) -> Iterator[Finding]:
    """Which store file is in use."""
    if subject.store_path is None:
        yield Finding("store", WARN, "store-none", {"path": os.path.abspath(subject.data / "store.yaml")})
        return
    values = {"path": os.path.abspath(subject.store_path), "own": os.path.abspath(subject.data / "store.yaml")}
    if subject.found_store is None:
        yield Finding("store", FAIL, "store-faulty", values)
    elif subject.found_store.sample:
        yield Finding("store", WARN, "store-sample", values)
    else:
        yield Finding("store", OK, "store-own", values)


def gaps(subject: Subject) -> Iterator[Finding]:
    """What the runbooks refer to and the store file does not have, or has had for too long without a look."""
    store = subject.store
    if subject.store_path is None or subject.found_store is None or store.sample:
        yield Finding("gaps", SKIP, "gaps-unread")
        return
    wanted = sorted({name for book in subject.runbooks for name in stores.named(book)})
    values = [name for section, name in wanted if section == "config" and not store.config.get(name)]
    yield _either("config", "config-full", "config-gaps", "config", values)
    boundless = [book.card for book in subject.runbooks if _boundless(book, store)]
    if boundless:
        yield Finding("limits", WARN, "limits-gaps", {"cards": ", ".join(boundless)})
    called = [name for section, name in wanted if section == "contact"]
    none = [n for n in called if not _phone(store.contacts.get(n))]
    rest = [(n, store.contacts[n].verified_on) for n in called if n not in none]
    never = [n for n, on in rest if not on or months(on, subject.today) < 0]
    old = [n for n, on in rest if on and aged(on, subject.today)]
    for code, names in (("contacts-without", none), ("contacts-unverified", never), ("contacts-old", old)):
        if names:
            yield Finding("contacts", WARN, code, {"names": _keys("contact", names), "age": f"P{LONGEST}M"})
    if not (none or never or old):
        yield Finding("contacts", OK, "contacts-full", {"n": str(len(called))})
    asked = sorted({c.target for book in subject.runbooks for step in book.steps() for c in step.check if c.target})
    if asked or store.targets:
        yield _either("targets", "targets-full", "targets-gaps", "target", [n for n in asked if n not in store.targets])
    else:
        yield Finding("targets", SKIP, "targets-none")


def _boundless(book: Runbook, store: Store) -> bool:
    """Whether a limit that sales are counted against has no value, neither in the plan nor in the store file."""
    known = plans.limits(book, store)
    return any(limit.bound and limit.bound not in known for limit in book.limits)


def _phone(contact: Contact | None) -> str:
    return contact.phone if contact else ""


def _either(check: str, full: str, lacking: str, section: str, names: list[str]) -> Finding:
    return Finding(check, WARN, lacking, {"names": _keys(section, names)}) if names else Finding(check, OK, full)


def _keys(section: str, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{section}.{name}" for name in names)
