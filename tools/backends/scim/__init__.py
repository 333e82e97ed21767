"""The directory and access on a server that speaks SCIM 2.0 (RFC 7643, RFC 7644)."""
