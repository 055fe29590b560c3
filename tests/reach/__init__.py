"""How far a call reaches: the daemon, a browser, and sixty ways through networks between them.

Everything is on this machine, in network namespaces that nothing leaves:

    phone (LAN) --+                                           +-- relays (coturn), DNS (dnsmasq)
    appliance   --+-- home router (NAT, firewall) -- internet +-- a dead server
    guest Wi-Fi --+                                           +-- mobile network (NAT) -- phone
"""
