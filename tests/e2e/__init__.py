"""Tests of whole processes: a real gateway, real sockets, a real database, and a real shutdown."""
