"""Outgoing HTTP to servers that merchants choose: the policy of targets, and the client.

``policy`` judges URLs and addresses, ``names`` looks names up, ``wire`` is a socket to a checked
address, ``connection`` speaks HTTP/1.1 over it, ``answer`` reads answers, ``idle`` keeps
connections for the next request, and ``client`` combines them.
"""

from kasgate.egress.answer import HttpAnswer
from kasgate.egress.client import Egress, Names, Post
from kasgate.egress.connection import DeliveryFailed
from kasgate.egress.policy import Target, UrlRefused

__all__ = ["DeliveryFailed", "Egress", "HttpAnswer", "Names", "Post", "Target", "UrlRefused"]
