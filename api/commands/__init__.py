"""The commands of `waqai`, one module each. Imports at the top stay light: a command imports what it needs itself."""
