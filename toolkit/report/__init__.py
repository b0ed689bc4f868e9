"""Values become documents: findings, a runbook as text, an incident as Markdown. Pure."""
