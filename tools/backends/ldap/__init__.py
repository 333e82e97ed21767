"""The directory, access and accounts on a server that speaks LDAP (RFC 4511), for people in `inetOrgPerson`."""
