"""Outgoing HTTP to servers that merchants name: where it may go, and how it gets there.

``policy`` decides about URLs and addresses, ``names`` looks names up, ``connection`` speaks
HTTP/1.1 over one checked connection, ``idle`` keeps some of them for the next request, and
``client`` puts them together.
"""

from kasgate.egress.client import Egress, Post, Resolve
from kasgate.egress.connection import Answer, DeliveryFailed
from kasgate.egress.policy import Target, UrlRefused

__all__ = ["Answer", "DeliveryFailed", "Egress", "Post", "Resolve", "Target", "UrlRefused"]
