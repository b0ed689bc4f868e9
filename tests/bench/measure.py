"""Commands in turn, ratios within one round: noise of the machine falls on all alike."""

import os
import pty
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from toolkit.cells import width

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "bench"
Case = Callable[[], float]


def command(args: Sequence[str | Path], env: Mapping[str, str], cwd: Path, status: Sequence[int] = (0,)) -> Case:
    """A case that runs a command to its end, in seconds."""

    def run() -> float:
        begun = time.perf_counter()
        found = subprocess.run(args, env=env, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        taken = time.perf_counter() - begun
        if found.returncode not in status:
            sys.exit(f"{args}: exit {found.returncode}\n{found.stderr.decode(errors='replace')[-2000:]}")
        return taken

    return run


def until(args: Sequence[str | Path], env: Mapping[str, str], cwd: Path, mark: bytes) -> Case:
    """A case that runs a command in a terminal until it has printed `mark`, in seconds; then it is killed."""

    def run() -> float:
        begun = time.perf_counter()
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(cwd)
            os.execve(args[0], [str(a) for a in args], dict(env))
        seen = b""
        while mark not in seen:
            piece = os.read(fd, 65536)
            if not piece:
                sys.exit(f"{args}: ended before {mark!r}: {seen[-500:]!r}")
            seen += piece
        taken = time.perf_counter() - begun
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(fd)
        return taken

    return run


_PEAK = """
import sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from toolkit.cli import main
status = main(sys.argv[1:])
seen = Path("/proc/self/status")  # the other figure begins with the size of whoever started the process
high = [int(w.split()[1]) for w in seen.read_text().splitlines() if w.startswith("VmHWM")] if seen.exists() else []
print(high[0] if high else getrusage(RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


def peak(python: Path, args: Sequence[str | Path], env: Mapping[str, str]) -> float:
    """The most memory that the command `args` takes, in MiB, interpreter included."""
    found = subprocess.run([python, "-c", _PEAK, *args], env=env, cwd=BUILD, capture_output=True, text=True, check=True)
    return int(found.stderr.split()[-1]) / 1024


def judged(value: float, aim: float) -> str:
    """Whether `value` is within its aim."""
    return f"   aim ≤ {aim:g}: {'met' if value <= aim else 'MISSED'}"


def table(title: str, cases: Mapping[str, Case], base: str, rounds: int, aims: Mapping[str, float]) -> None:
    """Run all cases `rounds` times in turn and print each one's median and its median ratio to `base`."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            times[name].append(case())
    print(f"\n{title}  (× {base}, median of {rounds} rounds)")
    for name, taken in times.items():
        ratio = statistics.median(t / b for t, b in zip(taken, times[base], strict=True))
        aim = aims.get(name)
        verdict = "" if aim is None else judged(ratio, aim)
        label = name + " " * (28 - width(name))
        print(f"  {label} {statistics.median(taken) * 1000:>10.2f} ms   {ratio:>7.3f} ×{verdict}")


def added(title: str, base: Case, pairs: Mapping[str, tuple[Case, Case]], rounds: int, aim: float) -> None:
    """For each pair (little, much), run in turn `rounds` times: the median of what much costs more, in times `base`."""
    found: dict[str, list[float]] = {name: [] for name in pairs}
    for _ in range(rounds):
        bare = base()
        for name, (little, much) in pairs.items():
            less = little()
            found[name].append((much() - less) / bare)
    print(f"\n{title}  (added, × a bare start, median of {rounds} rounds)")
    for name, ratios in found.items():
        ratio = statistics.median(ratios)
        print(f"  {name:<28} {ratio:>24.3f} ×{judged(ratio, aim)}")


def environment(**more: str) -> dict[str, str]:
    """The surroundings of a measured command: a person's, with a home of the bench's own."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("TILLBOOK_", "PYTHON"))}
    return {**env, "TILLBOOK_LANG": "en", "HOME": str(BUILD / "home"), "TERM": "dumb", **more}


def venv(name: str, *installs: str) -> Path:
    """A virtual environment under build/bench with `installs` in it, made once a wheel; its bin folder."""
    place = BUILD / name
    subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
    pip = [place / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *installs], check=True)
    return place / "bin"


def wheel() -> Path:
    """The project's wheel, built now."""
    out = BUILD / "dist"
    for old in out.glob("*.whl"):
        old.unlink()
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*build, "-w", out, ROOT], check=True)
    return next(out.glob("*.whl"))
