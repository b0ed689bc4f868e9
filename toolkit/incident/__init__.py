"""An incident as values: what it is at a moment, what may happen, what follows; pure."""
