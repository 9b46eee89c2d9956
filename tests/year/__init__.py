"""A year of a coffee shop, as the rows that a gateway would have written.

``python -m tests.year`` writes it into an empty data directory, to view the dashboard with. The
orders and their histories follow from one seed (``kasgate.cli.demo.orders``). Each goes through the
rules of ``kasgate.sessions.transitions`` and the real store (``kasgate.cli.demo.past``).
"""

from typing import Final

DAYS: Final = 365
NAME: Final = "Bean There Coffee"
WEBHOOK_URL: Final = "https://beans.example/kasgate/webhook"
