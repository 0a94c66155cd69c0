"""Rerank APIs: the models as a service, in the shapes that clients speak already."""
