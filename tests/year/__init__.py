"""A year of a coffee shop, in the rows that a gateway would have written itself.

``python -m tests.year`` puts it into an empty data directory, to look at the dashboard with. The
orders and all that becomes of them follow from one seed (``orders``); each goes through the rules
of ``kasgate.sessions.transitions`` and the real store (``checks``).
"""
