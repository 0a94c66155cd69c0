"""What keeps a container from answering."""

from searchrerank.errors import SearchrerankError

__all__ = ["ContainerError"]


class ContainerError(SearchrerankError):
    """No Docker engine, no image, or a container that does not answer. The message names the image and what to set."""
