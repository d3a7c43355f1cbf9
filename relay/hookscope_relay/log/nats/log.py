"""The log on NATS JetStream: what a relay knows as a `Log`, while any number of nodes share it.

A delivery's seq is that of its message in the stream, so it is known only when it is kept: `begin` returns 0, and
nothing leaves before. Nodes hold no state but what they can ask for again, and the journal.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import msgspec
from nats import errors

from hookscope_relay.errors import HookscopeError, LogUnavailable, StoreUnfit
from hookscope_relay.log.nats.connect import connect
from hookscope_relay.log.nats.courier import Courier
from hookscope_relay.log.nats.endpoints import Endpoints
from hookscope_relay.log.nats.form import FORM, Stored, encode_stored
from hookscope_relay.log.nats.journal import Journal, Letter
from hookscope_relay.log.nats.key_values import KeyValues
from hookscope_relay.log.nats.nonces import Nonces
from hookscope_relay.log.nats.places import Places
from hookscope_relay.log.nats.post import Post
from hookscope_relay.log.nats.reader import Reader
from hookscope_relay.log.nats.records import Records
from hookscope_relay.log.nats.retain import Keeper
from hookscope_relay.log.nats.rights import check_rights, refuse_denied
from hookscope_relay.log.nats.streams import Epoch, Names, agree_on_epoch, explain_unready, prepare
from hookscope_relay.log.nats.sync_check import check_sync
from hookscope_relay.log.nats.upload import NatsUpload
from hookscope_relay.log.protocol import (
    NONCE_KEPT_S,
    EndpointRecord,
    Health,
    Record,
    Retention,
    Upload,
)
from hookscope_relay.log.upload import keep_further
from hookscope_relay.log_lines import tell
from hookscope_relay.settings import NatsSettings

MAX_PAYLOAD = 1024 * 1024
PIECES_IN_FLIGHT = 32
OLDER_S = (0.0, 1.0, 1.0, 2.0)

T = TypeVar("T")

logger = logging.getLogger("hookscope.relay")


class NatsLog:
    """A `Log` that nodes share. Made by `open`.

    `heard` is called with the endpoint and seq of each record that this node put in; `changed` with the id of each
    endpoint whose record it changed; `came_back` when the connection was lost for a while.
    """

    def __init__(self, settings: NatsSettings) -> None:
        self.node = secrets.token_hex(8)
        self.names = Names(settings.space)
        self.courier: Courier
        self.heard: Callable[[str, int], object] = lambda endpoint, seq: None
        self.changed: Callable[[str], object] = lambda endpoint: None
        self.came_back: Callable[[], object] = lambda: None
        self.older = 0
        self._settings = settings
        self._places = Places()
        self._piece_room = asyncio.Semaphore(PIECES_IN_FLIGHT)
        self._spilled: dict[str, Callable[[int], object]] = {}
        self._closed = False
        self._epoch = ""
        self._began_at: float | None = None
        self._abandoning: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, settings: NatsSettings, retention: Retention | None = None) -> NatsLog:
        """The log on these servers, made where there is none; raises `HookscopeError`."""
        log = cls(settings)
        journal = await Journal.open(settings.journal, settings.journal_bytes)
        try:
            await log._start(journal, retention or Retention())
        except BaseException:
            await journal.close()
            raise
        return log

    async def _start(self, journal: Journal, retention: Retention) -> None:
        client = await connect(self._settings, self._come_back)
        self.courier = Courier(client)
        try:
            await self.courier.start()
            if client.max_payload < MAX_PAYLOAD:
                raise StoreUnfit(
                    f"the NATS servers take messages of {client.max_payload} bytes at most",
                    f"set `max_payload: {MAX_PAYLOAD}` (their default) or more",
                )
            if not self._settings.accept_lazy_sync:
                await check_sync(self._settings.servers, self._settings.monitors)
            self._reader = Reader(self.courier)
            is_new = await prepare(self.courier, self._settings, retention)
            self._epoch, _ = await agree_on_epoch(self.courier, self._reader, self.names)
            self._began_at = time.monotonic() if is_new else None
            await check_rights(self.courier, self.names)
        except (HookscopeError, LogUnavailable) as error:
            await self.courier.close()
            refuse_denied(self.courier)
            raise explain_unready(error) if isinstance(error, LogUnavailable) else error from None
        self._facts = self._bucket("facts")
        self._keeper = Keeper(self.courier, self._reader, self.names, self._facts, self.node)
        self._kept = Records(self._reader, self.names, self._keeper, self._places)
        self._endpoints = Endpoints(self._bucket("endpoints"), self._tell_of_change)
        self._nonces = Nonces(self._bucket("nonces"))
        self._post = Post(self.courier, self._reader, journal, self.names, self._arrive)

    def _tell_of_change(self, endpoint: str) -> None:
        self.changed(endpoint)

    def _bucket(self, name: str) -> KeyValues:
        return KeyValues(self.courier, self._reader, self.names.bucket(name))

    @property
    def epoch(self) -> str:
        return self._epoch

    @property
    def began_at(self) -> float | None:
        return self._began_at

    # Keeping

    async def append(
        self, endpoint: str, delivery_id: str, pieces: Sequence[bytes], *, at: float, owed: bool
    ) -> Record:
        self._check_open()
        inline, upload = await keep_further(pieces, self.upload)
        kept: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        placed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.begin(
            endpoint,
            delivery_id,
            inline,
            at=at,
            owed=owed,
            kept=partial(_settle, kept),
            placed=partial(_settle, placed),
            count=len(pieces),
            size=sum(map(len, pieces)),
            upload=upload,
        )
        if error := await kept:
            raise error
        seq = await placed
        self._places.begin(endpoint, seq)
        return (await self.read(endpoint, seq - 1, 1))[0]

    def upload(self) -> NatsUpload:
        return NatsUpload(self._post, self.names, self._piece_room, self._abandon)

    def begin(
        self,
        endpoint: str,
        delivery_id: str,
        inline: tuple[bytes, ...],
        *,
        at: float,
        owed: bool,
        kept: Callable[[Exception | None], object],
        soon: bool = True,
        count: int = 0,
        size: int = 0,
        upload: Upload | None = None,
        placed: Callable[[int], object] = lambda seq: None,
    ) -> int:
        name = upload.name if isinstance(upload, NatsUpload) else ""
        size = size or sum(map(len, inline))
        stored = Stored(FORM, delivery_id, at, owed, count or len(inline), size, inline, name)
        subject = self.names.of_endpoint(endpoint)
        payload = encode_stored(subject, stored)
        if self._closed or len(payload) > MAX_PAYLOAD - 4096:
            reason = "the log is closed" if self._closed else "what comes before the body is too large"
            asyncio.get_running_loop().call_soon(kept, LogUnavailable(reason))
            return 0
        spilled = False
        if isinstance(upload, NatsUpload):
            upload.sealed, spilled = True, upload.spilled

        def told(said: int | LogUnavailable) -> None:
            if isinstance(said, LogUnavailable):
                kept(said)
                return
            if said:
                placed(said)
                self._note(endpoint, said)
            else:
                self._spilled[delivery_id] = placed
            kept(None)

        self._post.send(delivery_id, subject, payload, told, behind_pieces=spilled)
        return 0

    def hurry(self) -> None:
        pass

    def _note(self, endpoint: str, seq: int) -> None:
        self._places.hear(endpoint, seq)
        self.heard(endpoint, seq)

    def _arrive(self, letter: Letter, seq: int) -> None:
        """A letter of the journal has reached its stream."""
        if not self.names.is_piece(letter.subject):
            if placed := self._spilled.pop(letter.name, None):
                placed(seq)
            self._note(letter.subject.rpartition(".")[2], seq)

    def _abandon(self, upload: str) -> None:
        task = asyncio.ensure_future(self._purge_pieces(upload))
        self._abandoning.add(task)
        task.add_done_callback(self._abandoning.discard)

    async def _purge_pieces(self, upload: str) -> None:
        """What is not purged now goes by its age."""
        with contextlib.suppress(LogUnavailable):
            what = {"filter": self.names.of_piece(upload, "*")}
            await self.courier.api(f"STREAM.PURGE.{self.names.pieces}", what)

    # Reading

    def hear(self, endpoint: str, seq: int) -> None:
        """Another node has put in a record of that seq."""
        self._places.hear(endpoint, seq)

    def recent(self, endpoint: str, after: int, limit: int) -> Sequence[Record] | None:
        newest = self._places.newest(endpoint)
        return () if newest is not None and after >= newest else None

    async def read(self, endpoint: str, after: int, limit: int) -> Sequence[Record]:
        self._check_open()
        return await self._kept.read(endpoint, after, limit)

    def forget_places(self) -> None:
        """Words of other nodes may have been lost: whoever reads asks the servers."""
        self._places.forget()

    async def look(self, endpoint: str, after: int) -> int:
        """The seq of a record behind that one, 0 where there is none: for words of other nodes that were lost."""
        return await self._kept.look(endpoint, after)

    async def piece(self, endpoint: str, seq: int, number: int) -> bytes:
        self._check_open()
        return await self._kept.piece(endpoint, seq, number)

    async def ends(self, endpoint: str, holding: int = 0) -> tuple[int, int]:
        self._check_open()
        return await self._kept.ends(endpoint, holding)

    def given(self, endpoint: str) -> int:
        return self._places.newest(endpoint) or 0

    # The log itself

    async def new_epoch(self) -> str:
        self._check_open()
        info = await self.courier.api(f"STREAM.INFO.{self.names.deliveries}")
        entry = await self._facts.get("epoch", from_leader=True)
        value = msgspec.json.encode(Epoch(secrets.token_hex(8), str(info["created"])))
        await self._facts.put("epoch", value, entry.revision if entry else 0)
        # Where another node was faster, its epoch is ours.
        epoch = await self.look_at_epoch()
        self.changed("")
        return epoch

    async def look_at_epoch(self) -> str:
        """The log's epoch as it is now: another node may have begun one, or the stream be another one."""
        before = self._epoch
        self._epoch, _ = await agree_on_epoch(self.courier, self._reader, self.names)
        if before != self._epoch:
            self.older += 1
            self._places.forget()
            tell(logger, "the log began anew", logging.WARNING, reason="it holds less than it did, or was replaced")
        return self._epoch

    async def look_for_older_data(self) -> bool:
        """Whether the log holds less than this node has put in, so that it is an older copy: then an epoch begins.

        A leader that was elected just now may not have come to the end yet.
        """
        for pause_s in OLDER_S:
            await asyncio.sleep(pause_s)
            info = await self.courier.api(f"STREAM.INFO.{self.names.deliveries}")
            if int(info["state"]["last_seq"]) >= self._post.newest:
                return False
        self._post.newest = int(info["state"]["last_seq"])
        await self.new_epoch()
        return True

    async def _come_back(self) -> None:
        self._places.forget()
        if not self._closed:
            self._endpoints.doubt()
            self.came_back()

    async def endpoint(self, endpoint_id: str) -> EndpointRecord | None:
        self._check_open()
        return await self._endpoints.get(endpoint_id)

    def known(self, endpoint_id: str) -> EndpointRecord | None:
        return None if self._closed else self._endpoints.known(endpoint_id)

    def forget_endpoint(self, endpoint_id: str) -> None:
        """Another node has changed its record, or made it."""
        self._endpoints.learn_again(endpoint_id)

    async def learn_endpoints(self) -> None:
        """Know the endpoints before their first deliveries come here."""
        await self._endpoints.learn()

    async def keep_endpoint(self, record: EndpointRecord) -> bool:
        self._check_open()
        return await self._endpoints.keep(record)

    async def endpoints(self) -> int:
        self._check_open()
        return await self._endpoints.count()

    async def forget_unused(self, before: float) -> int:
        self._check_open()
        return await self._endpoints.forget_unused(before, self._is_empty)

    async def _is_empty(self, endpoint: str) -> bool:
        subject = self.names.of_endpoint(endpoint)
        return await self._reader.from_leader(self.names.deliveries, last_by_subj=subject) is None

    async def remember_nonce(self, nonce: bytes, now: float, keep_s: float = NONCE_KEPT_S) -> bool:
        self._check_open()
        return await self._nonces.remember(nonce, now, keep_s)

    async def trim(self, now: float, retention: Retention) -> int:
        self._check_open()
        return await self._keeper.trim(now, retention)

    async def ready(self) -> bool:
        """While the cluster elects the journal takes what comes, so that is no reason to turn senders away."""
        return not self._closed and self._post.journal.has_room

    def health(self) -> Health:
        trouble = self._post.trouble + Counter(damaged=self._kept.damaged, older=self.older)
        return Health(self._post.journal.count, trouble)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(errors.Error):
            await self.courier.close()
        await self._post.close()

    def _check_open(self) -> None:
        if self._closed:
            raise LogUnavailable("the log is closed")


def _settle(future: asyncio.Future[T], value: T) -> None:
    if not future.done():
        future.set_result(value)
