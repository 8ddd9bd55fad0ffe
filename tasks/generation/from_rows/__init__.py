"""Methods that read rows with responses, made here or imported, and make others from them."""
