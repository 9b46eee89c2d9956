"""Databases of released versions, and the proof that this version takes them over whole.

A folder for each release with another schema: ``kasgate.sql`` is the database as SQL, so that a
review can read it; ``kasgate.key`` opens its sealed secrets; ``known.json`` has what people know
about it (keys, passwords, the network's history), and ``answers.json`` every answer of the API that
the released version gave on it. All secrets in it are made from a seed and protect nothing.

``python -m tests.released`` makes the folder of the present version (docs/releasing.md).
"""
