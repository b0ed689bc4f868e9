"""Pages of the site: pure functions from runbooks and words to Markdown."""
