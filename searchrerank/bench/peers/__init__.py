"""Whoever scores pairs, called as its own documentation says, each in a process of its own.

Nothing here but `ours` imports the rest of searchrerank: a peer may run under an interpreter of its own, where its dependencies
are installed and ours are not.
"""
