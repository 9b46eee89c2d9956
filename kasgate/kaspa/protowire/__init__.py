"""The messages of a node's gRPC interface that KasGate uses, as protobuf knows them.

``node.proto`` is ours, written from the field numbers of kaspa.md §3.5 (those it does not give
were looked up in kaspad 2.1.0's own definition); what stands beside it with ``_pb2`` in its name
is generated from it by ``make proto`` and never edited.
"""
