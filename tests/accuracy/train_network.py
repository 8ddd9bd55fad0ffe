"""Trains the network behind the toxicity score and writes tasks/filters/toxicity/network.npz.

    pip install torch
    pip download --no-deps --dest FOLDER vaderSentiment==3.3.2
    python tests/accuracy/train_network.py FOLDER

The network is trained on top of the sum over words (train_toxicity.py comes first), on the same sources and on sentences drawn from
toxicity_contrasts.yaml: hostility, and the same words in somebody's defence, denied, reported, or about things. Words of
VADER's lexicon (MIT) fill the slots beside those written down, so that more words are known as bad or good than a list can name.
The vectors of words are wordllama's; only what is made of them is trained. Nothing that measures the score is seen.
"""

import re
import sys
import zipfile
from collections import Counter
from math import log
from pathlib import Path
from typing import Any

import contrasts
import numpy as np
import pyarrow as pa
import torch
from torch import nn
from torch.nn import functional
from train_toxicity import sources

from tasks.filters.toxicity import network, packaged
from tasks.filters.toxicity.features import WINDOW, read
from tasks.text import nlp
from tasks.text.embeddings import embed

CHANNELS, AROUND, SIZE, HIDDEN = 64, 5, 48, 32
"""Channels of the network, words that it looks at together, dimensions that the vectors are reduced to, hidden units."""
STEPS, BATCH, RATE = 2500, 256, 4e-3
STEEPNESS, LEVEL = 2.0, 1.6
"""How a logit becomes a score: LEVEL becomes 0.95, so that the threshold finds no less of Surge and Davidson than before."""
NOISE, LEFT_OUT, SILENT = 0.3, 0.1, 0.3
"""Noise added to the words' vectors, as a share of their spread; shares of words and of channels left out at random."""
SHARES = {
    "surge": (3.0, None),
    "davidson": (2.0, None),
    "prose": (4.0, None),
    "spans": (1.5, 0),
    "hostile": (2.0, 1),
    "insulting": (0.3, 1),
    "self_harm": (0.3, 1),
    "kind": (2.0, 0),
    "counter": (1.5, 0),
    "about_things": (1.0, 0),
    "short": (1.5, 0),
    "about_trades": (0.1, 0.6),
}
"""Weight of each source, and the label of its rows where they have none."""
DRAWN = {"hostile": 15000, "insulting": 2500, "self_harm": 1250, "kind": 15000, "counter": 10000}
DRAWN |= {"about_things": 5000, "short": 2500, "about_trades": 1250}
"""Sentences drawn of each kind; those drawn twice count once, but for short ones, of which some are drawn often."""
SUFFERING = frozenset(
    """sad afraid hurt attacked abused killed suffering unhappy sick lonely poor tired victim oppressed depressed worried
    anxious scared wounded harassed bullied mourning crying sorry war death grief missing lost failing pain upset""".split()  # noqa: SIM905
)
"""Bad words that blame nobody: a word of the lexicon is taken as an insult if it is nearer to those written down than to these."""


def rows(folder: Path) -> dict[str, list[tuple[str, float]]]:
    """What is trained on, by source: texts with their labels."""
    found: dict[str, list[tuple[str, float]]] = {
        name: [(row.text, float(row.label)) for row in part] for name, part in sources().items() if name != "phrases"
    }
    found["spans"] = [(text, 0.0) for text in spans([text for text, _ in found["prose"]], 8000)]
    data = contrasts.load()
    widened(data["lists"], lexicon(folder))
    for kind, many in DRAWN.items():
        label = SHARES[kind][1]
        assert label is not None
        drawn = contrasts.drawn(data, kind, many)
        found[kind] = [(text, float(label)) for text in (drawn if kind == "short" else sorted(set(drawn)))]
    return found


def spans(texts: list[str], many: int) -> list[str]:
    """Stretches of one to six words: what short answers look like."""
    draw, found = np.random.default_rng(1), []
    while len(found) < many:
        words = re.findall(r"[\w'-]+", texts[draw.integers(len(texts))])
        length = int(draw.choice([1, 1, 2, 3, 4, 6]))
        if len(words) > length:
            at = draw.integers(len(words) - length + 1)
            found.append(" ".join(words[at : at + length]))
    return found


def lexicon(folder: Path) -> dict[str, float]:
    """VADER's words and how good (to 4) or bad (to -4) people called them."""
    (wheel,) = folder.glob("vader[Ss]entiment-*.whl")
    with zipfile.ZipFile(wheel) as file:
        lines = file.read("vaderSentiment/vader_lexicon.txt").decode().splitlines()
    entries = [line.split("\t")[:2] for line in lines]
    return {word: float(value) for word, value in entries if word.isascii() and word.isalpha()}


def widened(lists: dict[str, list[str]], valence: dict[str, float]) -> None:
    """Adds the lexicon's words to the lists that say what somebody is; those written down count three to eight times."""
    bad = [word for word, value in valence.items() if value <= -1.5]
    nearest = [
        (embed(bad) @ embed(sorted(words)).T).max(axis=1)
        for words in ({w for entry in lists["bad"] for w in entry.split() if len(w) > 3}, SUFFERING)
    ]
    blaming = [word for word, insult, pity in zip(bad, *nearest, strict=True) if insult > pity]
    lists["bad"] = lists["bad"] * 3 + blaming
    lists["good"] = lists["good"] * 3 + [word for word, value in valence.items() if value >= 1.5]
    adjectives = ("ful", "ing", "ous", "ible", "able", "ic", "ed")
    lists["wrong"] = lists["wrong"] * 8 + [word for word in blaming if word.endswith(adjectives)]


def vocabulary(texts: list[str], valence: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Hashes, rising, and vectors of the words that the texts hold twice, and of the lower-case words that spaCy's model knows.

    To wordllama's vector are added how good and how bad the lexicon calls a word: its neighbours share a subject, not a verdict.
    """
    import spacy

    counted = Counter(word for text in texts for word in re.findall(r"[a-z]+", text.lower()))
    known = {word for word in spacy.load(nlp.PACKAGE).vocab.strings if word.islower()}
    words = sorted(
        w
        for w in {w for w, n in counted.items() if n > 1} | known | valence.keys()
        if w.isascii() and w.isalpha() and len(w) > 1
    )
    found = read(pa.array(words, pa.large_string()))
    kept = np.flatnonzero(~found.group)
    order = kept[np.argsort(found.words[kept])]
    chosen = [words[at] for at in order]
    verdicts = np.array([valence.get(word, 0.0) for word in chosen], np.float32)[:, None] / 4
    return found.words[order], np.hstack([embed(chosen), np.maximum(verdicts, 0), np.maximum(-verdicts, 0)])


class Net(nn.Module):
    """The network in floating point; `network.Network` holds it rounded."""

    def __init__(self, vectors: np.ndarray) -> None:
        super().__init__()
        self.vectors: torch.Tensor
        self.register_buffer(
            "vectors", torch.from_numpy(np.concatenate([np.zeros((3, vectors.shape[1]), np.float32), vectors]))
        )
        self.special = nn.Parameter(torch.randn(2, SIZE) * 0.1)
        self.reduced = nn.Linear(vectors.shape[1], SIZE, bias=False)
        self.convolution = nn.Conv1d(SIZE, CHANNELS, AROUND, padding=AROUND // 2)
        self.hidden = nn.Linear(CHANNELS + 2, HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)
        self.line = nn.Parameter(torch.tensor([1.0, 0.0]))

    def words(self, rows: torch.Tensor) -> torch.Tensor:
        """The reduced vectors of rows of the table."""
        special = functional.one_hot(rows.clamp(max=3), 4)[..., 1:3].float() @ self.special
        return torch.as_tensor(self.reduced(self.vectors[rows]) * 4 + special)

    def forward(self, rows: torch.Tensor, sums: torch.Tensor) -> torch.Tensor:
        """Logits of texts: rows of the table (texts, words), and the texts' sums over words."""
        absent = rows == network.ABSENT
        words = self.words(rows)
        if self.training:  # no word is relied upon, and those with vectors nearby count as it does
            words = words + NOISE * words.detach().std() * torch.randn_like(words)
            words = words * (torch.rand(rows.shape) > LEFT_OUT)[..., None]
        signals = functional.relu(self.convolution(words.transpose(1, 2)))
        highest = functional.dropout(signals.masked_fill(absent[:, None], 0).amax(2), SILENT, self.training)
        lengths = 1 / (~absent).sum(1).clamp(min=1).float().sqrt()
        units = functional.relu(self.hidden(torch.cat([highest, sums[:, None] / 4, lengths[:, None]], 1)))
        return torch.as_tensor(self.out(units).squeeze(-1) + self.line[0] * sums + self.line[1])


def matrix(texts: list[str], hashes: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """The rows of the table for the first 40 words of each text, and the sums over these words."""
    words = read(pa.array(texts, pa.large_string()))
    begins, ends = words.offsets[:-1], np.minimum(words.offsets[:-1] + WINDOW, words.offsets[1:])
    at = np.minimum(np.searchsorted(hashes, words.words), len(hashes) - 1)
    rows = np.where(hashes[at] == words.words, at + network.FIRST_WORD, network.UNKNOWN)
    rows = np.where(words.group, network.GROUP, rows)
    indices = begins[:, None] + np.arange(WINDOW)
    filled = np.where(indices < ends[:, None], rows[np.minimum(indices, len(rows) - 1)], network.ABSENT)
    return torch.from_numpy(filled), torch.from_numpy(packaged.sums(words, begins, ends, packaged.weights())).float()


def trained(net: Net, texts: list[str], labels: np.ndarray, weights: np.ndarray, hashes: np.ndarray) -> Net:
    """`net` after STEPS steps of AdamW (Loshchilov, Hutter 2019) on texts drawn by weight, those of similar length together."""
    rows, sums = matrix(texts, hashes)
    targets, lengths = torch.from_numpy(labels).float(), (rows > 0).sum(1)
    drawn = torch.multinomial(torch.from_numpy(weights), STEPS * BATCH, replacement=True)
    batches: list[torch.Tensor] = []
    for part in drawn.split(50 * BATCH):
        together = part[torch.argsort(lengths[part])].split(BATCH)
        batches += [together[k] for k in torch.randperm(len(together))]
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.1)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=RATE, total_steps=STEPS + 1, pct_start=0.15)
    for step, batch in enumerate(batches):
        width = max(1, int(lengths[batch].max()))
        loss = functional.binary_cross_entropy_with_logits(net(rows[batch, :width], sums[batch]), targets[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rates.step()
        if step % 100 == 0:
            print(step, round(loss.item(), 3), flush=True)
    return net.eval()


def rounded(net: Net, hashes: np.ndarray) -> dict[str, Any]:
    """The network in whole numbers, as `network.network` reads it."""
    with torch.no_grad():
        vectors = net.words(torch.arange(len(net.vectors)))
        vectors[network.ABSENT] = 0
        kernel = net.convolution.weight.permute(2, 1, 0)
        by_vector, by_kernel = 127 / vectors.abs().max(), 127 / kernel.abs().max()
        unit = float(by_vector * by_kernel) / 2**5
        hidden = net.hidden.weight[:, :CHANNELS].T
        by_hidden = 127 / hidden.abs().max()
        scale = torch.full((HIDDEN,), 2**7 / (unit * float(by_hidden)))
        of_sum, of_length = net.hidden.weight[:, CHANNELS] / 4, net.hidden.weight[:, CHANNELS + 1]
        units = torch.stack([scale, of_sum, of_length, net.hidden.bias, STEEPNESS * net.out.weight[0]])
        line = STEEPNESS * (net.line + torch.tensor([0.0, float(net.out.bias) - LEVEL])) + torch.tensor(
            [0.0, log(0.95 / 0.05)]
        )
        return {
            "hashes": hashes,
            "vectors": (vectors * by_vector).round().to(torch.int8).numpy(),
            "kernel": (kernel * by_kernel).round().to(torch.int8).numpy(),
            "bias": (net.convolution.bias * unit).round().to(torch.int32).numpy(),
            "hidden": (hidden * by_hidden).round().to(torch.int8).numpy(),
            "units": units.double().numpy(),
            "line": line.double().numpy(),
        }


def main(folder: Path) -> None:
    """Trains, rounds and writes."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    groups = rows(folder)
    texts = [text for part in groups.values() for text, _ in part]
    labels = np.array([label for part in groups.values() for _, label in part])
    weights = []
    for name, part in groups.items():
        own = [label for _, label in part]
        counts = Counter(own)
        weights += [SHARES[name][0] / len(counts) / counts[label] for label in own]
    hashes, vectors = vocabulary(texts, lexicon(folder))
    net = trained(Net(vectors), texts, labels, np.array(weights), hashes)
    np.savez_compressed(network.NETWORK, **rounded(net, hashes))
    print({name: len(part) for name, part in groups.items()}, len(hashes), f"{network.NETWORK.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
