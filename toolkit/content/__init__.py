"""Runbooks and reference data: read, judged, checked, found."""
