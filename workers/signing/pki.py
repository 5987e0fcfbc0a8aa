"""The lender's own certificates: a root, the CA of one-time signers (事件型证书), and the contract seal.

Made on first use for a lender that has none. The chain is root → one-time signer CA → one certificate a signature,
and root → seal; who trusts the root trusts both. All keys are EC P-256.
"""

import fcntl
import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from portal.domain.clock import now

_ROOT_LIFE = timedelta(days=365 * 20)
_SEAL_LIFE = timedelta(days=365 * 10)
_ONE_TIME_LIFE = timedelta(minutes=15)
# Clocks of the hosts that make and use a certificate differ a little.
_CLOCK_SKEW = timedelta(minutes=5)
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Pki:
    """What signing needs, as PEM: picklable, so it can be handed to a process that signs. Keys stay out of repr."""

    root_certificate: bytes
    signer_ca_certificate: bytes
    signer_ca_key: bytes = field(repr=False)
    seal_certificate: bytes
    seal_key: bytes = field(repr=False)

    @classmethod
    def load_or_create(cls, directory: Path, lender_name: str) -> "Pki":
        """The certificates kept in `directory`, made there under `lender_name` if there are none yet.

        Safe to call from several processes at once: one makes them, the others wait and read the same. Files are
        readable by their owner only. An unfinished set, left by a crash, is made anew: nothing was signed with it.
        """
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (directory / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (directory / _FINISHED).exists():
                _create(directory, lender_name)
        return cls(
            root_certificate=(directory / "root.pem").read_bytes(),
            signer_ca_certificate=(directory / "signer-ca.pem").read_bytes(),
            signer_ca_key=(directory / "signer-ca.key").read_bytes(),
            seal_certificate=(directory / "seal.pem").read_bytes(),
            seal_key=(directory / "seal.key").read_bytes(),
        )

    @property
    def trust_roots(self) -> tuple[bytes, ...]:
        """What a verifier has to trust, as PEM."""
        return (self.root_certificate,)

    def issue_one_time(self, common_name: str, evidence_sha256: str) -> tuple[bytes, bytes]:
        """A fresh key and its certificate (PEM, both), good for minutes and for nothing but signing.

        The subject names the signer as given (masked: the certificate travels with every copy) and carries the
        hash of the evidence as its serial number. The key exists in this process's memory only.
        """
        issuer = x509.load_pem_x509_certificate(self.signer_ca_certificate)
        key = ec.generate_private_key(ec.SECP256R1())
        organisation = issuer.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
                x509.NameAttribute(NameOID.COMMON_NAME, common_name[:_LONGEST_NAME]),
                x509.NameAttribute(NameOID.SERIAL_NUMBER, evidence_sha256),
            ]
        )
        ca_key = load_pem_private_key(self.signer_ca_key, password=None)
        assert isinstance(ca_key, ec.EllipticCurvePrivateKey)  # noqa: S101 - we made it so
        certificate = _certificate(subject, key, issuer.subject, ca_key, _ONE_TIME_LIFE)
        return _key_pem(key), certificate


_FINISHED = "seal.pem"


def _create(directory: Path, lender_name: str) -> None:
    root_key, ca_key, seal_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root, ca, seal = (_name(lender_name, role) for role in ("根证书", "一次性签名证书签发", "电子合同专用章"))
    files = {
        "root.key": _key_pem(root_key),
        "root.pem": _certificate(root, root_key, root, root_key, _ROOT_LIFE, ca_depth=1),
        "signer-ca.key": _key_pem(ca_key),
        "signer-ca.pem": _certificate(ca, ca_key, root, root_key, _ROOT_LIFE, ca_depth=0),
        "seal.key": _key_pem(seal_key),
        _FINISHED: _certificate(seal, seal_key, root, root_key, _SEAL_LIFE),
    }
    for name, content in files.items():
        _write_private(directory / name, content)


def _write_private(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _name(lender_name: str, role: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, lender_name[:_LONGEST_NAME]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{lender_name[:_LONGEST_NAME]} {role}"),
        ]
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    life: timedelta,
    ca_depth: int | None = None,
) -> bytes:
    made_at: datetime = now()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(made_at - _CLOCK_SKEW)
        .not_valid_after(made_at + life)
        .add_extension(x509.BasicConstraints(ca=ca_depth is not None, path_length=ca_depth), critical=True)
        .add_extension(_key_usage(ca=ca_depth is not None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    # contentCommitment is what X.509 calls non-repudiation; validators ask for it on a signature's certificate.
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
