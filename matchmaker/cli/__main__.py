"""`python -m matchmaker.cli`, for processes that start each other."""

from matchmaker.cli.group import main

main()
