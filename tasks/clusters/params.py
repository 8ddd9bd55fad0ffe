"""The settings of clustering."""

from typing import Annotated

from pydantic import Field

from tasks.core.params import Params


class Clusters(Params):
    """How finely instructions are grouped, and which words name no theme."""

    k: Annotated[int, Field(ge=1)] = 100
    """K-Means clusters over the instructions; never more than there are different instructions."""
    themes: Annotated[int | None, Field(ge=1)] = None
    """Themes to look for; empty: the square root of half the rows, a rule of thumb (Mardia et al. 1979), at most 50."""
    label_words: Annotated[int, Field(ge=2, le=4)] = 3
    """Words in a theme's label."""
    stop_words: tuple[str, ...] = ()
    """Words that never name a theme, beside English function words and the words instructions are made of."""
