"""Servers: the hosts that report, what they last said, and whether they are well."""
