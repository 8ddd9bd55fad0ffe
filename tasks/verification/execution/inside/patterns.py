"""Tries a regular expression on strings; itself a program in the sandbox, for a pattern can be made to run for ever.

Standard input: JSON with `pattern`, `flags` (letters) and `strings`. Standard output: a first line with "ok" or what is wrong with
the pattern, then a line for each string, 1 where the pattern matches the whole of it, else 0; each line stands there before the
next string is tried.
"""

import json
import re
import sys
import warnings


def main() -> None:
    """Answer the request on standard input."""
    request = json.load(sys.stdin)
    flags = re.ASCII
    for letter in request["flags"]:
        flags |= {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}.get(letter, re.NOFLAG)
    warnings.simplefilter("ignore")
    try:
        pattern = re.compile(request["pattern"], flags)
    except (re.error, ValueError, OverflowError, RecursionError, MemoryError) as error:
        print(" ".join(str(error).split()) or type(error).__name__, flush=True)
        return
    print("ok", flush=True)
    for text in request["strings"]:
        print(int(pattern.fullmatch(text) is not None), flush=True)


if __name__ == "__main__":
    main()
