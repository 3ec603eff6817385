"""Who hears of an alert, and by which service.

The way of an event: ``outbox`` reads what the lifecycle wrote, ``planning`` decides for each
recipient (inhibit, silence, hours, duplicate, group), ``flushing`` makes deliveries of groups
within the rate cap, ``delivery`` attempts them until they are sent, refused for good or too old.
Every step leaves a line in the trail. The services stand in ``endpoints``, one small file each.
"""
