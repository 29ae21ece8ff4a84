"""What the rules look for, a module each: where in a function's effect tree a hazard may be.

What a rule says of itself is in the module of the same name in :mod:`fenceline.rules`, which names its query here.
"""
