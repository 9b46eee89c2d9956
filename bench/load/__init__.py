"""Load generators: programs of their own, so that what they cost is not the gateway's.

Each reads commands from standard input and answers on standard output, one JSON object a line
(``bench/load/commands.py``). They speak just enough of their protocols for answers that are known
to be good, and check what they are told: a wrong answer ends them.
"""
