"""Human and synthetic, short and long, this source and that, in the proportions asked for.

Params live in `params`, what limits a group in `limits`, who comes first in `preference`, who is taken in `selection`.
"""

from tasks.mix.params import LengthShares, Mix
from tasks.mix.stage import compute

__all__ = ["LengthShares", "Mix", "compute"]
