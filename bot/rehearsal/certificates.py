"""The rehearsal's own certificate authority: clients that trust its file believe that this computer is Discord."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme

HOSTS = ("discord.com", "gateway.discord.gg", "cdn.discordapp.com", "media.discordapp.net")
"""The only names a rehearsal answers for."""


def issue(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """The authority's file for clients, and a server context with a certificate for Discord's names.

    The authority is kept in the folder: a bot that outlives a restart of the rehearsal goes on trusting it.
    """
    ca_file, key_file = folder / "rehearsal-ca.pem", folder / "rehearsal-ca.key"
    try:
        authority = trustme.CA.from_pem(ca_file.read_bytes(), key_file.read_bytes())
    except (OSError, ValueError):
        authority = trustme.CA(organization_name="Lienzo rehearsal")
        key_file.touch(mode=0o600)
        key_file.write_bytes(authority.private_key_pem.bytes())
        ca_file.write_bytes(authority.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*HOSTS).configure_cert(context)
    return ca_file, context
