"""Settings of Self-Instruct."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_serializer, field_validator

from tasks.core.params import CONTENT
from tasks.generation.method import MethodParams

FOLDER: Final = Path(__file__).parents[1] / "seed_tasks"
"""Seed tasks that come with the product."""
REFUSED_WORDS: Final = (
    *("image", "images", "graph", "graphs", "picture", "pictures", "file", "files", "map", "maps", "draw", "plot"),
    *("go to", "video", "audio", "music", "flowchart", "diagram"),
)
"""Words of tasks that a language model cannot do, as in Alpaca's generate_instruction.py (Self-Instruct's list and six more)."""


def locate(name: str | Path) -> Path:
    """The file of seed tasks: a packaged name such as "general", or a path."""
    packaged = FOLDER / f"{name}.jsonl"
    return packaged if "/" not in str(name) and packaged.is_file() else Path(name)


class SelfInstruct(MethodParams):
    """Self-Instruct: from tasks that people wrote, a teacher makes new ones, round after round, and answers them."""

    method: Literal["self_instruct"] = "self_instruct"

    seed_tasks: Annotated[Path, CONTENT] = locate("general")
    """The tasks that people wrote: a packaged set by name (general), a file, or a folder of files, with `guidelines.md` in it if
    there are any. Self-Instruct's, Alpaca's and our own columns are read, as JSON, JSON Lines, CSV or Parquet."""
    guidelines: Annotated[Path | None, CONTENT] = None
    """A Markdown file that says what good rows are like; empty: `guidelines.md` in the folder of seed tasks, if it is there."""
    rows: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """Rows to make."""
    per_request: Annotated[int, Field(ge=1, le=20)] = 8
    """New tasks asked for at once."""
    human_examples: Annotated[int, Field(ge=1, le=20)] = 6
    """Seed tasks shown in each request for new ones (Wang et al. 2022)."""
    made_examples: Annotated[int, Field(ge=0, le=20)] = 2
    """Tasks made before that are shown beside them (Wang et al. 2022)."""
    similarity: Annotated[float, Field(gt=0, le=1)] = 0.7
    """ROUGE-L (0 to 1) to any task there is from which a new one is refused (Wang et al. 2022)."""
    classification: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Share of the requests that ask for classification tasks."""
    confirm_labels: bool = True
    """Ask the teacher, without the label, to classify each input that it wrote for one; rows with another label are refused."""
    batch: Annotated[int, Field(ge=1, le=1000)] = 64
    """Requests for new tasks in a round at most. What a round made can be shown from the next one on."""
    rounds: Annotated[int | None, Field(ge=1, le=100_000)] = None
    """Rounds at most; empty: five times what would do if every task were new."""
    least_words: Annotated[int, Field(ge=1)] = 4
    """Words of an instruction at least (Alpaca)."""
    most_words: Annotated[int, Field(ge=1, le=400)] = 150
    """Words of an instruction at most (Alpaca)."""
    refused_words: tuple[str, ...] = REFUSED_WORDS
    """Words and phrases for which an instruction is refused; Alpaca's list of what a language model cannot see or make."""
    latin_only: bool = True
    """Refuse instructions that begin with a letter outside ASCII (Alpaca); turn it off for seed tasks in another script."""
    answer_words: Annotated[int, Field(ge=10)] = 250
    """Words the teacher is asked to stay below in an answer."""
    seed: int = 1
    """Another number draws other examples."""
    licence: str = "unknown"
    """The licence that the rows carry: that of the seed tasks."""

    @property
    def most_rounds(self) -> int:
        """Rounds at most."""
        return self.rounds or 5 * -(-self.rows // (self.per_request * self.batch))

    @field_validator("seed_tasks", mode="before")
    @classmethod
    def _by_name(cls, given: Any) -> Any:
        return locate(given) if isinstance(given, str | Path) else given

    @field_validator("seed_tasks")
    @classmethod
    def _is_there(cls, path: Path) -> Path:
        if not path.exists():
            raise ValueError(f"no seed tasks {str(path)!r}: name a packaged set (general), a file or a folder")
        return path

    @field_validator("guidelines")
    @classmethod
    def _is_a_file(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError(f"no guidelines {str(path)!r}: name a Markdown file")
        return path

    @field_serializer("seed_tasks")
    def _as_named(self, path: Path) -> str:
        return path.stem if path.parent == FOLDER else str(path)
