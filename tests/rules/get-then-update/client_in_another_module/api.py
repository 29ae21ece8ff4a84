from .connections import client as store
from .connections import connect, connections

__all__ = ["connect", "connections", "store"]
