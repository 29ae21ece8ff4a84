from .people import Author
from .posts import Post, Tag

__all__ = ["Author", "Post", "Tag"]
