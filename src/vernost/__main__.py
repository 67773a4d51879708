"""`python -m vernost` is the `vernost` command."""

from vernost.cli.main import main

main()
