"""Where row-wise work is done: `settings` is what a recipe says, `runner` starts the workers, `remote_work` sends them work."""
