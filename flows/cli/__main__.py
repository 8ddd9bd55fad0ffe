"""`python -m flows.cli`: the `instructory` command."""

from flows.cli.main import main

main()
