"""Where the files are: those that ship with the package, inside it when installed and beside it in a checkout."""

import os
from pathlib import Path
from typing import Final

_SUFFIXES: Final = (".yaml", ".yml")
_HERE = Path(__file__).parent


def resource(name: str) -> Path:
    """The folder `name` (schema, runbooks or site). A wheel holds it as `toolkit/_name`."""
    packed = _HERE / f"_{name}"
    return packed if packed.is_dir() else _HERE.parent / name


def locale(language: str) -> Path:
    """The file with the toolkit's own words in `language`."""
    return _HERE / "locale" / f"{language}.yaml"


def data_folder(option: str | None) -> Path:
    """Where incidents and the store file are: `option`, else TILLBOOK_DATA, else the platform's place."""
    chosen = option or os.environ.get("TILLBOOK_DATA")
    if chosen:
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("tillbook", appauthor=False)


def yaml_files(folder: str | Path) -> list[str]:
    """Every YAML file below `folder`, sorted; hidden ones are left out."""
    found: list[str] = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        found += [os.path.join(place, f) for f in files if f.endswith(_SUFFIXES) and not f.startswith(".")]
    return sorted(found)
