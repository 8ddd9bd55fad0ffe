"""Multi-hop questions, which need two or three passages that share an entity, and each of them."""

from tasks.generation.from_documents.multi_hop.questions import METHOD, MultiHop, make

__all__ = ("METHOD", "MultiHop", "make")
