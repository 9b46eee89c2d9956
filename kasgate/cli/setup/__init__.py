"""``kasgate setup``: asks or takes options, writes the settings file, makes the first merchant.

``command.py`` runs it in this order: the questions (``basics.py``, ``reach.py``, ``merchant.py``),
which change nothing; the plan (``draft.py``, ``file_text.py``); then, after a confirmation, the
making (``making.py``, ``file_writing.py``) and the end (``ending.py``).
"""
