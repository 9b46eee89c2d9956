"""Shoppers in a real browser, before a real gateway on the simulated network.

They run in a process of their own (``python -m tests.e2e.browser``): Playwright wants asyncio as it
is, and trio-asyncio, which a gRPC node needs, changes it for the process that it is in.
"""
