"""The filter for insults, threats and hate, with the packaged classifier and two kinds of replacement for it."""
