"""The express lane: the hot calls, answered in the connection's own task.

Everything here stands at the seam where hypercorn picks its connection class. What it does not
take as it is goes to the plain lane (``web/connection/guard.py`` and Quart behind it), byte for
byte.
"""
