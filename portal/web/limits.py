"""Rate limits shared by all portal processes through Redis; when Redis is away each process counts for itself."""

import time

import structlog
from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from portal.db.vault import KeyRing
from portal.domain.errors import TooMany

log = structlog.get_logger()


class Limiter:
    """`check` counts a hit. Redis sees a blind index of the key: an address on the network tells of a person too."""

    def __init__(self, redis_url: str, keys: KeyRing) -> None:
        self._keys = keys
        storage = RedisStorage(
            f"async+{redis_url}", implementation="redispy", socket_timeout=1, socket_connect_timeout=1
        )
        self._shared = MovingWindowRateLimiter(storage)
        self._local = MovingWindowRateLimiter(MemoryStorage())

    async def check(self, rule: str, key: str, limit: str) -> None:
        """Raise TooMany with the seconds to wait once `limit` (such as "5/hour") is used up."""
        item, key = parse(limit), self._blind(key)
        try:
            allowed = await self._shared.hit(item, rule, key)
            window = None if allowed else await self._shared.get_window_stats(item, rule, key)
        except (RedisError, OSError):
            log.warning("limits_are_local", rule=rule)
            allowed = await self._local.hit(item, rule, key)
            window = None if allowed else await self._local.get_window_stats(item, rule, key)
        if window is not None:
            raise TooMany(max(1, int(window.reset_time - time.time())))

    async def refuse_used_up(self, rule: str, key: str, limit: str) -> None:
        """Raise TooMany when `limit` is used up, without counting: for limits that count failures only."""
        item, key = parse(limit), self._blind(key)
        strategy = self._shared
        try:
            free = await strategy.test(item, rule, key)
        except (RedisError, OSError):
            strategy = self._local
            free = await strategy.test(item, rule, key)
        if not free:
            window = await strategy.get_window_stats(item, rule, key)
            raise TooMany(max(1, int(window.reset_time - time.time())))

    def _blind(self, key: str) -> str:
        return self._keys.blind_index("limit", key).hex()
