"""The express lane: answers the hot calls in the connection's own task.

It is installed where hypercorn picks its connection class. Any other request goes to the plain lane
(``web/connection/guard.py`` and Quart behind it), byte for byte.
"""
