from .levels import left, take


def read_and_write_in_another_module(sku):
    if left(sku) <= 0:
        return False
    take(sku)
    return True
