"""The models that write: one protocol, three providers, a journal in front of all of them.

A stage that asks a model does:

    with open_teacher(settings, tools) as teacher:
        replies = teacher.ask(requests)         # a list, in the order of the requests: Completion or Failure

Everything that was received is in the journal before `ask` returns it, so a request that was answered once, in this build or
in one before, is never sent again.
"""
