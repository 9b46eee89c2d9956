"""Outgoing HTTP to servers that merchants name: where it may go, and how it gets there.

``policy`` decides about URLs and addresses, ``names`` looks names up, ``wire`` is a socket to a
checked address, ``connection`` speaks HTTP/1.1 over it, ``answer`` is what comes back, ``idle``
keeps some connections for the next request, and ``client`` puts them together.
"""

from kasgate.egress.answer import HttpAnswer
from kasgate.egress.client import Egress, Names, Post
from kasgate.egress.connection import DeliveryFailed
from kasgate.egress.policy import Target, UrlRefused

__all__ = ["DeliveryFailed", "Egress", "HttpAnswer", "Names", "Post", "Target", "UrlRefused"]
