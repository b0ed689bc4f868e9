"""`make bench`: each figure is a ratio measured in one run, so that it carries over to another machine."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.asking import asked
from tests.bench.corpus import library
from tests.bench.measure import BUILD, ROOT, Case, added, command, environment, judged, peak, table, until, venv, wheel

_MINIMAL = """
import typer
app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
@app.callback()
def start(): pass
@app.command("list")
def list_(json: bool = False): print("x")
app()
"""


def startup(bin_: Path) -> None:
    """Starting up, with 70 runbooks and a warm cache."""
    books = library(BUILD / "seventy", 70)
    minimal = BUILD / "minimal.py"
    minimal.write_text(_MINIMAL, encoding="utf-8")
    time.sleep(2.1)  # files younger than this are not cached
    env = environment(TILLBOOK_RUNBOOKS=str(books))
    python, tillbook = bin_ / "python", bin_ / "tillbook"

    def case(*args: str, status: tuple[int, ...] = (0,)):  # type: ignore[no-untyped-def]
        return command([tillbook, *args], env, BUILD, status)

    cases = {
        "python -c pass": command([python, "-c", "pass"], env, BUILD),
        "minimal Typer app": command([python, minimal, "list"], env, BUILD),
        "tillbook --version": case("--version"),
        "tillbook list": case("list"),
        "tillbook find": case("find", "printer", "fault"),
        "tillbook show": case("show", "AK01"),
        "tillbook run, first screen": until([tillbook, "run", "AK01"], env, BUILD, b"Type 1 when done"),
        "tillbook check": case("check"),
    }
    for run in cases.values():
        run()
    hot = ("tillbook list", "tillbook find", "tillbook show", "tillbook run, first screen")
    table("Start-up, 70 runbooks, warm cache", cases, "python -c pass", 15, dict.fromkeys(hot, 8.0))


def searching(bin_: Path) -> None:
    """From words to runbooks among 1,000 of them: right, mistyped, in Chinese, in both; time and memory."""
    books = library(BUILD / "kilo", 1000)
    time.sleep(2.1)
    env = environment(TILLBOOK_RUNBOOKS=str(books))
    queries = (
        "printer fault",
        "printr keeps spining",
        "打印机卡纸了，打不出字",
        "退货时 terminal 没反应",
        "dayinji kazhi",
    )
    cases = {"python -c pass": command([bin_ / "python", "-c", "pass"], env, BUILD)}
    cases |= {f"find {query}": command([bin_ / "tillbook", "find", query], env, BUILD) for query in queries}
    for run in cases.values():
        run()
    table("Searching 1,000 runbooks, warm cache", cases, "python -c pass", 15, dict.fromkeys(list(cases)[1:], 9.0))
    most = max(peak(bin_ / "python", ["find", query], env) for query in queries)
    print(f"  {'most memory of a search':<28} {most:>10.1f} MiB{judged(most, 32)}")


def asking() -> None:
    """Lines and answers from what is seen to the first safe action, counted over every runbook's own symptoms."""
    from toolkit.content.library import load

    shipped = load(ROOT / "runbooks")
    ways = [way for h in shipped.headings for way in asked(shipped, h)]
    print("\nFirst safe action from 'what do you see?': answers after one typed line, every runbook's own symptoms")
    for how in dict.fromkeys(way.how for way in ways):
        mine = [way for way in ways if way.how == how]
        counts = [way.answers for way in mine]
        missed = sum(way.reached != way.card for way in mine)
        told = f"median {statistics.median(counts):g}, worst {max(counts)}, not reached {missed}"
        print(f"  {how:<28} {len(mine):>6} lines   {told}{judged(max(counts), 3)}")


def checking(bin_: Path, fast: Path) -> None:
    """Checking 1,000 files, one in fifty with a fault, against the check-jsonschema command on the same files."""
    books = library(BUILD / "thousand", 1000, bad=50)
    files = sorted(str(p) for p in (books / "failures").glob("*.yaml"))
    peer = Path(sys.executable).parent / "check-jsonschema"
    schema = ROOT / "schema" / "runbook.schema.json"
    cases = {
        "check-jsonschema": command([peer, "--schemafile", schema, *files], environment(), BUILD, (1,)),
        "tillbook check": command([bin_ / "tillbook", "check", books], environment(), BUILD, (1,)),
        "tillbook check, extra fast": command([fast / "tillbook", "check", books], environment(), BUILD, (1,)),
    }
    aims = {"tillbook check": 0.35, "tillbook check, extra fast": 0.06}
    table("Checking 1,000 files with line and column", cases, "check-jsonschema", 3, aims)


def memory(fast: Path) -> None:
    """The peak of memory at 1,000 and at 10,000 sound files."""
    peaks = []
    for count in (1000, 10_000):
        books = library(BUILD / "many", count)
        peaks.append(peak(fast / "python", ["check", books], environment()))
    print("\nMemory of check, 10,000 files against 1,000")
    print(f"  {peaks[0]:.1f} MiB → {peaks[1]:.1f} MiB   {peaks[1] / peaks[0]:.3f} ×")


def appending() -> None:
    """One durable answer against a bare 300-byte append with fsync."""
    from toolkit.clock import Clock
    from toolkit.incident.state import Event
    from toolkit.record.journal import Journal

    place = BUILD / "append"
    subprocess.run(["rm", "-rf", place], check=True)
    place.mkdir(parents=True)
    journal = Journal(place / "incident", Clock(), "bench")
    fd = os.open(place / "bare", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    line = b"x" * 299 + b"\n"
    answer = Event(
        "answered", {"run": 1, "step": "look-up-terminal", "answer": "refunded", "next": "give-slip", "end": None}
    )

    def bare() -> float:
        begun = time.perf_counter()
        for _ in range(100):
            os.write(fd, line)
            os.fsync(fd)
        return (time.perf_counter() - begun) / 100

    def durable() -> float:
        begun = time.perf_counter()
        for _ in range(100):
            journal.append(answer)
        return (time.perf_counter() - begun) / 100

    bare()
    durable()
    cases = {"bare write + fsync": bare, "a durable answer": durable}
    table("One answer on disk", cases, "bare write + fsync", 30, {"a durable answer": 1.3})


def resuming(bin_: Path) -> None:
    """What 1,000 events cost more than 2: to see what is open, and to come back to the first prompt."""
    from tests.bench.incident import made
    from toolkit.content.library import load
    from toolkit.record import snapshots

    books = library(BUILD / "seventy", 70)
    time.sleep(2.1)
    shelf = load(books)
    heading = shelf.heading("AK01")
    snapshot = snapshots.take(shelf, heading.id)
    places = {count: BUILD / f"incident-{count}" for count in (2, 1000)}
    for count, place in places.items():
        subprocess.run(["rm", "-rf", place], check=True)
        made(place / "incidents" / "20261124-1000-bbb", snapshot, heading.id, count)
    env = environment(TILLBOOK_RUNBOOKS=str(books))

    def case(count: int, *typed: str, mark: bytes = b"") -> Case:
        words = [bin_ / "tillbook", "--data-dir", places[count], *typed]
        return until(words, env, BUILD, mark) if mark else command(words, env, BUILD)

    pairs = {
        "tillbook status": (case(2, "status"), case(1000, "status")),
        "tillbook resume, first prompt": (
            case(2, "resume", mark=b"Type 1 when done"),
            case(1000, "resume", mark=b"Type 1 when done"),
        ),
    }
    for little, much in pairs.values():
        little()
        much()
    added(
        "An incident of 1,000 events against one of 2",
        command([bin_ / "python", "-c", "pass"], env, BUILD),
        pairs,
        21,
        0.7,
    )


_WRITER = """
import sys, time
from pathlib import Path
from toolkit.clock import Clock
from toolkit.record.journal import Journal
from toolkit.incident.state import Event
made = Journal(Path(sys.argv[1]), Clock(), "bench")
answer = Event("answered", {"run": 1, "step": "look-up", "answer": "refunded", "next": "give-slip", "end": None})
made.append(answer)
print(flush=True)
sys.stdin.readline()
end = time.perf_counter() + 2
while time.perf_counter() < end:
    made.append(answer)
print(made.seq - 1, flush=True)
"""


def together(bin_: Path) -> None:
    """Eight processes at eight incidents against one at one: events a second, and whether every line is whole."""
    from toolkit.record.reading import load

    place = BUILD / "together"
    rates: dict[int, list[float]] = {1: [], 8: []}
    for turn in range(5):
        for count, found in rates.items():
            folders = [place / f"{turn}-{count}-{n}" for n in range(count)]
            subprocess.run(["rm", "-rf", place], check=True)
            place.mkdir(parents=True)
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            writers = [subprocess.Popen([bin_ / "python", "-c", _WRITER, f], text=True, **pipes) for f in folders]
            for writer in writers:
                writer.stdout.readline()
            for writer in writers:
                writer.stdin.write("\n")
                writer.stdin.flush()
            written = [int(writer.communicate()[0]) for writer in writers]
            for folder, lines in zip(folders, written, strict=True):
                record = load(folder)
                if record.damage or record.last.tail or len(record.lines) != lines + 1:
                    sys.exit(f"{folder}: a torn line")
            found.append(sum(written) / 2)
    ratio = statistics.median(many / one for one, many in zip(rates[1], rates[8], strict=True))
    print("\nEight processes at eight incidents  (events a second, × one process, median of 5 rounds; no line torn)")
    one, many = (statistics.median(found) for found in rates.values())
    print(f"  {one:.0f} → {many:.0f} a second   {ratio:.3f} ×   aim ≥ 1.4: {'met' if ratio >= 1.4 else 'MISSED'}")


def main() -> None:
    """Build the wheel, install it twice, measure."""
    BUILD.mkdir(parents=True, exist_ok=True)
    package = wheel()
    plain = venv("plain", str(package))
    fast = venv("fast", f"{package}[fast]")
    startup(plain)
    searching(plain)
    asking()
    appending()
    resuming(plain)
    together(plain)
    checking(plain, fast)
    memory(fast)


main()
