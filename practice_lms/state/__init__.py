"""What the practice platform remembers: school, tools, gradebook, keys, tokens, and how it misbehaves."""
