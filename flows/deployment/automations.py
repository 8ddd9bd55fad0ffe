"""The automations of deployments/automations.yaml, registered with a Prefect server, and the block that alerts go to."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import BlockDocument
from prefect.events.schemas.automations import AutomationCore
from pydantic import SecretStr

from tasks.core.errors import BadInput

FILE: Final = Path(__file__).parents[2] / "deployments" / "automations.yaml"
BLOCK: Final = "instructory-alerts"
VARIABLE: Final = "INSTRUCTORY_ALERTS"
"""An address that is to receive alerts as JSON `{"subject": …, "text": …}`; it is kept in the block, which Prefect encrypts."""


def register() -> Iterator[str]:
    """Create or update every automation, alerts only if there is a block to send them to; a line about each."""
    wanted = yaml.safe_load(FILE.read_text("utf-8"))["automations"]
    if address := os.environ.get(VARIABLE):
        if not re.match(r"https?://[^/\s]+", address):
            raise BadInput(
                f"{VARIABLE} is not an address; give one that begins with https://, or make a block named {BLOCK}"
            )
        Webhook(url=SecretStr(address)).save(BLOCK, overwrite=True)
    with get_client(sync_client=True) as client:
        # the block named instructory-alerts, of whatever type
        block = next((found for found in client.read_block_documents() if found.name == BLOCK), None)
        standing = {found.name: found for found in client.read_automations()}
        for entry in wanted:
            if "say" in entry and block is None:
                continue
            automation = AutomationCore.model_validate(_filled(entry, block))
            if found := standing.get(automation.name):
                client.update_automation(found.id, automation)
            else:
                client.create_automation(automation)
            yield f"watches   {automation.name.partition(': ')[2]}"
        yield f"alerts    {_whither(block)}"


def _filled(entry: dict[str, Any], block: BlockDocument | None) -> dict[str, Any]:
    """An entry as Prefect wants it: what it says becomes an action of the kind the block can do."""
    actions = list(entry.get("do", ()))
    if block and "say" in entry:
        said = entry["say"]
        if block.block_type and block.block_type.slug == "webhook":
            text = json.dumps({"subject": "@subject", "text": "@text"})
            for name, key in (("subject", "subject"), ("text", "body")):
                # a Jinja expression that gives the template's text as a JSON string, whatever it holds
                pieces = re.split(r"\{\{ ([^{}]*) \}\}", said[key])
                terms = [f"({piece})" if number % 2 else json.dumps(piece) for number, piece in enumerate(pieces)]
                text = text.replace(f'"@{name}"', "{{ (" + " ~ ".join(terms) + ") | tojson }}")
            actions.append({"type": "call-webhook", "block_document_id": str(block.id), "payload": text})
        else:
            actions.append(
                {"type": "send-notification", "block_document_id": str(block.id)}
                | {"subject": said["subject"], "body": said["body"]}
            )
    return {"name": entry["name"], "description": entry["description"], "trigger": entry["trigger"], "actions": actions}


def _whither(block: BlockDocument | None) -> str:
    if block is None:
        return f"nowhere: make a block named {BLOCK} in the UI (Slack, e-mail …), or set {VARIABLE}=https://…, and deploy again"
    kind = block.block_type.name if block.block_type else "block"
    return f"to the {kind} block {BLOCK}"
