from .orders import pay_decorated, pay_in_a_unit


def one(pk):
    """What is held is held by what it calls."""
    pay_decorated(pk)
    pay_in_a_unit(pk)
