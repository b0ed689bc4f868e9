"""The command doctor."""

import sys

from toolkit import exits
from toolkit.cells import wrap
from toolkit.cli.setting import Setting
from toolkit.console import say


def doctor(setting: Setting, no_network: bool, json: bool) -> int:
    """Examine everything that a run rests on, a line each as it is known; 1 when something has to be mended first."""
    from toolkit import doctor

    words = setting.words
    subject = doctor.Subject(
        data=setting.data,
        folder=setting.folder,
        store_path=setting.store_path,
        clock=setting.clock,
        encoding=sys.stdout.encoding or "utf-8",
        network=not no_network,
    )
    quiet = json or setting.json
    found = []
    for part in (doctor.here, doctor.reach):
        if part is doctor.reach and doctor.asks(subject) and not quiet:
            say(wrap(words("doctor.trying")))
        for one in part(subject):
            found.append(one)
            if not quiet:
                say(doctor.lines(one, words))
    setting.show(doctor.as_json(found, words), ["", *wrap(doctor.verdict(found, words))], json=json)
    return exits.FINDINGS if doctor.first(found) else exits.OK
