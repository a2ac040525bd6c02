"""Settings of the tool: `config.default` holds them all, each with its environment variable."""
