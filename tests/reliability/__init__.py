"""Nothing is lost and nothing counted twice, whatever is killed: proofs against a real ``up``.

``python -m tests.reliability.ledger`` and ``python -m tests.reliability.alerts`` run at full size;
the tests beside them run the same with less.
"""
