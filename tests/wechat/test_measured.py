"""Pushes are answered in front of Flask; they are counted all the same."""

from __future__ import annotations

import shutil
from pathlib import Path

from pydantic import SecretStr

from bot.app import create_app
from config.settings import Settings
from tests.conftest import TEST_SECRET
from tests.wechat.pushes import TOKEN, signed, text_push


def test_pushes_are_in_the_metrics_by_their_status(tmp_path: Path, sqlite_template: Path, redis_url: str) -> None:
    """Seen to fail without the observer: /metrics knew nothing of the busiest address."""
    shutil.copy(sqlite_template, tmp_path / "shuqian.db")
    settings = Settings(
        data_dir=tmp_path,
        database_url=f"sqlite:///{tmp_path / 'shuqian.db'}",
        redis_url=redis_url,
        secret_key=SecretStr(TEST_SECRET),
        wechat_token=SecretStr(TOKEN),
    )
    client = create_app(settings).test_client()
    good, forged = signed(text_push("帮助")), signed(text_push("帮助"), token="another")
    for sent in (good, good, forged):
        client.post(sent.url, data=sent.body)
    counted = client.get("/metrics").get_data(as_text=True)
    assert 'shuqian_http_requests_total{outcome="200",route="/wechat"} 2.0' in counted
    assert 'shuqian_http_requests_total{outcome="403",route="/wechat"} 1.0' in counted
    assert 'shuqian_http_request_seconds_count{route="/wechat"} 3.0' in counted
