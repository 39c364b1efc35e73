"""`python -m letmepost` is the command line."""

from letmepost.cli import main

main()
