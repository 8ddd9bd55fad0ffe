"""Calls a function of a file of tools. Runs in the sandbox, as the program: reads {source, name, arguments} as JSON and writes
{result} or {error}; what the file itself prints goes to stderr."""

import contextlib
import json
import sys
from typing import Any


def main() -> None:
    """Answers one request."""
    request, answer = json.load(sys.stdin), sys.stdout
    names: dict[str, Any] = {"__name__": "tools"}
    with contextlib.redirect_stdout(sys.stderr):
        try:
            exec(compile(request["source"], "tools.py", "exec"), names)  # noqa: S102 - that is what the sandbox is for
            if request["name"] not in names:
                raise NameError(f"the file has no function {request['name']}")
            text = json.dumps(
                {"result": names[request["name"]](**request["arguments"])}, ensure_ascii=False, allow_nan=False
            )
        except Exception as error:
            text = json.dumps({"error": f"{type(error).__name__}: {error}"})
    answer.write(text)


if __name__ == "__main__":
    main()
