"""What every stage stands on: schema, parameters, outcome, ledger, snapshot store, stage contract.

The only place in `tasks/` that imports Prefect.
"""
