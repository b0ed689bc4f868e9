"""Tillbook: incident runbooks and contingency plans for shops whose card terminal fails."""

__version__ = "0.1.0"
