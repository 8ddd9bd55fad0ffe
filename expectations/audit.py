"""After the dataset was measured: what must be true of it as a whole."""

from typing import Final

from expectations.suite import FEW, Suite, Threshold, figure

SUITE: Final = Suite(
    stage="audit",
    required=("example_id", "instruction", "response", "source", "licence", "method", "content_hash"),
    thresholds={
        "min_rows": Threshold(1, "a release needs rows"),
        "min_provenance": Threshold(1.0, "every row explains itself: no exception"),
        "max_personal_data_left": Threshold(
            0.02, "a sample is searched again by other rules than the filter's, which err in a row of a hundred"
        ),
        "max_toxic_share": Threshold(0.01, "of rows that the toxicity filter was to reject, none should be left"),
        "max_contaminated_share": Threshold(0.0, "no row holds a benchmark's item"),
        "min_grounded_share": Threshold(
            0.5, "where answers stand on passages, half of them outside is not a dataset about the documents"
        ),
        "min_coverage": Threshold(None, "how many passages released rows should stand on depends on the documents"),
        "max_generation_rise": Threshold(
            1.0,
            "where rows are one model deeper on average than in the release before, models learn from models' rows, "
            "and the rare goes first (Shumailov et al. 2024)",
        ),
        "min_tail_covered": Threshold(
            0.25,
            "of the previous release's most isolated instructions: of 1,500 rows of Dolly, half of them drawn at random keep "
            "0.49 to 0.51, those without their tail keep none",
        ),
        "max_distinct_drop": Threshold(
            0.25,
            "the part by which different word pairs became fewer, in samples of one size: two draws of 1,500 rows of Dolly "
            "differ by 0.01 at most, and responses of one template lose 0.88",
        ),
        "max_human_words_drop": Threshold(None, "how much of a dataset people wrote is for its recipe to say"),
        "max_seed_tail_drop": Threshold(
            None, "how much of the seed corpus's rare words made rows must hold depends on what they are made for"
        ),
        "max_sentiment_gap_rise": Threshold(
            None, "good minus bad words beside names of groups; what is too much depends on the subject"
        ),
        "max_role_gap_rise": Threshold(
            None, "how far occupations are from an even share of women; what is too much depends on the subject"
        ),
        "few_rows": FEW,
    },
    checks=(
        figure("provenance.complete_share", "every row names its source, method and evidence", least="min_provenance"),
        figure(
            "safety.personal_data_left.share",
            "personal data in a sample, searched for again",
            most="max_personal_data_left",
            of_many=True,
            if_measured=True,
        ),
        figure("safety.toxicity.toxic_share", "toxic rows", most="max_toxic_share", of_many=True, if_measured=True),
        figure(
            "contamination.contaminated_share",
            "rows with benchmark items",
            most="max_contaminated_share",
            if_measured=True,
        ),
        figure(
            "grounding.grounded_share",
            "answers that stand on their passages",
            least="min_grounded_share",
            of_many=True,
            if_measured=True,
        ),
        figure("coverage.share", "passages that released rows stand on", least="min_coverage", if_measured=True),
        *(
            figure(f"trends.{name}", why, **bound, of_many=True, if_measured=True)
            for name, why, bound in (
                ("generation_mean_rise", "models deep, since the previous release", {"most": "max_generation_rise"}),
                ("tail_covered_share", "what was asked seldom is asked still", {"least": "min_tail_covered"}),
                (
                    "instruction_distinct_2_drop",
                    "word pairs of instructions repeat more",
                    {"most": "max_distinct_drop"},
                ),
                ("response_distinct_2_drop", "word pairs of responses repeat more", {"most": "max_distinct_drop"}),
                ("human_words_drop", "words that people wrote", {"most": "max_human_words_drop"}),
                ("seed_tail_words_drop", "rare words of the seed corpus in made rows", {"most": "max_seed_tail_drop"}),
                (
                    "sentiment_gap_rise",
                    "groups of people spoken of in unlike moods",
                    {"most": "max_sentiment_gap_rise"},
                ),
                ("role_gap_rise", "occupations of women and men", {"most": "max_role_gap_rise"}),
            )
        ),
    ),
)
