"""Where the data of the ontology lies: the project's own folder, or another one that the settings name.

Invariant: a process works with one folder: terms, shapes, lexicon and gazetteer overlay come from the same place.
"""

from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parent
"""The folder that comes with the project."""

_in_use: list[Path] = [PROJECT]


def ontology_folder() -> Path:
    """Return the folder in use."""
    return _in_use[0]


def use_ontology(folder: Path | None) -> None:
    """Work with another folder from now on, None for the project's own; call it before anything is loaded."""
    _in_use[0] = PROJECT if folder is None else folder.resolve()
