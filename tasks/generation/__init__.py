"""Generation: rows made from documents, seed tasks, topics or other rows.

method         what a method is
catalogue      all of them
stage          one of them as a stage
from_documents/ from_rows/ …   the methods, by what they read
"""
