"""`email`: SMTP with STARTTLS or TLS (RFC 5321, RFC 3207, RFC 8314); one conversation an incident (RFC 5322 3.6.4)."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from alerts.channels.base import ChannelConfig, DeliveryError, Reason, Receipt
from alerts.render.email import mail
from alerts.render.escape import plain
from alerts.render.message import Digest, Message
from snapshots.secrets import demand_one, read_secret

_TIMEOUT_SECONDS = 30
Address = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+$", max_length=254)
]


class EmailConfig(ChannelConfig):
    """Mail to one or more people."""

    kind: Literal["email"]
    host: str = Field(min_length=1, description="Mail server.")
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="`none` sends in the clear: for a server on this machine only."
    )
    sender: Address = Field(description="Address the mail comes from.")
    to: tuple[Address, ...] = Field(min_length=1, description="Who receives it.")
    username: str | None = None
    password_env: str | None = Field(default=None, description="Environment variable that holds the password.")
    password_file: str | None = Field(default=None, description="File that holds the password.")
    ca_file: str | None = Field(default=None, description="Certificates to trust instead of the system's.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.username is not None:
            demand_one("password", self.password_env, self.password_file)
            if self.security == "none":
                message = "a password must not travel in the clear: use security starttls or tls."
                raise ValueError(message)
        return self


class EmailChannel:
    """Sends through one server."""

    def __init__(self, config: EmailConfig, environ: Mapping[str, str], folder: Path) -> None:
        """Read the password and the certificates.

        Raises:
            SecretError: the password is missing.
        """
        self.name = config.name
        self._config = config
        self._password = ""
        if config.username is not None:
            self._password = read_secret(
                "password", env=config.password_env, file=config.password_file, environ=environ, folder=folder
            )
        self._ca_file = folder / config.ca_file if config.ca_file else None

    def send(self, message: Message | Digest, *, delivery_id: str, thread: str | None, now: datetime) -> Receipt:
        """Send one mail to all recipients; a repeat carries the same Message-ID."""
        made = self._compose(message, delivery_id, thread, now)
        try:
            with self._session() as session:
                refused = session.send_message(made, self._config.sender, list(self._config.to))
        except Exception as error:  # noqa: BLE001 - every failure becomes a typed one
            raise self._failure(error) from None  # The chain could carry the login dialogue.
        if refused:
            codes = ", ".join(f"{address} ({code})" for address, (code, _) in refused.items())
            detail = f"The server took the mail, but not for {codes}."
            # Sending again would repeat the mail to those who have it.
            raise DeliveryError(Reason.REJECTED, detail, retryable=False)
        return Receipt(str(made["Message-ID"]))

    def _compose(self, message: Message | Digest, delivery_id: str, thread: str | None, now: datetime) -> EmailMessage:
        rendered = mail(message)
        made = EmailMessage()
        made["Subject"] = plain(rendered.subject)
        made["From"] = formataddr(("headwater", self._config.sender))
        made["To"] = ", ".join(self._config.to)
        made["Date"] = format_datetime(now)
        made["Message-ID"] = f"<{delivery_id}@{self._config.sender.partition('@')[2]}>"
        if thread is not None:
            made["In-Reply-To"] = thread
            made["References"] = thread
        # RFC 3834 section 5: nobody's holiday notice answers us.
        made["Auto-Submitted"] = "auto-generated"
        made["X-Headwater-Delivery"] = delivery_id
        made.set_content(rendered.text, cte="quoted-printable")
        made.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
        return made

    def _session(self) -> AbstractContextManager[smtplib.SMTP]:
        config = self._config
        tls = ssl.create_default_context(cafile=str(self._ca_file) if self._ca_file else None)
        session: smtplib.SMTP
        if config.security == "tls":
            session = smtplib.SMTP_SSL(config.host, config.port, timeout=_TIMEOUT_SECONDS, context=tls)
        else:
            session = smtplib.SMTP(config.host, config.port, timeout=_TIMEOUT_SECONDS)
        try:
            if config.security == "starttls":
                session.starttls(context=tls)
            if config.username is not None:
                session.login(config.username, self._password)
        except BaseException:
            session.close()
            raise
        return session

    def _failure(self, error: Exception) -> DeliveryError:
        host = self._config.host
        match error:
            case smtplib.SMTPAuthenticationError():
                return DeliveryError(
                    Reason.AUTHENTICATION, f"{host} refused the login ({error.smtp_code}).", retryable=False
                )
            case smtplib.SMTPRecipientsRefused():
                codes = {address: code for address, (code, _) in error.recipients.items()}
                said = ", ".join(f"{address} ({code})" for address, code in codes.items())
                again = any(400 <= code < 500 for code in codes.values())
                return DeliveryError(Reason.REJECTED, f"{host} refused every recipient: {said}.", retryable=again)
            case smtplib.SMTPResponseException():
                again = not 500 <= error.smtp_code < 600
                reason = Reason.SERVER_ERROR if again else Reason.REJECTED
                return DeliveryError(reason, f"{host} answered {error.smtp_code}.", retryable=again)
            case smtplib.SMTPNotSupportedError():
                detail = f"{host} offers no {self._config.security}; see `security` of the channel."
                return DeliveryError(Reason.REJECTED, detail, retryable=False)
            case ssl.SSLError():
                return DeliveryError(Reason.TLS, f"The certificate of {host} is not trusted.", retryable=True)
            case TimeoutError():
                return DeliveryError(Reason.TIMEOUT, f"{host} did not answer in time.", retryable=True)
            case OSError() if error.strerror:
                detail = f"{host}:{self._config.port} cannot be reached ({error.strerror})."
                return DeliveryError(Reason.UNREACHABLE, detail, retryable=True)
        detail = f"The connection to {host} broke ({type(error).__name__})."
        return DeliveryError(Reason.UNREACHABLE, detail, retryable=True)
