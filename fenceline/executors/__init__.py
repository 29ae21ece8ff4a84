"""Where files are examined: in processes of this machine (``local``), or on a cluster (``dask``).

What is found does not depend on it. ``executor`` says what each of them has to do.
"""
