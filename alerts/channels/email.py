"""`email`: SMTP with STARTTLS or TLS (RFC 5321, RFC 3207, RFC 8314); one conversation an incident (RFC 5322 3.6.4)."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from email import policy
from email.headerregistry import HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from alerts.channels.base import ChannelConfig, DeliveryError, Progress, Reason, Receipt, is_near
from alerts.channels.verdicts import of_exception, of_recipients, of_reply
from alerts.render.email import mail
from alerts.render.message import Digest, Message
from snapshots.secrets import SecretError, demand_one, read_secret
from snapshots.wording.escape import plain

_TIMEOUT_SECONDS = 30

# As plain text a long message id would be encoded when its line is folded, and the conversation would fall apart.
_HEADERS = HeaderRegistry()
for _name in ("references", "in-reply-to"):
    _HEADERS.map_to_type(_name, MessageIDHeader)  # type: ignore[arg-type]  # it becomes a base of the header's class
_POLICY = policy.SMTP.clone(header_factory=_HEADERS)

# RFC 5321 section 4.1.2: a dot-string and a domain, in ASCII.
_ATOM, _LABEL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
Address = Annotated[str, StringConstraints(pattern=rf"^{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*$", max_length=254)]


class EmailConfig(ChannelConfig):
    """Mail to one or more people."""

    kind: Literal["email"]
    host: str = Field(min_length=1, description="Mail server.")
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="`none` sends in the clear: for a server on this machine or beside it only."
    )
    sender: Address = Field(description="Address the mail comes from.")
    to: tuple[Address, ...] = Field(min_length=1, description="Who receives it.")
    username: str | None = None
    password_env: str | None = Field(default=None, description="Environment variable that holds the password.")
    password_file: str | None = Field(default=None, description="File that holds the password.")
    ca_file: str | None = Field(default=None, description="Certificates to trust instead of the system's.")
    unsubscribe_mail: Address | None = Field(
        default=None, description="Who takes wishes to get no more digests; the sender by default."
    )
    unsubscribe_url: str | None = Field(
        default=None,
        pattern=r"^https://[!-;=?-~]{1,500}$",
        description="A page for those wishes instead of an address.",
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for address in self.to:
            if self.to.count(address) > 1:
                message = f"`to` names {address} twice."
                raise ValueError(message)
        if self.username is not None:
            demand_one("password", self.password_env, self.password_file)
            if self.security == "none":
                message = "a password must not travel in the clear: use security starttls or tls."
                raise ValueError(message)
        if self.security == "none" and not is_near(self.host):
            message = f"mail to {self.host} must not travel in the clear: use security starttls or tls."
            raise ValueError(message)
        return self


class EmailChannel:
    """Sends through one server."""

    def __init__(self, config: EmailConfig, environ: Mapping[str, str], folder: Path) -> None:
        """Read the password and the certificates.

        Raises:
            SecretError: the password is missing or not ASCII, or `ca_file` holds no certificates.
        """
        self.config: ChannelConfig = config
        self.name = config.name
        self._config = config
        self._password = ""
        if config.username is not None:
            self._password = read_secret(
                "password", env=config.password_env, file=config.password_file, environ=environ, folder=folder
            )
            if not (config.username + self._password).isascii():
                message = "username and password of a mail server must be ASCII: its login carries nothing else."
                raise SecretError(message)
        self._tls = _tls(config, folder)

    def send(
        self,
        message: Message | Digest,
        *,
        delivery_id: str,
        thread: str | None,
        now: datetime,
        progress: Progress | None = None,
    ) -> Receipt:
        """Send one mail to all recipients; a repeat carries the same Message-ID.

        A recipient who was refused for now is tried again without the others, who have the mail.
        """
        progress = progress or Progress()
        made = self._compose(message, delivery_id, thread, now)
        whole = made.as_bytes()
        if isinstance(message, Digest):
            whole = self._list_headers().encode("ascii") + whole
        reached = frozenset(progress.taken)
        missing = [one for one in self._config.to if one not in reached]
        try:
            session = self._session()
            try:
                refused = session.sendmail(self._config.sender, missing, whole)
                reached = frozenset(self._config.to) - refused.keys()
            finally:
                # What was taken is taken, however the server parts.
                with suppress(OSError, smtplib.SMTPException):
                    session.quit()
        except smtplib.SMTPRecipientsRefused as error:
            # Raised before the mail is handed over: all were refused, or the server hung up (421) on one of them.
            refused = error.recipients
        except Exception as error:  # noqa: BLE001 - every failure becomes a typed one
            raise self._failure(error) from None  # The chain could carry the login dialogue.
        if refused:
            for address in sorted(reached - progress.taken.keys()):
                progress.take(address, str(made["Message-ID"]))
            raise self._refusal({address: code for address, (code, _) in refused.items()}, reached)
        return Receipt(str(made["Message-ID"]))

    def reach(self) -> str:
        """Log in as for a mail, and part without one (RFC 5321 section 4.1.1.9).

        Raises:
            DeliveryError: the server cannot be reached or refuses the login.
        """
        try:
            session = self._session()
            session.noop()
            with suppress(OSError, smtplib.SMTPException):
                session.quit()
        except Exception as error:  # noqa: BLE001 - every failure becomes a typed one
            raise self._failure(error) from None  # The chain could carry the login dialogue.
        login = " and takes the login" if self._config.username is not None else ""
        return f"{self._config.host}:{self._config.port} answers{login}"

    def _refusal(self, refused: Mapping[str, int], reached: frozenset[str]) -> DeliveryError:
        verdict = of_recipients(refused, reached=bool(reached))
        who = ", ".join(f"{address} ({code})" for address, code in refused.items())
        rest = f"; {len(reached)} of {len(self._config.to)} have the mail" if reached else ""
        detail = f"{self._config.host} refused {who}{rest}."
        return DeliveryError(verdict.reason, detail, retryable=verdict.retryable)

    def _compose(self, message: Message | Digest, delivery_id: str, thread: str | None, now: datetime) -> EmailMessage:
        rendered = mail(message)
        made = EmailMessage(_POLICY)
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

    def _list_headers(self) -> str:
        """RFC 2919 and RFC 2369: programs sort a digest by its list, and offer a way out of it.

        They are written whole, because an address that is encoded or folded is none any more; RFC 5322 section 2.1.1
        allows lines of 998 octets, which the configuration keeps.
        """
        sender = self._config.sender
        write = f"mailto:{self._config.unsubscribe_mail or sender}?subject=unsubscribe%20headwater%20digest"
        way_out = self._config.unsubscribe_url or write
        list_id = f"headwater digest <digest.headwater.{sender.partition('@')[2]}>"
        return f"List-Id: {list_id}\r\nList-Unsubscribe: <{way_out}>\r\n"

    def _session(self) -> smtplib.SMTP:
        config = self._config
        session: smtplib.SMTP
        if config.security == "tls":
            session = smtplib.SMTP_SSL(config.host, config.port, timeout=_TIMEOUT_SECONDS, context=self._tls)
        else:
            session = smtplib.SMTP(config.host, config.port, timeout=_TIMEOUT_SECONDS)
        try:
            if config.security == "starttls":
                session.starttls(context=self._tls)
            if config.username is not None:
                session.login(config.username, self._password)
        except BaseException:
            session.close()
            raise
        return session

    def _failure(self, error: Exception) -> DeliveryError:
        host = self._config.host
        match error:
            case smtplib.SMTPAuthenticationError() | smtplib.SMTPSenderRefused():
                # Without its login or its sender no mail gets through; RFC 4954 section 6: 454 is a temporary failure.
                again = of_reply(error.smtp_code).retryable
                what = "login" if isinstance(error, smtplib.SMTPAuthenticationError) else "sender"
                detail = f"{host} refused the {what} ({error.smtp_code})."
                return DeliveryError(Reason.AUTHENTICATION, detail, retryable=again)
            case smtplib.SMTPResponseException():
                verdict = of_reply(error.smtp_code)
                return DeliveryError(verdict.reason, f"{host} answered {error.smtp_code}.", retryable=verdict.retryable)
            case smtplib.SMTPNotSupportedError():
                # Somebody between may have taken the offer away: never a reason to send in the clear, nor to give up.
                what = "STARTTLS" if self._config.security == "starttls" else "login"
                return DeliveryError(Reason.TLS, f"{host} offers no {what} that can be used.", retryable=True)
            case ssl.SSLError() if not isinstance(error, ssl.SSLCertVerificationError | TimeoutError):
                detail = f"{host}:{self._config.port} does not speak TLS as expected; see `security` of the channel."
                return DeliveryError(Reason.TLS, detail, retryable=True)
        return of_exception(error, f"{host}:{self._config.port}")


def _tls(config: EmailConfig, folder: Path) -> ssl.SSLContext:
    if config.ca_file is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=str(folder / config.ca_file))
    except OSError as error:
        reason = "it holds no certificates" if isinstance(error, ssl.SSLError) else error.strerror
        message = f"ca_file names {config.ca_file}, which cannot be used ({reason})."
        raise SecretError(message) from error
