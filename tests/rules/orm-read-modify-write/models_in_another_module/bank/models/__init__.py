from .account import Account
from .holder import Holder

__all__ = ["Account", "Holder"]
