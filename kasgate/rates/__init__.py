"""Prices of KAS in the currencies that people count in.

``currency`` knows the currencies, ``quotes`` what a source says, ``sources`` which sources there
are and ``parsers`` how each writes its answer, ``market`` how one rate is made of many, ``price``
how an amount of KAS is made of a rate. All of it is pure; ``fetch`` is the way out, and
actors/rates.py asks the sources in the background.
"""
