"""`python -m c360_cli` is the `c360` command."""

from c360_cli.entry import main

main()
