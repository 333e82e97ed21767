"""An LDAP server proves who it is, or nothing is said to it: at once, or after StartTLS."""

import asyncio
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.tools.ldap import LdapWorld, free_port, ldap_world
from tests.tools.ldap_office import ldap_server
from tests.tools.slapd import ldap_or_skip
from tools.backends.failures import DIRECTORY, DOWN
from tools.spec import ToolFailed

#: what a server answers to StartTLS: yes
_YES = bytes.fromhex("300c02010178070a010004000400")
#: and to a password, before it was said
_SIGNED_IN = bytes.fromhex("300c02010161070a010004000400")


def certificate(folder: Path) -> Path:
    """A file with a certificate for 127.0.0.1 that vouches for itself, beside its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ldap")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    kind, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(kind, form, serialization.NoEncryption()))
    (folder / "ca.pem").write_bytes(made.public_bytes(kind))
    return folder / "ca.pem"


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secure_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def world(ca: Path, secure_port: int) -> Iterator[LdapWorld]:
    tls = f"TLSCertificateFile {ca}\nTLSCertificateKeyFile {ca.parent / 'key.pem'}"
    with ldap_world(tls=tls, more=(f"ldaps://127.0.0.1:{secure_port}",)) as made:
        yield made


async def test_tls_at_once_and_by_a_word(world: LdapWorld, ca: Path, secure_port: int) -> None:
    for port, starts in ((secure_port, False), (world.port, True)):
        async with ldap_server(port, tls=ssl.create_default_context(cafile=ca), starts=starts) as asked:
            assert await asked.active("U-123")


@pytest.mark.usefixtures("world")
async def test_a_certificate_that_is_not_trusted_is_told_to_it(secure_port: int, tmp_path: Path) -> None:
    for tls, host in (
        (ssl.create_default_context(), "127.0.0.1"),
        (ssl.create_default_context(cafile=certificate(tmp_path)), "127.0.0.1"),
    ):
        async with ldap_server(secure_port, tls=tls, host=host) as asked:
            with pytest.raises(ToolFailed, match=DIRECTORY.says(DOWN)):
                await asked.active("U-123")


@pytest.mark.usefixtures("world")
async def test_another_servers_certificate_is_none(secure_port: int, ca: Path) -> None:
    async with ldap_server(secure_port, tls=ssl.create_default_context(cafile=ca), host="localhost") as asked:
        with pytest.raises(ToolFailed, match=DIRECTORY.says(DOWN)):
            await asked.active("U-123")


async def test_a_server_without_tls_is_told_nothing(ca: Path) -> None:
    with ldap_world() as plain:
        async with ldap_server(plain.port, tls=ssl.create_default_context(cafile=ca), starts=True) as asked:
            with pytest.raises(ToolFailed, match=DIRECTORY.says(DOWN)):
                await asked.active("U-123")


@pytest.mark.parametrize(
    "answer",
    [
        _YES + b"\x30\x0c\x02\x01\x01a\x07\x0a\x01\x00\x04\x00\x04\x00",
        b"",
        b"\x30",
        b"\x30\x84",
        b"GET /",
        b"\xff" * 99,
    ],
)
async def test_whatever_is_said_in_the_place_of_tls_is_not_taken_for_it(ca: Path, answer: bytes) -> None:
    ldap_or_skip()
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(1_000))
        writer.write(answer)
        heard.extend(await reader.read(10_000))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        async with ldap_server(port, tls=ssl.create_default_context(cafile=ca), starts=True) as asked:
            with pytest.raises(ToolFailed, match=DIRECTORY.says(DOWN)):
                await asked.active("U-123")
    assert b"hunter2" not in heard
