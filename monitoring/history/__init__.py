"""What pages and the REST API read: flows by time range, hosts, and traffic from the roll-ups.

Functions are named for what they return and take the time as an argument. The flow table is read
by time range or by id only; every chart and top list reads roll-ups.
"""
