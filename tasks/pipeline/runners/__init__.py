"""Who does the row-wise work: `runners` is what a recipe says, `crew` who is at work, `spreading` how rows get there and back."""
