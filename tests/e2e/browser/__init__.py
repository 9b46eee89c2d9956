"""Shoppers and merchants in a real browser, with a real gateway on the simulated network.

They run in a separate process (``python -m tests.e2e.browser``), with one browser for a group of
stories.
"""
