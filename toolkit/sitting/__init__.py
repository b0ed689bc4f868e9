"""A person at a prompt: what is shown, asked and done."""
