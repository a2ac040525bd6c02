"""Commands for those who work on the tool: `python -m tools.<name>`. Not part of what is installed."""
