"""Messages of industrial control, Modbus/TCP and IEC 60870-5-104: named, not read, by nDPI.

``messages`` finds them in a TCP payload (pure), ``following`` follows conversations and counts what
follows what, ``beside`` receives the segments of their two ports beside the meter, as
:mod:`capture_agent.l2` does ARP and DHCP. The meter's path stays as it is: a link without these
ports costs a filter in the kernel that lets nothing through.
"""
