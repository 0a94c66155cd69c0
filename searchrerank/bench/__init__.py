"""Benchmarks: searchrerank beside those that do the same work, on the same weights, threads and texts, in one run.

`peers` scores pairs in processes of their own, `scoring`, `proxy` and `api` measure, `report` and `plots` write down what was
measured, `reach` says which of the project's aims a run meets. Each room is imported by its own name: a peer's process loads
no more than its own.
"""
