"""Where the files that ship with the package are: inside it when installed, beside it in a checkout."""

from pathlib import Path

_HERE = Path(__file__).parent


def resource(name: str) -> Path:
    """The folder `name` (schema, runbooks or site). A wheel holds it as `toolkit/_name`."""
    packed = _HERE / f"_{name}"
    return packed if packed.is_dir() else _HERE.parent / name


def locale(language: str) -> Path:
    """The file with the toolkit's own words in `language`."""
    return _HERE / "locale" / f"{language}.yaml"
