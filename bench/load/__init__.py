"""Load generators: programs of their own, so that their cost is not counted as the gateway's.

Each reads commands from standard input and answers on standard output, one JSON object a line
(``bench/load/commands.py``). They implement only the part of their protocols that a correct answer
uses, and check every answer: a wrong one ends them.
"""
