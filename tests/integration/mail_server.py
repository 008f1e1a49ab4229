"""A real SMTP server in a thread, which can die and come back on the same port."""

import socket
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


class MailServer:
    """Keeps what it took. `refuse` holds recipients that it does not know."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.messages: list[Message] = []
        self.refuse: set[str] = set()
        self._controller: Any = None

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take or refuse a recipient."""
        if address in self.refuse:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail."""
        self.messages.append(BytesParser(EmailMessage, policy=default).parsebytes(envelope.content))
        return "250 OK"

    def start(self) -> None:
        """Listen."""
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, ready_timeout=60,
            server_hostname="localhost",  # otherwise it asks the resolver at each connection
        )  # fmt: skip
        self._controller.start()

    def stop(self) -> None:
        """Die."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None
