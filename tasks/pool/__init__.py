"""Imported rows and made rows put together."""
