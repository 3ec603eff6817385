"""The frames beside the flow frame, made every 5 s of event time by compiled code.

``hosts`` counts per host, ``distinct`` how many different peers and ports it had, ``names`` what it
is called, ``applications`` bytes per application; ``interval`` closes one interval and opens the
next; ``export`` makes the tables. Bytes and packets are taken from the flows when an interval ends
(or when a flow does), so that a packet costs its flow only; an application's bytes therefore count
under the name its flow has at that time.
"""
