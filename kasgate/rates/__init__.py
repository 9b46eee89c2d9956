"""Prices of KAS in other currencies.

``currency`` has the currencies, ``quotes`` a source's answer, ``sources`` the list of sources,
``parsers`` the formats of their answers, ``market`` the rate computed from many sources, and
``price`` the conversion of a price to KAS. All of these are pure; ``fetch`` does the requests, and
actors/rates.py polls the sources in the background.
"""
