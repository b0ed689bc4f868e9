"""The record on disk: written, kept, read back, audited, purged."""
