"""Great Expectations itself, imported without what it says to the screen and to its makers. Takes seconds: import it late."""

import contextlib
import io
import os
import warnings

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # must be set before the import reads it
with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
    warnings.simplefilter("ignore")  # deprecations inside great_expectations are not ours to mend
    import great_expectations as gx

__all__ = ["gx"]
