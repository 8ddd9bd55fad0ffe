"""A reference to look claims up in: a folder of articles, or passages, in a full-text index on the disk.

SQLite's FTS5 ranks by BM25 (Robertson and Zaragoza 2009). Articles are read one after the other and the index lies in a temporary
file, so memory does not grow with their number; a passage has up to PASSAGE_WORDS words.
"""

import json
import re
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tasks.core.errors import BadInput
from tasks.text.words import content_words

PASSAGE_WORDS: Final = 120
MOST_WORDS: Final = 24
"""Words of a claim that are searched for."""
SUFFIXES: Final = (".txt", ".md", ".jsonl")
_HEADING: Final = re.compile(r"^#{1,6}[ \t]+([^\s#].*)$", re.MULTILINE)
_LONGEST_LINE: Final = 16 * 2**20
"""Characters of a line of JSON; a longer one is no article."""


class Article(NamedTuple):
    """A text with its title and a name by which a person finds it."""

    name: str
    title: str
    text: str


class ArticleIndex:
    """Passages of articles that can be searched. Made by `indexed`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.execute("PRAGMA cache_size = -16000")  # 16 MB
        db.execute(
            "CREATE VIRTUAL TABLE passages USING fts5(name UNINDEXED, title, text, tokenize = 'porter unicode61')"
        )

    def add(self, articles: Iterable[Article]) -> int:
        """Add articles, passage by passage; returns how many there were."""
        count = 0
        with self._db:
            for count, article in enumerate(articles, 1):  # noqa: B007
                rows = ((article.name, article.title, part) for part in passages(article.text))
                self._db.executemany("INSERT INTO passages VALUES (?, ?, ?)", rows)
        return count

    def search(self, text: str, most: int) -> list[Article]:
        """The `most` passages that share the rarest words with `text`, best first; equal ones in the order of the articles."""
        sought = list(dict.fromkeys(content_words(text)))[:MOST_WORDS]
        if not sought:
            return []
        query = " OR ".join('"' + word.replace('"', "") + '"' for word in sought)
        sql = "SELECT name, title, text FROM passages WHERE passages MATCH ? ORDER BY bm25(passages), rowid LIMIT ?"
        return [Article(*row) for row in self._db.execute(sql, (query, most))]


@contextmanager
def indexed(articles: Iterable[Article]) -> Iterator[ArticleIndex]:
    """An index over articles, in a temporary file that is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="instructory-articles-") as folder:
        db = sqlite3.connect(Path(folder) / "index.sqlite")
        try:
            db.execute("PRAGMA journal_mode = OFF")
            db.execute("PRAGMA synchronous = OFF")
            index = ArticleIndex(db)
            index.add(articles)
            yield index
        finally:
            db.close()


def read_articles(path: Path) -> Iterator[Article]:
    """The articles of a file or folder: text and Markdown files, and JSONL with `text` and `title` in each line, one at a time.

    Raises BadInput where there are none, or a line is none.
    """
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES)
    if not files:
        raise BadInput(
            f"reference_facts.articles: {path} holds no {', '.join(SUFFIXES)} files; name a folder that does"
        )
    for file in files:
        name = file.name if file == path else file.relative_to(path).as_posix()
        if file.suffix.lower() == ".jsonl":
            yield from _lines(file, name)
        else:
            text = file.read_text("utf-8", "replace")
            heading = _HEADING.search(text[:2000])
            yield Article(name, heading[1].rstrip("# \t") if heading else file.stem.replace("_", " "), text)


def _lines(file: Path, name: str) -> Iterator[Article]:
    with file.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(iter(lambda: lines.readline(_LONGEST_LINE), ""), 1):
            if not line.strip():
                continue
            try:
                found = json.loads(line)
                text, title = found["text"], found.get("title") or ""
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                raise BadInput(
                    f"reference_facts.articles: {file.name}, line {number} is no JSON object with `text`; mend or remove it"
                ) from None
            if isinstance(text, str) and isinstance(title, str):
                yield Article(f"{name}:{number}", title, text)


def passages(text: str) -> Iterator[str]:
    """The paragraphs of `text`, put together or cut to PASSAGE_WORDS words."""
    held: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        found = paragraph.split()
        if held and len(held) + len(found) > PASSAGE_WORDS:
            yield " ".join(held)
            held = []
        held += found
        while len(held) > PASSAGE_WORDS:
            yield " ".join(held[:PASSAGE_WORDS])
            held = held[PASSAGE_WORDS // 2 :]  # a sentence may stand across the cut
    if held:
        yield " ".join(held)
