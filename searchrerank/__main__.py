"""`python -m searchrerank`."""

from searchrerank.cli import main

main()
