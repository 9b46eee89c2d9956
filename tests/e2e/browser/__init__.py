"""Shoppers and merchants in a real browser, with a real gateway on the simulated network.

They run in a separate process (``python -m tests.e2e.browser``): Playwright needs the standard
asyncio, and trio-asyncio, which a gRPC node needs, changes it for its whole process.
"""
