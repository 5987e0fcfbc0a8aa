import pytest
from redis.asyncio import Redis

from portal.db.vault import KeyRing
from portal.domain.errors import TooMany
from portal.web.limits import Limiter

ADDRESS = "203.0.113.77"


async def test_a_limit_is_exact_and_tells_how_long_to_wait(valkey_url: str, keys: KeyRing) -> None:
    limiter = Limiter(valkey_url, keys)
    for _ in range(3):
        await limiter.check("exact", ADDRESS, "3/minute")
    with pytest.raises(TooMany) as refused:
        await limiter.check("exact", ADDRESS, "3/minute")
    assert 0 < refused.value.retry_after <= 60
    await limiter.check("exact", "203.0.113.78", "3/minute")


async def test_redis_never_sees_an_address(valkey_url: str, keys: KeyRing) -> None:
    await Limiter(valkey_url, keys).check("blind", ADDRESS, "3/minute")
    redis = Redis.from_url(valkey_url)
    names = [name async for name in redis.scan_iter("*")]
    await redis.aclose()
    assert any(b"blind" in name for name in names)
    assert not any(ADDRESS.encode() in name for name in names)


async def test_without_redis_each_process_counts_for_itself(keys: KeyRing) -> None:
    limiter = Limiter("redis://127.0.0.1:1/0", keys)
    await limiter.check("local", ADDRESS, "1/minute")
    with pytest.raises(TooMany):
        await limiter.check("local", ADDRESS, "1/minute")
