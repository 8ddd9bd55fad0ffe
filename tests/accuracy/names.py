"""presidio-research's labelled set in the entity types that presidio itself reports."""

import json
from typing import Final

from labelled import DETECTORS

PRESIDIO_TYPES: Final = {
    "PERSON": "PERSON",
    "GPE": "LOCATION",
    "STREET_ADDRESS": "LOCATION",
    "ORGANIZATION": "ORGANIZATION",
    "NRP": "NRP",
    "DATE_TIME": "DATE_TIME",
    "CREDIT_CARD": "CREDIT_CARD",
    "PHONE_NUMBER": "PHONE_NUMBER",
    "EMAIL_ADDRESS": "EMAIL_ADDRESS",
    "US_SSN": "US_SSN",
    "IBAN_CODE": "IBAN_CODE",
    "IP_ADDRESS": "IP_ADDRESS",
    "DOMAIN_NAME": "URL",
    "US_DRIVER_LICENSE": "US_DRIVER_LICENSE",
}
"""The set's type → presidio's. TITLE, AGE and ZIP_CODE have none."""


def presidio_rows() -> tuple[list[str], list[set[tuple[str, int, int]]]]:
    """The texts, and for each its labelled spans as (type, start, end)."""
    rows = json.loads((DETECTORS / "pii" / "synth_dataset_v2.json").read_text("utf-8"))
    return [row["full_text"] for row in rows], [
        {
            (PRESIDIO_TYPES[span["entity_type"]], span["start_position"], span["end_position"])
            for span in row["spans"]
            if span["entity_type"] in PRESIDIO_TYPES
        }
        for row in rows
    ]
