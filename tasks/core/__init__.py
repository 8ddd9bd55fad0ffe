"""What everything else is built on: schemas, parameters, outcomes, errors, reasons, licences, redaction, YAML.

Imports no other room of the product, and no Prefect.
"""
