"""The door: `tillbook` and its commands."""

from toolkit.cli.main import main

__all__ = ["main"]
