"""Methods that make rows from topics in their own settings, without documents."""
